"""The cases of tests/fixtures: reading them, and patching as the command does.

A case is a folder with ``before.py``, ``after.py`` (missing where nothing changes), the
modules that it imports, and ``options.json`` where options matter. In both scripts, a
line ``{{guard}}``, ``{{guard: ElectraConfig}}`` or ``{{thread-safety}}`` stands for the
definition that the tool inserts, in the indentation and line ending of the script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codemod.edits import guard, thread_safety
from codemod.edits.apply import change
from codemod.program.place import Script
from codemod.program.verdict import Judge
from codemod.python.source import SourceError, parse
from codemod.search.reading import read_regular
from codemod.settings import Settings

__all__ = ["CASES", "NO_DEFINITION_FOLLOWS", "Case", "patch", "reader", "unpatch"]

FOLDER = Path(__file__).parent / "fixtures"
NO_DEFINITION_FOLLOWS = {
    "entry-any-main-block",
    "entry-any-main-block-parses",
    "hydra-in-main-block",
    "hydra-under-if",
    "main-under-try",
    "two-mains",
}
"""Cases where the guard's definition goes in front of what is no function or class,
with one blank line there. Formatters want two around a definition, so that the patched
script is not formatted, and nothing tells afterwards how many there were: no form of a
definition keeps that, and no guess is right. Of 547 public scripts that get one, 30 are
of this kind; 10 have no blank line at the place, 8 have one, and 12 have two."""


@dataclass(frozen=True)
class Case:
    """One folder of tests/fixtures."""

    name: str
    before: bytes
    after: bytes
    settings: Settings
    newer_syntax: bool

    @property
    def path(self) -> Path:
        """The script."""
        return FOLDER / self.name / "before.py"


_MARKER = re.compile(rb"\{\{(guard|thread-safety)(?:: ([\w, ]+))?\}\}(\r\n|\r|\n)")


def _expanded(text: bytes, before: bytes) -> bytes:
    """An after.py with the definitions in the place of their markers."""
    try:
        unit = parse(_MARKER.sub(b"", before)).indent_unit.encode()
    except SourceError:
        return text

    def definition(marker: re.Match[bytes]) -> bytes:
        names = tuple((marker[2] or b"").decode().replace(",", " ").split())
        is_guard = marker[1] == b"guard"
        rendered = guard.render(names) if is_guard else thread_safety.TEXT
        lines = rendered.encode().splitlines()
        return b"".join(line.replace(b"    ", unit) + marker[3] for line in lines)

    return _MARKER.sub(definition, text)


def _read(folder: Path) -> Case:
    file = folder / "options.json"
    options = json.loads(file.read_text()) if file.exists() else {}
    newer = options.pop("newer_syntax", False)
    for name in ("load", "edits"):
        if name in options:
            options[name] = tuple(options[name])
    text = (folder / "before.py").read_bytes()
    before = _expanded(text, text)
    after = folder / "after.py"
    return Case(
        folder.name,
        before,
        _expanded(after.read_bytes(), text) if after.exists() else before,
        Settings(**options),
        newer,
    )


CASES = [_read(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]


def patch(case: Case, data: bytes) -> bytes:
    """Patch bytes as if they were the case's script."""
    read_again = reader(case)
    return change(read_again(data), case.settings, read_again)


def unpatch(case: Case, data: bytes) -> bytes:
    """Take the edits out again."""
    read_again = reader(case)
    return change(read_again(data), Settings(remove=True), read_again)


def reader(case: Case) -> Callable[[bytes], Script]:
    """What reads bytes as if they were the case's script."""
    judge = Judge(read_regular)

    def read(data: bytes) -> Script:
        source = parse(data)
        any_main = case.settings.entry == "any"
        return Script(source, judge.judge(str(case.path), source, any_main).entries)

    return read
