"""Run the scripts of this folder in fresh processes, as they are or patched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import codemod

HERE = Path(__file__).parent
SCRIPTS = HERE / "scripts"
#: What a process may take, in seconds; torch needs 15 of them on a slow machine.
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Outcome:
    """How a process ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


class Study:
    """A copy of one script, with what lies beside it, in a folder of its own."""

    def __init__(self, script: str, folder: Path) -> None:
        shutil.copytree(SCRIPTS, folder)
        self.path = folder / script

    def patch(self) -> Study:
        """Guard the script with the real command, which must have changed it."""
        before = self.path.read_bytes()
        command = [sys.executable, "-m", "codemod", "--select", "all", str(self.path)]
        # The command under test is the package this process imported.
        outcome = run(
            command,
            cwd=self.path.parent,
            PYTHONPATH=str(Path(codemod.__file__).parent.parent),
        )
        assert outcome.returncode == 0, outcome.stderr
        assert self.path.read_bytes() != before
        return self

    def replace(self, old: str, new: str) -> Study:
        """Edit the script by hand: put one text in the place of another."""
        source = self.path.read_text(encoding="utf-8")
        assert source.count(old) == 1
        self.path.write_text(source.replace(old, new), encoding="utf-8")
        return self

    def run(self, *args: str, race_in: str, torch: bool = False) -> Outcome:
        """Run the script while two threads are forced into one package's import.

        Args:
            *args: The script's own arguments.
            race_in: The package, by its full name; see window/sitecustomize.py.
            torch: Whether transformers may see torch, where it is installed. Without
                it a process takes two seconds instead of fifteen.
        """
        return run(
            [sys.executable, self.path.name, *args],
            cwd=self.path.parent,
            RACE_PACKAGE=race_in,
            USE_TORCH="AUTO" if torch else "0",
            PYTHONPATH=os.pathsep.join([str(HERE / "window"), str(HERE / "packages")]),
        )


def run(command: list[str], cwd: Path, **variables: str) -> Outcome:
    """Run a command with these environment variables on top of this process's."""
    environment = os.environ | {
        # Hydra's logging would bring transformers' advice about torch to stdout.
        "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
        "HF_HUB_OFFLINE": "1",
        "HYDRA_FULL_ERROR": "1",
        # transformers' help must reach stderr in UTF-8 on every system.
        "PYTHONIOENCODING": "utf-8",
    }
    inherited = os.environ.get("PYTHONPATH")
    if inherited:
        # A test run may find its libraries through it.
        variables["PYTHONPATH"] += os.pathsep + inherited
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
