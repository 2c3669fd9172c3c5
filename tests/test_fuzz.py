"""The fuzzer itself: a tool that finds nothing must be able to find something."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.edits import removal
from tests.fuzz import Fuzzer, check
from tests.invoke import TUNE


def test_a_planted_fault_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, that --remove forgets a blank line between imports."""
    script = TUNE.encode()
    monkeypatch.setattr(removal, "_between_imports", lambda _: False)
    assert check(script) == ("with an entry point", [])
    fuzzer = Fuzzer([[script]], seed=0, folder=tmp_path)
    for _ in range(1000):
        fuzzer.attempt(fuzzer.mutant())
        if fuzzer.findings:
            break
    small = (tmp_path / "finding-1.py").read_bytes()
    assert check(small)[1]
    assert len(small) < len(script)
    monkeypatch.undo()
    assert check(small) == ("with an entry point", [])


def test_what_is_no_python_is_no_finding() -> None:
    """One line says what is wrong with it."""
    assert check(b"def main(:\n") == ("refused", [])
