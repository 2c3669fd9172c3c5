"""Interpreters and environments that verification is tested on."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from codemod.edits.guard import render
from codemod.program.verdict import Judge, Judgement
from codemod.python import source
from codemod.search.reading import read_regular
from codemod.settings import Settings
from codemod.verify.driver import verify
from codemod.verify.probe.interpreter import interpreter_is_affected
from codemod.verify.results import Verification
from codemod.verify.scripts import make_target
from codemod.verify.target import Target

from . import standin

MakeScript = Callable[..., Target]
Verify = Callable[..., Verification]

MAIN = """
import argparse

import optuna

{guard}

def objective(trial):
    {trial}


def main():
    args = argparse.ArgumentParser().parse_args()
    {call}
    optuna.create_study().optimize(objective, n_jobs=args.jobs)
"""
CALL = "_eager_load_transformers_configs()"


def judged(text: str, path: Path | str = "tune.py") -> Judgement:
    """What a script with this text is, and what it reaches."""
    return Judge(read_regular).judge(str(path), source.parse(text.encode()))


@pytest.fixture
def script(tmp_path: Path) -> MakeScript:
    """Write a script and read from it what is to be verified."""
    (tmp_path / "scripts").mkdir()

    def make(
        name: str = "tune.py",
        guard: str | None = None,
        trial: str = "pass",
        call: str = CALL,
    ) -> Target:
        """Write ``name`` with a guard's definition, the default one unless given."""
        path = tmp_path / "scripts" / name
        guard = render() if guard is None else guard
        path.write_text(MAIN.format(guard=guard, trial=trial, call=call), "utf-8")
        judge = Judge(read_regular)
        target = make_target(str(path), path.read_bytes(), judge, Settings())
        assert target is not None
        return target

    return make


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the interpreters that are tested find the stand-in for transformers."""

    def install(quirk: str = "", torch: bool = False) -> None:
        folder = standin.write(tmp_path / "site", quirk, torch)
        monkeypatch.setenv("PYTHONPATH", str(folder))

    return install


@pytest.fixture
def verified(stand_in: Callable[..., None]) -> Verify:
    """Verify scripts against the stand-in, in the running interpreter."""

    def run(*targets: Target, **quirks: object) -> Verification:
        stand_in(**quirks)
        return verify(targets, sys.executable)

    return run


@pytest.fixture(scope="session")
def interpreter_affected() -> bool:
    """Whether the running interpreter has the flaw."""
    return bool(interpreter_is_affected())


@pytest.fixture
def affected(interpreter_affected: bool) -> None:
    """Skip on a Python whose import statement was fixed: nothing fails there."""
    if not interpreter_affected:
        pytest.skip("this Python is not affected: it has the fix of gh-143650")


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the installed transformers, without torch: seconds instead of a minute."""
    if find_spec("transformers") is None:
        pytest.skip("transformers is not installed")
    monkeypatch.setenv("USE_TORCH", "0")


@pytest.fixture
def real_with_torch() -> None:
    """Use the installed transformers with the installed torch."""
    if find_spec("transformers") is None or find_spec("torch") is None:
        pytest.skip("transformers and torch are not both installed")


@pytest.fixture(scope="session")
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a virtual environment that holds nothing, not even pip."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    venv.create(folder, symlinks=os.name != "nt", with_pip=False)
    return folder


@pytest.fixture(scope="session")
def transformers_5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a virtual environment with transformers 5, which pip downloads."""
    folder = tmp_path_factory.mktemp("five") / "venv"
    venv.create(folder, symlinks=os.name != "nt", with_pip=True)
    command = ["-m", "pip", "install", "-q", "transformers>=5,<6"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = subprocess.run([python, *command], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("pip could not install transformers 5")
    return folder
