"""The protobuf edit: where the line goes, what counts as present, its removal."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys

import pytest

from codemod.edits.protobuf_env import COMMENT, IMPORT, STATEMENT, VARIABLE
from codemod.settings import Settings
from tests.editing import changed, found
from tests.invariants import same_program

WITH = Settings(edits=("guard", "protobuf-env"))
MAIN = "\n\ndef main():\n    args = parser.parse_args()\n    run(args)\n"

HEADS = {
    "standard library, then third party": (
        "import argparse\nimport sys\n\nimport numpy as np\nimport torch\n"
    ),
    "os already imported": '"""Doc."""\n\nimport argparse\nimport os\n\nimport torch\n',
    "future import only": "from __future__ import annotations\n\nimport torch\n",
    "future import without gap": ("from __future__ import annotations\nimport torch\n"),
    "third party only": "import torch\n",
    "standard library only": '"""Doc."""\n\nimport argparse\n',
    "docstring only": '"""Doc."""\n',
    "nothing": "",
    "shebang and licence": (
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# Copyright\n\nimport torch\n"
    ),
    "unsorted": "import torch\nimport os\n",
    "headings": (
        "# Standard\nimport argparse\nfrom pathlib import Path\n\n"
        "# Third party\nimport torch\n"
    ),
    "optional import": (
        "import argparse\n\ntry:\n    import torch\n"
        "except ImportError:\n    torch = None\n"
    ),
    "from imports only": "from pathlib import Path\n\nimport torch\n",
    "no gap between sections": "import sys\nimport torch\n",
    "relative import": "import argparse\n\nfrom . import models\n",
    "type checking": (
        "import argparse\nfrom typing import TYPE_CHECKING\n\nimport torch\n\n"
        "if TYPE_CHECKING:\n    import optuna\n"
    ),
    "docstring that shares its line": '"""Doc."""; import sys\nimport torch\n',
    "future import that shares its line": (
        "from __future__ import annotations; import sys\nimport torch\n"
    ),
    "third party that shares its line": "import argparse\nimport abc; import torch\n",
    "os that shares its line": "import os; import torch\n",
    "string that shares the last line": 'import os\nimport sys; """\n"""\n',
}
# Nobody writes these, and tools have odd ideas about them.
ODD_HEADS = {
    "backslash at the end": "import argparse;\\\n\nimport torch\n",
}
every_head = pytest.mark.parametrize(
    "head", [*HEADS.values(), *ODD_HEADS.values()], ids=[*HEADS, *ODD_HEADS]
)


def patched(source: str, settings: Settings = WITH) -> str:
    """A script with the edit."""
    return changed(source.encode(), settings).decode()


def script(head: str) -> str:
    """A script that starts with ``head``."""
    return (head + MAIN).lstrip("\n")


@every_head
@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_removal_restores_every_byte(head: str, newline: str) -> None:
    """What was inserted is taken out again, blank lines and import included."""
    before = script(head).replace("\n", newline).encode()
    after = changed(before, WITH)
    assert after != before
    assert changed(after, Settings(remove=True)) == before


@every_head
def test_second_run_changes_nothing(head: str) -> None:
    """The line is recognised."""
    once = patched(script(head))
    assert patched(once) == once


@every_head
def test_same_program(head: str) -> None:
    """A docstring stays one, and ``from __future__`` stays at the beginning."""
    before = script(head)
    assert same_program(before.encode(), patched(before).encode())


@pytest.mark.parametrize(
    "head",
    ['"""Doc."""; import torch\n', "from __future__ import division; import torch\n"],
)
def test_nothing_fits_in_front_of_an_import_on_the_first_line(head: str) -> None:
    """The line is left alone, and the message says what to do."""
    before = script(head).encode()
    finding = found(before, WITH)[0]
    assert (finding.rule, finding.fixable) == ("missing-protobuf-env", False)
    assert "give the import in line 1 a line of its own" in finding.message
    assert VARIABLE.encode() not in changed(before, WITH)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("import torch\n\nprint(os.name)\n", "nothing imports it; import it first"),
        (
            'import torch\n\nos = "linux"\n',
            "os is assigned in line 3; rename that first",
        ),
    ],
)
def test_os_that_is_not_the_module_is_left_alone(head: str, reason: str) -> None:
    """What it is there and what to do is said."""
    before = script(head).encode()
    finding = found(before, WITH)[0]
    assert (finding.rule, finding.fixable) == ("missing-protobuf-env", False)
    assert finding.message.endswith(reason)
    assert VARIABLE.encode() not in changed(before, WITH)


@every_head
def test_runs_before_any_other_package_is_imported(head: str) -> None:
    """The line comes before the first import from outside the standard library."""
    body = ast.parse(patched(script(head))).body
    lines = [ast.unparse(stmt) for stmt in body]
    place = lines.index(STATEMENT.replace('"', "'"))
    assert "import os" in lines[:place]
    assert not [text for text in lines[:place] if "torch" in text or "models" in text]


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize(
    "tool",
    [
        ["black", "-q", "-"],
        ["isort", "--profile", "black", "-"],
        ["ruff", "format", "-"],
        ["ruff", "check", "--fix", "-q", "--select", "E402,I,F811", "-"],
    ],
    ids=["black", "isort", "ruff format", "ruff check"],
)
def test_formatters_are_at_peace_with_it(head: str, tool: list[str]) -> None:
    """A script that a tool leaves alone is left alone with the line, too."""
    if shutil.which(tool[0]) is None and not _module_exists(tool[0]):
        pytest.skip(f"{tool[0]} is not installed")
    before = script(head)
    if _through(tool, before) != before:
        pytest.skip("the tool would change the script without the line as well")
    after = patched(before)
    assert _through(tool, after) == after


def _module_exists(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def _through(tool: list[str], source: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *tool],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_import_of_os_is_sorted_into_its_section() -> None:
    """The added import stands where isort would put it, marked as ours."""
    text = patched(script("import argparse\nimport sys\n\nimport torch\n"))
    assert text.startswith(
        f"import argparse\n{IMPORT}\nimport sys\n\n{COMMENT}\n{STATEMENT}\n\n"
    )


@pytest.mark.parametrize(
    "line",
    [
        f'os.environ["{VARIABLE}"] = "python"',
        f"os.environ['{VARIABLE}'] = 'python'",
        f'os.environ.setdefault("{VARIABLE}", "python")',
        f'os.environ.update({{"{VARIABLE}": "python"}})',
        f'os.environ.update({VARIABLE}="python")',
        f'if "{VARIABLE}" not in os.environ:\n    os.environ["{VARIABLE}"] = "python"',
    ],
)
def test_usual_forms_count_as_present(line: str) -> None:
    """What a person wrote to the same end is enough."""
    source = script(f"import os\n\n{line}\n\nimport torch\n")
    assert patched(source).count(VARIABLE) == source.count(VARIABLE)


@pytest.mark.parametrize(
    "line",
    [
        f'os.putenv("{VARIABLE}", "python")',
        f'os.environ.get("{VARIABLE}")',
        f'# os.environ["{VARIABLE}"] = "python"',
        f'print("{VARIABLE}")',
    ],
)
def test_other_mentions_do_not_count(line: str) -> None:
    """os.putenv does not reach os.environ, and reading is not setting."""
    source = script(f"import os\n\n{line}\n\nimport torch\n")
    assert STATEMENT in patched(source)


def test_setting_it_too_late_is_reported() -> None:
    """A line behind the imports has no effect, and only a person can move it."""
    source = script(f'import os\n\nimport torch\n\nos.environ["{VARIABLE}"] = "cpp"\n')
    (finding,) = [f for f in found(source.encode(), WITH) if f.rule.startswith("late")]
    assert (finding.line, finding.fixable) == (5, False)
    assert "after the import in line 3" in finding.message


def test_plain_run_leaves_the_variable_alone() -> None:
    """The edit is opt-in."""
    assert VARIABLE not in patched(script("import torch\n"), Settings())


def test_removal_keeps_what_a_person_wrote() -> None:
    """Without --with, only lines that carry our comment are taken out."""
    source = script(f'import os\n\nos.environ["{VARIABLE}"] = "python"\nimport torch\n')
    assert patched(patched(source), Settings(remove=True)) == source


@pytest.mark.parametrize(
    "line",
    [
        f'os.environ["{VARIABLE}"] = "python"',
        f'os.environ.update({VARIABLE}="python", TOKENIZERS_PARALLELISM="false")',
        STATEMENT,
    ],
)
def test_removal_by_name_keeps_hand_made_lines_too(line: str) -> None:
    """With --with protobuf-env --remove as well: nothing that a person wrote goes."""
    source = script(f"import os\n\n{line}\nimport torch\n")
    settings = Settings(edits=("guard", "protobuf-env"), remove=True)
    assert patched(source, settings) == source


def test_the_import_stays_where_a_person_uses_it_since() -> None:
    """Without it, their code would fail."""
    source = patched(script("import torch\n")) + "print(os.name)\n"
    removed = patched(source, Settings(remove=True))
    assert STATEMENT not in removed
    assert "import os" in removed


PROBE = """
import os, sys
if sys.argv[1] == "before":
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
from google.protobuf.internal import api_implementation
if sys.argv[1] == "after":
    os.environ["PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"] = "python"
from google.protobuf import descriptor_pb2
print(api_implementation.Type())
"""


@pytest.mark.parametrize(
    ("when", "python"), [("never", False), ("before", True), ("after", False)]
)
def test_protobuf_reads_the_variable_while_it_is_imported(
    when: str, python: bool
) -> None:
    """The real protobuf: set before its import the variable works, after it not."""
    pytest.importorskip("google.protobuf", reason="protobuf is not installed")
    import os

    environment = {k: v for k, v in os.environ.items() if k != VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, when],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout.strip() == "python") is python
