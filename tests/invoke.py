"""Running the command in this process, and the scripts that it is run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from codemod.cli import main

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
