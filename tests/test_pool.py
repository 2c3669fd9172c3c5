"""Work in other processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import codemod
from codemod.run import pool
from codemod.run.runner import Plan, Result, Runner
from codemod.search.discovery import Candidate
from codemod.settings import Settings
from tests.invoke import TUNE

PATCHED = str(codemod.patch(TUNE).source)
PARENT = os.getpid()
RUNNER = Runner(Plan(Settings()))
Waiting = list[tuple[Candidate, Result | None]]
pytestmark = pytest.mark.skipif(not pool._forks(), reason="workers are patched by fork")


@pytest.fixture
def waiting(here: Path) -> Waiting:
    """Six scripts that need an edit, and files that need none between them."""
    found: Waiting = []
    for number in range(6):
        (here / f"{number}.py").write_text(TUNE)
        found.append((Candidate(f"{number}.py", True), None))
        name = f"{number}.txt"
        found.append((Candidate(name, True), Result(name, True, "irrelevant")))
    return found


def deadly(monkeypatch: pytest.MonkeyPatch, path: str, once: Path | None) -> None:
    """Let a worker be killed when it begins with a file, perhaps only once."""
    process = Runner.process

    def killed(self: Runner, file: str, named: bool) -> Result:
        first = once is None or not once.exists()
        if file == path and os.getpid() != PARENT and first:
            if once:
                once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return process(self, file, named)

    monkeypatch.setattr(Runner, "process", killed)


def test_the_order_stays(waiting: Waiting, here: Path) -> None:
    """Results come as the files did, those without an edit between them."""
    done = list(pool.process_all(RUNNER, waiting, 2))
    assert [result.path for result in done] == [
        candidate.path for candidate, _ in waiting
    ]
    assert {result.status for result in done} == {"changed", "irrelevant"}
    assert {file.read_text() for file in here.glob("*.py")} == {PATCHED}


def test_workers_know_what_was_learnt(waiting: Waiting, here: Path) -> None:
    """A module that the scripts share is not read again for those of a worker."""
    for file in here.glob("*.py"):
        file.write_text("import shared\n" + TUNE.replace("import optuna\n", ""))
    (here / "shared.py").write_text("import optuna\n")
    runner = Runner(Plan(Settings(select="hpo")))
    assert runner.process("0.py", False).status == "changed"
    (here / "shared.py").write_text("")
    found = list(pool.process_all(runner, waiting[2:], 2))
    assert "not-selected" not in {result.status for result in found}


def test_an_error_comes_back(waiting: Waiting, here: Path) -> None:
    """With its message and its place."""
    (here / "2.py").write_text("def main(:")
    done = list(pool.process_all(RUNNER, waiting, 2))
    assert [result.path for result in done if result.status == "error"] == ["2.py"]
    assert (done[4].message, done[4].line, done[4].column) == ("invalid syntax", 1, 10)


def test_a_killed_worker_costs_nothing(
    waiting: Waiting, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was at, and what waited, is done by other workers."""
    deadly(monkeypatch, "3.py", here / "once")
    done = list(pool.process_all(RUNNER, waiting, 2))
    assert (here / "once").exists()
    assert [result.path for result in done] == [
        candidate.path for candidate, _ in waiting
    ]
    assert "error" not in {result.status for result in done}
    assert {file.read_text() for file in here.glob("*.py")} == {PATCHED}


def test_a_file_that_kills_every_worker(
    waiting: Waiting, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error, as is what was not done by then; the others' results are kept."""
    deadly(monkeypatch, "3.py", None)
    done = list(pool.process_all(RUNNER, waiting, 1))
    errors = [result for result in done if result.status == "error"]
    assert [result.path for result in errors] == ["3.py", "4.py", "5.py"]
    assert {result.message for result in errors} == {
        "a worker process died before this file was done; try --jobs 1"
    }
    assert [(here / f"{n}.py").read_text() == PATCHED for n in range(6)] == (
        [True] * 3 + [False] * 3
    )
