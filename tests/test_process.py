"""The command as a process of its own, and the streams that it gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from tests.invoke import THREADS, TUNE, process

REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)
USAGE = "Usage: eager-codemod [OPTIONS] PATHS...\nTry 'eager-codemod --help' for help."


@pytest.fixture
def tree(here: Path) -> Path:
    """A current folder with a script to patch."""
    (here / "tune.py").write_text(TUNE)
    return here


def test_python_m_runs_the_command(tree: Path) -> None:
    """The same as the installed command, under the same name."""
    done = process(tree, "tune.py")
    assert (done.returncode, done.stdout) == (0, "")
    assert (
        done.stderr == f"patched tune.py\n1 file patched\n{THREADS.format('tune.py')}"
    )


def test_an_error_of_usage_as_a_process(tree: Path) -> None:
    """The name of the command is the installed one's."""
    done = process(tree, "--load", "for")
    assert done.returncode == 2
    assert done.stderr.startswith(USAGE)


def test_closed_standard_input(here: Path) -> None:
    """No traceback."""
    done = subprocess.run(
        f"'{sys.executable}' -m codemod - <&-",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    expected = f"{USAGE}\n\nError: standard input is closed\n"
    assert (done.returncode, done.stderr) == (2, expected)


@pytest.mark.parametrize("options", ["--diff --select all", "--explain"])
def test_a_closed_pipe(tree: Path, options: str) -> None:
    """`| head -1` ends the run without a word."""
    for number in range(60):  # more than a pipe holds
        (tree / f"{number:02}.py").write_text(TUNE)
    done = subprocess.run(
        f"'{sys.executable}' -m codemod {options} -q . | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert done.stderr == ""
    # An --explain of this size may fit into the pipe before its reader has gone.
    assert done.stdout in ("2\n", "0\n") if options == "--explain" else "2\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_device_on_standard_output(tree: Path) -> None:
    """One line that says so."""
    done = subprocess.run(
        f"'{sys.executable}' -m codemod --diff tune.py >/dev/full",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    expected = "output cannot be written: no space left on device\n"
    assert (done.returncode, done.stderr) == (2, expected)


def test_closed_standard_output(tree: Path) -> None:
    """Who closes it wants no output."""
    done = subprocess.run(
        f"'{sys.executable}' -m codemod --diff tune.py >&-",
        shell=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    expected = "would patch tune.py\n1 file would be patched\n"
    assert (done.returncode, done.stderr) == (1, expected)
