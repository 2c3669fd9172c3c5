"""Work in other processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import codemod
from codemod.run import pool
from codemod.run.files import Snapshot
from codemod.run.result import Plan, Result
from codemod.run.runner import Runner
from codemod.search.discovery import Candidate
from codemod.settings import Settings
from tests.invoke import TUNE

PATCHED = str(codemod.patch(TUNE).source)
PARENT = os.getpid()
Looked = list[tuple[Candidate, Result | Snapshot]]
needs_fork = pytest.mark.skipif(not pool._FORKS, reason="workers are patched by fork")


def look(runner: Runner, *names: str) -> Looked:
    """The files as a run hands them to the pool; only scripts are named."""
    files = [Candidate(name, name.endswith(".py")) for name in names]
    return [(file, runner.look(file)) for file in files]


@pytest.fixture
def runner() -> Iterator[Runner]:
    """What is to be done with every file."""
    runner = Runner(Plan(Settings()))
    yield runner
    runner.close()


@pytest.fixture
def looked(here: Path, runner: Runner) -> Looked:
    """Six scripts that need an edit, and files that need none between them."""
    names = []
    for number in range(6):
        (here / f"{number}.py").write_text(TUNE)
        (here / f"{number}.txt").write_text("")
        names += [f"{number}.py", f"{number}.txt"]
    return look(runner, *names)


def deadly(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Let a worker be killed when it begins with a file."""
    finish = Runner.finish

    def killed(self: Runner, candidate: Candidate, snapshot: Snapshot) -> Result:
        if candidate.path == path and os.getpid() != PARENT:
            os.kill(os.getpid(), signal.SIGKILL)
        return finish(self, candidate, snapshot)

    monkeypatch.setattr(Runner, "finish", killed)


def check(done: list[Result], here: Path) -> None:
    """Everything is done, in the order of the files."""
    assert [result.path for result in done] == [
        f"{number}.{suffix}" for number in range(6) for suffix in ("py", "txt")
    ]
    assert {result.status for result in done} == {"changed", "irrelevant"}
    assert {file.read_text() for file in here.glob("*.py")} == {PATCHED}


def test_the_order_stays(looked: Looked, here: Path, runner: Runner) -> None:
    """Results come as the files did, those without an edit between them."""
    check(list(pool.process_all(runner, looked, 2)), here)


@pytest.mark.skipif("sys.version_info < (3, 11)", reason="3.10 starts no workers so")
def test_workers_that_are_started_anew(
    looked: Looked, here: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS and Windows."""
    monkeypatch.setattr(pool, "_FORKS", False)
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    check(list(pool.process_all(runner, looked, 2)), here)


@needs_fork
def test_workers_know_what_was_learnt(looked: Looked, here: Path) -> None:
    """A module that the scripts share is not read again for those of a worker."""
    for file in here.glob("*.py"):
        file.write_text("import shared\n" + TUNE.replace("import optuna\n", ""))
    (here / "shared.py").write_text("import optuna\n")
    settings = Settings(select="hpo")
    runner = Runner(Plan(settings))
    assert runner.process(Candidate("0.py", False, settings)).status == "changed"
    (here / "shared.py").write_text("")
    files = [Candidate(f"{number}.py", False, settings) for number in range(1, 6)]
    found = pool.process_all(runner, ((file, runner.look(file)) for file in files), 2)
    assert {result.status for result in found} == {"changed"}


def test_an_error_comes_back(looked: Looked, here: Path, runner: Runner) -> None:
    """With its message and its place."""
    (here / "2.py").write_text("def main(:")
    looked = look(runner, "0.py", "2.py", "3.py")
    done = list(pool.process_all(runner, looked, 2))
    assert [result.status for result in done] == ["changed", "error", "changed"]
    assert (done[1].message, done[1].line, done[1].column) == ("invalid syntax", 1, 10)


@needs_fork
def test_a_killed_worker(
    looked: Looked, here: Path, runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that a worker had is an error; the others are done without it."""
    monkeypatch.setattr(pool, "_AHEAD", 1)
    deadly(monkeypatch, "2.py")
    done = list(pool.process_all(runner, looked, 1))
    assert [result.path for result in done] == [file.path for file, _ in looked]
    errors = [result for result in done if result.status == "error"]
    assert next(result.path for result in errors) == "2.py"
    assert len(errors) <= 2  # one worker, one file ahead
    assert {result.message for result in errors} == {
        "a worker process died before this file was done; try --jobs 1"
    }
    lost = {result.path for result in errors}
    for file in here.glob("*.py"):
        assert file.read_text() == (TUNE if file.name in lost else PATCHED)


def test_files_are_handed_out_as_they_are_needed(here: Path, runner: Runner) -> None:
    """What waits for a worker is in memory: not all of a large repository."""
    names = [f"{number}.py" for number in range(40)]
    for name in names:
        (here / name).write_text(TUNE)
    read: list[str] = []

    def reading() -> Iterator[tuple[Candidate, Result | Snapshot]]:
        for name in names:
            read.append(name)
            yield from look(runner, name)

    results = pool.process_all(runner, reading(), 1)
    assert next(results).path == "0.py"
    assert len(read) == pool._AHEAD + 1
    assert len(list(results)) == 39


def test_nothing_of_it_is_left(looked: Looked, runner: Runner) -> None:
    """A pool that still ends when Python does may print a traceback."""
    before = threading.active_count()
    assert len(list(pool.process_all(runner, looked, 2))) == len(looked)
    assert threading.active_count() == before
    assert multiprocessing.active_children() == []
