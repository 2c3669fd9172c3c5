"""Files that are no scripts: one clear line each, and the others are done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from codemod.edits.guard import FUNCTION
from tests.invoke import TUNE, Command

BAD = {
    "python2.py": (b"def main():\n    print 'x'\n", "python2.py:2:5: "),
    "jinja.py": (b"{% if x %}\ndef main(): pass\n", "jinja.py:1:2: "),
    "magic.py": (b"%matplotlib inline\ndef main(): pass\n", "magic.py:1:1: "),
    "nul.py": (b"def main(): pass\n\0", "nul.py:2:1: "),
    "latin.py": (b"def main(): 'M\xfcller'\n", "latin.py:1:15: "),
    "cookie.py": (b"# coding: nonsense\ndef main(): pass\n", "cookie.py:1:1: "),
    "deep.py": (b"def main(): " + b"(" * 9999 + b")" * 9999, "deep.py:1:"),
    "huge.py": (b"def main(): pass\n" + b"#\n" * 600_000, "huge.py: larger than 1 MiB"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_is_one_line_and_stops_nobody(
    name: str, here: Path, command: Command
) -> None:
    """`path:line:column: what is wrong`, status 2, the other file done."""
    data, line = BAD[name]
    (here / "tune.py").write_text(TUNE)
    (here / name).write_bytes(data)
    outcome = command("-q", name, "tune.py")
    assert outcome.status == 2
    assert outcome.stderr.startswith(line)
    assert outcome.stderr.count("\n") == 1
    assert FUNCTION in (here / "tune.py").read_text()
    assert (here / name).read_bytes() == data


def test_a_named_file_that_may_not_be_read(
    here: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one line like any other, and no wrong usage."""

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if path == "locked.py":
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    real = os.open
    monkeypatch.setattr(os, "open", refuse)  # chmod does not keep root out
    monkeypatch.setattr(os, "access", lambda *arguments, **options: False)
    (here / "locked.py").write_text(TUNE)
    (here / "tune.py").write_text(TUNE)
    outcome = command("--check", "locked.py", "tune.py")
    assert outcome.status == 2
    assert outcome.stderr == (
        "locked.py: permission denied\n"
        "would patch tune.py\n"
        "1 file would be patched, 1 file failed\n"
    )
