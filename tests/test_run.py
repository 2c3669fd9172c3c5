"""One file and many: what is decided, in which order, at which cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import codemod
from codemod.program.place import Script
from codemod.run import pool
from codemod.run import runner as running
from codemod.run.runner import Plan, Result, Runner, run, run_bytes
from codemod.search.discovery import Candidate
from codemod.settings import Settings
from tests.invoke import DOWNLOAD, TUNE

REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)


def results(names: list[str], named: bool = True, **plan: Any) -> list[Result]:
    """Run over files of the current folder."""
    settings = plan.pop("settings", Settings())
    candidates = [Candidate(name, named) for name in names]
    return list(run(candidates, Plan(settings, **plan)))


def statuses(*arguments: Any, **more: Any) -> list[str]:
    """What became of each file."""
    return [result.status for result in results(*arguments, **more)]


@pytest.fixture
def files(here: Path) -> list[str]:
    """A file of every kind, in the current folder."""
    contents = {
        "bad.py": "def main(:",
        "download.py": DOWNLOAD,
        "empty.py": "",
        "fine.py": PATCHED,
        "plain.py": "def main():\n    pass\n",
        "skipped.py": "# eager-codemod: skip\n" + TUNE,
        "tune.py": TUNE,
    }
    for name, text in contents.items():
        (here / name).write_text(text)
    return [*sorted(contents), "vanished.py"]


def test_every_status(files: list[str]) -> None:
    """Results come in the order of the files; what fails stops nothing."""
    assert statuses(files) == [
        "error",
        "changed",
        "irrelevant",
        "unchanged",
        "no-entry",
        "skipped",
        "changed",
        "error",
    ]


def test_found_files_are_selected(files: list[str]) -> None:
    """download.py is no HPO script."""
    assert statuses(["download.py", "tune.py"], named=False) == [
        "not-selected",
        "changed",
    ]


@pytest.mark.parametrize(
    "plan", [{}, {"contents": True}, {"settings": Settings(jobs=2)}]
)
def test_order_and_outcome_depend_on_nothing(
    files: list[str], plan: dict[str, Any]
) -> None:
    """With a diff, with workers: the same results."""
    expected = statuses(files, write=False)
    found = results(files, **plan)
    assert [result.path for result in found] == files
    assert [result.status for result in found] == expected


def test_a_dry_run_writes_nothing(files: list[str], here: Path) -> None:
    """It says what would change."""
    before = {name: (here / name).read_text() for name in files[:-1]}
    assert statuses(files, write=False).count("changed") == 2
    assert {name: (here / name).read_text() for name in files[:-1]} == before


def test_a_diff_gets_the_bytes(files: list[str]) -> None:
    """Before and after, only where something changes."""
    found = results(["fine.py", "tune.py"], write=False, contents=True)
    assert found[0].before is None
    assert (found[1].before, found[1].after) == (TUNE.encode(), PATCHED.encode())


def test_explaining_judges_everything_with_an_entry_point(files: list[str]) -> None:
    """Also what is named, and taken anyway."""
    (result,) = results(["download.py"], write=False, explain=True)
    assert result.verdict is not None
    assert result.verdict.name == "none"


def test_entries_are_reported(files: list[str]) -> None:
    """Name, kind and place."""
    (result,) = results(["tune.py"])
    (entry,) = result.entries
    assert (entry.name, entry.kind, entry.line, entry.column) == (
        "main",
        "argparse",
        7,
        1,
    )


def test_standard_input_is_decided_like_a_file(files: list[str]) -> None:
    """Same bytes, same outcome, but for the writing."""
    for name in files[:-1]:
        data = Path(name).read_bytes()
        (expected,) = results([name], write=False, contents=True)
        found = run_bytes(name, data, Plan(Settings()))
        status = {"irrelevant": "no-entry"}.get(expected.status, expected.status)
        assert (found.status, found.after) == (status, expected.after)


# -- Workers ---------------------------------------------------------------------------


def scripts(here: Path, count: int) -> list[str]:
    """Scripts that all need an edit."""
    names = [f"{number}.py" for number in range(count)]
    for name in names:
        (here / name).write_text(TUNE)
    return names


def test_few_edits_start_no_workers(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They would cost more than they save."""
    monkeypatch.setattr(running, "_processors", lambda: 2)
    monkeypatch.setattr(pool, "process_all", None)
    names = scripts(here, running._EDITS_ALONE + running._POOL_PAYS_FROM - 1)
    assert statuses(names) == ["changed"] * len(names)


