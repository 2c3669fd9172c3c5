"""The command as a filter: a script on standard input."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from tests.invoke import TUNE, Command, Outcome

REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)
USAGE = "Usage: eager-codemod [OPTIONS] PATHS...\nTry 'eager-codemod --help' for help."
DIFF = (Path(__file__).parent / "data" / "tune.diff").read_text()


def from_stdin(
    command: Command, monkeypatch: pytest.MonkeyPatch, script: str, *arguments: str
) -> Outcome:
    """Run the command with a script on standard input."""
    stdin = io.TextIOWrapper(io.BytesIO(script.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    return command("-", *arguments)


def test_a_script_on_standard_input(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is on standard output, and nothing else."""
    outcome = from_stdin(command, monkeypatch, TUNE)
    assert outcome == (0, PATCHED, "patched <stdin>\n")


def test_a_script_that_needs_nothing_comes_back(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor replaces its buffer by what is printed."""
    assert from_stdin(command, monkeypatch, PATCHED, "-q") == (0, PATCHED, "")


def test_standard_input_has_a_name(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It appears in messages."""
    outcome = from_stdin(command, monkeypatch, TUNE, "--stdin-filename", "a/b.py")
    assert outcome == (0, PATCHED, "patched a/b.py\n")


def test_imports_are_followed_from_the_name(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper beside the file that standard input stands for is found."""
    (here / "a").mkdir()
    (here / "a" / "options.py").write_text(
        "from argparse import ArgumentParser\n"
        "def get():\n"
        "    return ArgumentParser().parse_args()\n"
    )
    script = "from options import get\n\n\ndef main():\n    args = get()\n"
    name = ("--select", "all", "--stdin-filename", "a/b.py")
    assert "_eager" in from_stdin(command, monkeypatch, script, *name).stdout
    assert from_stdin(command, monkeypatch, script, "-q") == (0, script, "")


def test_standard_input_can_be_checked(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is printed but what would happen."""
    outcome = from_stdin(command, monkeypatch, TUNE, "--check")
    assert outcome == (1, "", "would patch <stdin>\n")


def test_standard_input_can_be_diffed(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The diff names the file that was given."""
    arguments = ("--diff", "--stdin-filename", "tune.py")
    outcome = from_stdin(command, monkeypatch, TUNE, *arguments)
    assert outcome == (1, DIFF, "would patch tune.py\n")


def test_a_bad_script_on_standard_input(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is printed that an editor could take for the result."""
    outcome = from_stdin(command, monkeypatch, "x = (", "--stdin-filename", "x.py")
    assert outcome == (2, "", "x.py:1:5: '(' was never closed\n")


def test_force_exclude_holds_for_standard_input(
    command: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An editor passes every file that is saved."""
    arguments = ("--force-exclude", "--exclude", "a/", "--stdin-filename", "a/b.py")
    assert from_stdin(command, monkeypatch, TUNE, *arguments) == (0, TUNE, "")


def test_bytes_survive_standard_input(here: Path) -> None:
    """Line endings and encodings pass through a real pipe as they are."""
    script = b"# coding: latin-1\r\n# \xe9\r\n" + TUNE.replace("\n", "\r\n").encode()
    done = subprocess.run(
        [sys.executable, "-m", "codemod", "-"],
        input=script,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.returncode == 0
    assert done.stdout == codemod.patch(script).source


def test_standard_input_goes_alone(command: Command, here: Path) -> None:
    """Whose output would it be?"""
    expected = f'{USAGE}\n\nError: "-" (standard input) goes without other paths\n'
    assert command("-", "tune.py") == (2, "", expected)


def test_a_name_for_standard_input_needs_it(command: Command, here: Path) -> None:
    """The option would be ignored otherwise."""
    expected = f'{USAGE}\n\nError: --stdin-filename goes with "-"\n'
    assert command("tune.py", "--stdin-filename", "x.py") == (2, "", expected)
