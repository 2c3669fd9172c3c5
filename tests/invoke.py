"""Running the command in this process, and the scripts that it is run on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from codemod.cli import main

REPOSITORY = Path(__file__).parent.parent

# An argparse script that is affected: Optuna's trials, and transformers.
TUNE = """\
import argparse

import optuna
from transformers import AutoModel


def main():
    parser = argparse.ArgumentParser()
    args = parser.parse_args()
    optuna.create_study().optimize(AutoModel, n_jobs=args.jobs)


if __name__ == "__main__":
    main()
"""

# The same without the guard's reason to be: an entry point, and no HPO.
DOWNLOAD = """\
import argparse


def main():
    args = argparse.ArgumentParser().parse_args()
    print(args)
"""


# An argparse script that starts trials, and no transformers.
SEARCH = TUNE.replace("from transformers import AutoModel\n", "AutoModel = print\n")

# One with nothing to parse, and no trials.
PLAIN = "def main():\n    print('no arguments')\n\n\nmain()\n"

# The last line of a run that met trials in threads.
THREADS = (
    "{}: trials run in threads (n_jobs=args.jobs), which can break models that they "
    "load or train: see "
    "https://github.com/eager-codemod/eager-codemod/blob/main/docs/threads.md\n"
)


class Outcome(NamedTuple):
    """How the command ended."""

    status: int
    stdout: str
    stderr: str


Command = Callable[..., Outcome]


def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """A function that runs the command with arguments and returns its outcome."""

    def run(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as ended:
            main(arguments, prog_name="eager-codemod")
        stdout, stderr = capsys.readouterr()
        status = ended.value.code
        assert isinstance(status, int)
        return Outcome(status, stdout, stderr)

    return run


def process(
    folder: Path, *arguments: str, module: str = "codemod"
) -> subprocess.CompletedProcess[str]:
    """Run the command, or another module, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80"},
    )