def test_workers_help_with_many(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is left after the first changes: these tell that there is work."""
    left = []

    def process_all(
        runner: Runner, looked: list[Any], workers: int
    ) -> Iterator[Result]:
        left.extend(looked)
        return (Result(candidate.path, True, "changed") for candidate, _ in looked)

    monkeypatch.setattr(running, "_processors", lambda: 2)
    monkeypatch.setattr(pool, "process_all", process_all)
    names = scripts(here, running._EDITS_ALONE + running._POOL_PAYS_FROM)
    found = results(names)
    assert [result.path for result in found] == names
    assert [candidate.path for candidate, _ in left] == names[running._EDITS_ALONE :]


@pytest.mark.parametrize(
    ("jobs", "scripts", "processors", "expected"),
    [
        (None, 15, 8, 1),
        (None, 16, 8, 8),
        (None, 16, 1, 1),
        (None, 400, 128, 61),
        (1, 400, 8, 1),
        (4, 400, 8, 4),
        (4, 3, 8, 3),
        (4, 0, 8, 0),
        (99, 400, 8, 61),
    ],
)
def test_how_many_workers(
    jobs: int | None,
    scripts: int,
    processors: int,
    expected: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As asked for, never more than scripts, nor than Windows can wait for."""
    monkeypatch.setattr(running, "_processors", lambda: processors)
    assert running._workers(jobs, scripts) == expected


def test_without_workers_edits_are_done_here(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some systems cannot start any."""
    monkeypatch.setattr(pool, "can_start", lambda: False)
    monkeypatch.setattr(pool, "process_all", None)
    names = scripts(here, 2)
    assert statuses(names, settings=Settings(jobs=2)) == ["changed"] * 2
    assert (here / "1.py").read_text() == PATCHED


# -- What happens between looking and writing ------------------------------------------


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Any) -> None:
    """Let something happen after a file was read, and before it is written."""
    change = Runner.change

    def slow(self: Runner, result: Result, data: bytes, script: Script) -> Result:
        happens()
        return change(self, result, data, script)

    monkeypatch.setattr(Runner, "change", slow)


def test_a_file_that_changes_meanwhile(
    files: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody else wrote stays; the next file is done."""
    meanwhile(monkeypatch, lambda: (here / "download.py").write_text("theirs\n"))
    first, second = results(["download.py", "tune.py"])
    assert (first.status, second.status) == ("error", "changed")
    assert first.message == "changed on disk since it was read; run again"
    assert (here / "download.py").read_text() == "theirs\n"


def test_a_file_that_is_deleted_meanwhile(
    files: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays deleted."""
    meanwhile(monkeypatch, lambda: (here / "tune.py").unlink())
    (result,) = results(["tune.py"])
    assert (result.status, result.message) == (
        "error",
        "cannot be written: no such file or directory",
    )
    assert not (here / "tune.py").exists()


def test_a_file_that_is_done_meanwhile(files: list[str], here: Path) -> None:
    """Before its turn came, another run patched it: nothing is left to do."""
    runner = Runner(Plan(Settings()))
    assert runner.glance("tune.py", True) is None
    (here / "tune.py").write_text(PATCHED)
    assert runner.process("tune.py", True).status == "unchanged"


# -- Cost ------------------------------------------------------------------------------

# Counts what is opened and parsed; prints that, and the modules, at the end. What click
# imports is not counted: on Python 3.10 that is subprocess, for one.
DRIVER = """
import json, os, sys
import click
clicks = set(sys.modules)
opened, parsed = [], []
def hook(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".py"):
        opened.append(arguments[0])
    elif event == "compile" and arguments[1] == "<unknown>":
        parsed.append(arguments[0])
from codemod.cli import main
sys.addaudithook(hook)
try:
    main(sys.argv[1:])
except SystemExit as end:
    status = end.code
here = [os.path.basename(path) for path in opened]
here = [name for name in here if name in sys.argv]
print(json.dumps([status, here, len(parsed), sorted(set(sys.modules) - clicks)]))
"""


def cost(*arguments: str) -> tuple[int, Counter[str], int, set[str]]:
    """Run the command as a process; what it opened, parsed, and imported."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    status, opened, parsed, modules = json.loads(done.stdout.splitlines()[-1])
    return status, Counter(opened), parsed, set(modules)


def test_nothing_to_do_costs_one_look(files: list[str]) -> None:
    """A hook's usual run: each file is read once, parsed once, and nothing imported."""
    files_of_a_hook = ("--select", "hpo", "empty.py", "fine.py")
    status, opened, parsed, modules = cost("--check", *files_of_a_hook)
    assert status == 0
    assert opened == {"empty.py": 1, "fine.py": 1}
    assert parsed == 1
    dear = {"libcst", "asyncio", "difflib", "multiprocessing", "subprocess", "pathspec"}
    assert not modules & dear
    assert "concurrent.futures" not in modules


def test_an_edit_costs_two_looks(files: list[str]) -> None:
    """One to decide and to edit, and one by which the result is checked."""
    status, opened, parsed, modules = cost("tune.py", "-q")
    assert status == 0
    # Before it is replaced, the file is read again: has it changed?
    assert opened == {"tune.py": 2}
    assert parsed == 3  # with the guard's own text
    assert "libcst" in modules
    assert not modules & {"libcst.codemod", "libcst.matchers", "multiprocessing"}


COLLECTIONS = """
import atexit, gc
from codemod.__main__ import command
phases = []
atexit.register(lambda: print(len(phases), gc.get_freeze_count() > 0))
gc.collect()  # the next one of its own is 700 objects away
gc.callbacks.append(lambda phase, _: phases.append(phase))
command()
"""


def test_a_short_run_collects_no_garbage(files: list[str]) -> None:
    """Neither while it runs nor when it ends: there is nothing to be had."""
    done = subprocess.run(
        [sys.executable, "-c", COLLECTIONS, "--check", "fine.py"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert (done.returncode, done.stdout) == (0, "0 True\n")
