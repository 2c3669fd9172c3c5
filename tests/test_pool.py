"""Edits in worker processes."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import codemod
from codemod import pool
from codemod.run import Plan, Result, Runner
from codemod.settings import Settings
from tests.invoke import TUNE

PATCHED = str(codemod.patch(TUNE).source)
PARENT = os.getpid()
PLAN = Plan(Settings())
pytestmark = pytest.mark.skipif(not pool._forks(), reason="workers are patched by fork")


@pytest.fixture
def waiting(here: Path) -> list[Result]:
    """Six scripts that need an edit, and results that need none between them."""
    found = []
    for number in range(6):
        (here / f"{number}.py").write_text(TUNE)
        found.append(Result(f"{number}.py", True, "changed"))
        found.append(Result(f"{number}.txt", True, "irrelevant"))
    return found


def deadly(monkeypatch: pytest.MonkeyPatch, path: str, once: Path | None) -> None:
    """Let a worker be killed when it begins with a file, perhaps only once."""
    edit = Runner.edit

    def killed(self: Runner, result: Result) -> Result:
        first = once is None or not once.exists()
        if result.path == path and os.getpid() != PARENT and first:
            if once:
                once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return edit(self, result)

    monkeypatch.setattr(Runner, "edit", killed)


def test_the_order_stays(waiting: list[Result], here: Path) -> None:
    """Results come as the files did, those without an edit between them."""
    done = list(pool.edit_all(PLAN, waiting, 2))
    assert [result.path for result in done] == [result.path for result in waiting]
    assert {result.status for result in done} == {"changed", "irrelevant"}
    assert {file.read_text() for file in here.glob("*.py")} == {PATCHED}


def test_an_error_comes_back(waiting: list[Result], here: Path) -> None:
    """With its message and its place."""
    (here / "2.py").write_text("def main(:")
    done = list(pool.edit_all(PLAN, waiting, 2))
    assert [result.path for result in done if result.status == "error"] == ["2.py"]
    assert (done[4].message, done[4].line, done[4].column) == ("invalid syntax", 1, 10)


def test_a_killed_worker_costs_nothing(
    waiting: list[Result], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was at, and what waited, is done by other workers."""
    deadly(monkeypatch, "3.py", here / "once")
    done = list(pool.edit_all(PLAN, waiting, 2))
    assert (here / "once").exists()
    assert [result.path for result in done] == [result.path for result in waiting]
    assert "error" not in {result.status for result in done}
    assert {file.read_text() for file in here.glob("*.py")} == {PATCHED}


def test_a_file_that_kills_every_worker(
    waiting: list[Result], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an error, as is what was not done by then; the others' results are kept."""
    deadly(monkeypatch, "3.py", None)
    done = list(pool.edit_all(PLAN, waiting, 1))
    errors = [result for result in done if result.status == "error"]
    assert [result.path for result in errors] == ["3.py", "4.py", "5.py"]
    assert {result.message for result in errors} == {
        "a worker process died before this file was done; try --jobs 1"
    }
    assert [(here / f"{n}.py").read_text() == PATCHED for n in range(6)] == (
        [True] * 3 + [False] * 3
    )
