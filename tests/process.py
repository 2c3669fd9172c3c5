"""Running the command as a process of its own, perhaps with something done to it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["REPOSITORY", "run", "start"]

REPOSITORY = Path(__file__).parent.parent
_COMMAND = "from codemod.__main__ import command\ncommand()\n"


def start(
    folder: Path, *arguments: str, code: str = "", **environment: str
) -> subprocess.Popen[str]:
    """Start the command in a folder.

    Args:
        folder: The current folder of the command.
        arguments: Its arguments.
        code: A program that is run before it, in the same process.
        environment: Variables to set.
    """
    return subprocess.Popen(
        [sys.executable, "-c", f"{code}\n{_COMMAND}", *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )


def run(
    folder: Path, *arguments: str, code: str = "", **environment: str
) -> tuple[int, str, str]:
    """Run the command in a folder: exit status, standard output, standard error.

    One that hangs fails the test.
    """
    process = start(folder, *arguments, code=code, **environment)
    try:
        stdout, stderr = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, stdout, stderr
