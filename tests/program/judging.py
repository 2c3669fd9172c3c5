"""Small repositories of one test each: written, judged, and patched.

``CALL`` stands in a script where the call is expected; the script without that line is
what is judged and patched.
"""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

from codemod.edits.apply import change
from codemod.edits.guard import COMMENT, FUNCTION
from codemod.program.evidence import Step
from codemod.program.module import Module
from codemod.program.place import Script
from codemod.program.units import Unit
from codemod.program.verdict import Judge, Judgement
from codemod.python.source import parse
from codemod.search.reading import read_regular
from codemod.settings import Settings

__all__ = [
    "MODEL",
    "Files",
    "check_call",
    "judge",
    "patched",
    "unit_of",
    "verdict",
    "way",
    "write",
]

Files = dict[str, str]
MARK = "CALL"

# A trial that loads a model, as a module of its own.
MODEL = """\
from transformers import AutoModel


def objective(trial):
    AutoModel.from_pretrained("tiny")
    return 0.0
"""


def write(folder: Path, files: Files) -> None:
    """Write files, their text dedented, into a folder that is a repository's root."""
    (folder / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text).lstrip("\n"))


def judge(
    folder: Path, files: Files | str, script: str = "tune.py", any_main: bool = False
) -> Judgement:
    """Judge one script of a repository; a text is a script alone.

    What starts trials must also pass the quick looks that come first in a run.
    """
    write(folder, {script: files} if isinstance(files, str) else files)
    path, judging = folder / script, Judge(read_regular)
    judgement = judging.judge(str(path), parse(path.read_bytes()), any_main)
    if judgement.verdict.name != "none":
        fresh = Judge(read_regular)
        assert fresh.gate.passes(str(path), path.read_bytes())
        assert fresh.may_lead(str(path), path.read_bytes())
    return judgement


def verdict(folder: Path, files: Files | str, script: str = "tune.py") -> str:
    """Say what a script is, in one word."""
    return judge(folder, files, script).verdict.name


def way(steps: tuple[Step, ...]) -> list[str]:
    """A way as people read it: file, line, name."""
    return [f"{Path(step.path).name}:{step.line} {step.name}" for step in steps]


def check_call(
    folder: Path,
    text: str,
    files: Files | None = None,
    script: str = "tune.py",
    any_main: bool = False,
) -> Judgement:
    """Patch a script by the real edit, and look for its calls at the marks.

    Returns:
        What the script was judged to be.
    """
    expected = [line for line in dedent(text).splitlines() if line.strip()]
    before = "".join(
        line for line in dedent(text).splitlines(True) if line.strip() != MARK
    )
    judgement = judge(folder, {**(files or {}), script: before}, script, any_main)
    assert shown(patched(folder, script, any_main)) == expected
    return judgement


def patched(folder: Path, script: str, any_main: bool = False) -> str:
    """The text of a script after the edit; all that must hold is checked on the way."""
    path, judging = folder / script, Judge(read_regular)

    def read(data: bytes) -> Script:
        source = parse(data)
        return Script(source, judging.judge(str(path), source, any_main).entries)

    return change(read(path.read_bytes()), Settings(), read).decode()


def shown(text: str) -> list[str]:
    """The lines of a patched script: the calls marked, the definition left out."""
    lines = text.splitlines()
    for stmt in reversed(ast.parse(text).body):
        if isinstance(stmt, ast.FunctionDef) and stmt.name == FUNCTION:
            del lines[stmt.lineno - 1 : stmt.end_lineno]
    calls = [line.replace(f"{FUNCTION}()", MARK) for line in lines if line.strip()]
    # A comment may be wrapped.
    return [line for line in calls if line.strip().lstrip("# ") not in COMMENT]


def unit_of(folder: Path, files: Files | str, name: str = "main") -> Unit:
    """A function of a module, for what asks about code rather than scripts."""
    write(folder, {"tune.py": files} if isinstance(files, str) else files)
    path = folder / "tune.py"
    judging = Judge(read_regular)
    module = Module(str(path), parse(path.read_bytes()).tree, judging.project)
    return module.units[name][0]
