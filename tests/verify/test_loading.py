"""Thread safety in ``--verify``: what of a script is tried, and what it means."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.edits.thread_safety import FUNCTION, TEXT, THREAD_SAFETY
from codemod.program.place import Script
from codemod.python.source import parse
from codemod.verify import loading, order
from codemod.verify.driver import verify
from codemod.verify.loading import Repairs
from codemod.verify.processes import NoAnswerError, ask
from codemod.verify.report import as_text
from codemod.verify.results import Environment, Loads, Runs, Verdict, Verification

from .conftest import MakeScript, judged

CALL = f"\n{FUNCTION}()\n"
HOLDS = Verdict("tune.py", "holds")
BROKEN = Loads(2, {"a layer, during construction": "on the meta device"})


def found(text: str, path: str = "tune.py") -> Repairs | None:
    """What is found in a script with this text."""
    return loading.find(judged(text, path).module)


def problem(text: str, path: str = "tune.py") -> str | None:
    """What is wrong with the function of a script with this text."""
    repairs = found(text, path)
    return None if repairs is None else repairs.problem


# -- What is tried ---------------------------------------------------------------------


def test_the_tools_own_function_is_tried() -> None:
    """Its text is known, so the probe may run it."""
    assert problem(TEXT + CALL) == ""


def test_layout_and_comments_make_no_other_function() -> None:
    """Whatever a formatter made of it."""
    text = TEXT.replace("    ", "  ").replace('"', "'")
    assert problem(text + CALL) == ""


def test_a_script_without_the_function_is_fine() -> None:
    """The edit is opt-in."""
    assert problem("import transformers\n") is None


def test_an_edited_function_is_not_run() -> None:
    """A proof that promises to run nothing of the script does not run an edit."""
    edited = TEXT.replace("    make_thread_safe()\n", "    open('x', 'w')\n", 1)
    assert edited != TEXT
    assert problem(edited + CALL) == f"{FUNCTION} was edited and is not run here"


@pytest.mark.parametrize(
    ("old", "new"),
    [("def ", "async def "), ("def ", "@cache\ndef "), ("()", "(wait=True)")],
)
def test_what_does_something_else_when_it_is_called_was_edited(
    old: str, new: str
) -> None:
    """Though its body is the tool's: a coroutine that nobody awaits makes no repair."""
    text = TEXT.replace(old, new, 1) + CALL
    assert problem(text) == f"{FUNCTION} was edited and is not run here"


def test_a_function_that_is_never_called_does_nothing() -> None:
    """A definition alone proves nothing."""
    assert problem(TEXT) == f"{FUNCTION} is defined but never called"


def test_a_call_without_a_definition() -> None:
    """The script would end with a NameError."""
    assert problem(CALL) == f"the definition of {FUNCTION} was not found"


def test_an_imported_function_is_found(tmp_path: Path) -> None:
    """Shared by several scripts, it lives in a module of theirs."""
    (tmp_path / "guards.py").write_text(TEXT, encoding="utf-8")
    text = f"from guards import {FUNCTION}\n{CALL}"
    (tmp_path / "tune.py").write_text(text, encoding="utf-8")
    assert problem(text, str(tmp_path / "tune.py")) == ""


# -- What it means ---------------------------------------------------------------------


def test_nothing_broken_holds() -> None:
    """The verdict on the guard stands."""
    verdict = loading.judged(HOLDS, Repairs(), Loads(2))
    assert (verdict.verdict, verdict.loads) == ("holds", Loads(2))


def test_something_broken_fails() -> None:
    """Where our function does not cure a version, that is for us to know."""
    verdict = loading.judged(HOLDS, Repairs(), BROKEN)
    assert verdict.verdict == "fails"
    assert verdict.reason == f"threads still harm each other after {FUNCTION}"
    assert verdict.advice == "please report this, with the versions above"


def test_the_environment_of_the_trials_needs_the_tool() -> None:
    """Where it is missing, the script ends before its first trial."""
    verdict = loading.judged(HOLDS, Repairs(), Loads(2, installed=False))
    assert verdict.verdict == "fails"
    assert "needs eager-codemod, which this interpreter lacks" in verdict.reason
    assert verdict.advice == "pip install eager-codemod there"


def test_an_edited_function_fails_and_says_what_to_do() -> None:
    """With the option that writes it anew."""
    text = TEXT.replace("raise ImportError(message) from error", "pass") + CALL
    verdict = loading.judged(HOLDS, found(text) or Repairs(), None)
    assert (verdict.verdict, verdict.advice) == (
        "fails",
        "delete what there is of it and run eager-codemod --with thread-safety tune.py",
    )


def test_a_missing_call_is_added_by_the_tool() -> None:
    """The advice is the plain run."""
    verdict = loading.judged(HOLDS, found(TEXT) or Repairs(), None)
    assert verdict.advice == (
        "run eager-codemod --with thread-safety tune.py, which adds the call"
    )


def test_a_crash_is_no_proof() -> None:
    """Neither that it holds nor that it fails."""
    loads = loading.loads(NoAnswerError("ended with exit status 1: no room"))
    verdict = loading.judged(HOLDS, Repairs(), loads)
    assert verdict.verdict == "unproven"
    assert verdict.reason == "a test process ended with exit status 1: no room"


def test_what_is_wrong_with_the_guard_comes_first() -> None:
    """One thing at a time."""
    failed = Verdict("tune.py", "fails", "the guard", "do this")
    verdict = loading.judged(failed, Repairs(), BROKEN)
    assert (verdict.reason, verdict.advice) == ("the guard", "do this")
    assert verdict.loads == BROKEN


def test_without_torch_there_is_nothing_to_say() -> None:
    """No model can be loaded there."""
    assert loading.loads({"checks": {}, "installed": True}) is None


def test_without_torch_the_tool_is_needed_all_the_same() -> None:
    """The function raises an error wherever it cannot import the repairs."""
    loads = loading.loads({"checks": {}, "installed": False})
    verdict = loading.judged(HOLDS, Repairs(), loads)
    assert verdict.verdict == "fails"
    assert "harmed" not in report(None, verdict)


def report(loads: Loads | None, script: Verdict = HOLDS) -> str:
    """The text of a verification."""
    environment = Environment("python", "3.11.7", "cpython", True, "4.57.1", "2.13.0")
    return as_text(Verification(environment, Runs(), loads, (script,), 1.0))


def test_the_hazard_is_told_with_its_cure() -> None:
    """To whoever verifies the guard alone."""
    assert (
        "threads      1 of 2 loads, layers and trainings in threads are harmed by "
        "others\n"
        "               1 x on the meta device\n"
        "               -> see --with thread-safety\n"
    ) in report(BROKEN)


def test_the_cure_is_told() -> None:
    """And no longer advised."""
    text = report(BROKEN, loading.judged(HOLDS, Repairs(), Loads(2)))
    assert "-> see" not in text
    assert (
        "  0 of 2 loads, layers and trainings in threads are harmed by others\n" in text
    )


def test_nothing_is_told_without_torch() -> None:
    """As if there were no such thing."""
    assert "harmed" not in report(None)


# -- Whether it is called in time ------------------------------------------------------

BOTH = f"_eager_load_transformers_configs(); {FUNCTION}()"
TRIAL = f"pass\n\n\n{TEXT}"


def test_a_call_in_time_is_tried(script: MakeScript) -> None:
    """Behind the guard's, in front of the trials."""
    assert script(trial=TRIAL, call=BOTH).repairs == Repairs()


def test_a_call_behind_the_trials_fails(script: MakeScript) -> None:
    """As a guard's does; what a thread is in the middle of is not repaired."""
    start = "optuna.create_study().optimize(objective, n_jobs=2)"
    call = f"_eager_load_transformers_configs()\n    {start}\n    {FUNCTION}()"
    target = script(trial=TRIAL, call=call)
    repairs = target.repairs
    assert target.guard is not None
    assert not target.guard.problem
    assert repairs is not None
    lines = Path(target.path).read_text("utf-8").splitlines()
    trials, late = lines.index(f"    {start}") + 1, lines.index(f"    {FUNCTION}()") + 1
    assert repairs.problem == (
        f"the trials of line {trials} start before {FUNCTION} is called"
    )
    assert repairs.line == late
    verdict = loading.judged(HOLDS, repairs, None)
    assert (verdict.verdict, verdict.line) == ("fails", late)
    assert verdict.advice == (
        "run eager-codemod --with thread-safety tune.py, which adds a call in time"
    )


def test_a_function_that_is_not_bound_where_it_is_called() -> None:
    """A NameError, before the first trial."""
    text = (
        "import optuna\nfrom transformers import AutoModel\n\n\n"
        f"{FUNCTION}()\n"
        "optuna.create_study().optimize(AutoModel.from_pretrained, n_jobs=2)\n\n\n"
        f"{TEXT}"
    )
    known = judged(text)
    script = Script(parse(text.encode()), known.entries)
    repairs = order.checked(Repairs(), THREAD_SAFETY, script, leads=True)
    assert repairs.problem == f"the module lacks the definition of {FUNCTION}"
    assert repairs.advice == (
        "run eager-codemod --with thread-safety {path}, which adds it"
    )


# -- Where the tool is not installed ---------------------------------------------------


@pytest.fixture
def uninstalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the interpreter under test have another package of the tool's name."""
    (tmp_path / "other/codemod").mkdir(parents=True)
    (tmp_path / "other/codemod/__init__.py").write_text("raise RuntimeError('no')")
    put_in_front(tmp_path / "other", monkeypatch)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the interpreter under test have this tool."""
    put_in_front(Path(__file__).parents[2], monkeypatch)


def put_in_front(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the interpreter under test look into a folder first."""
    path = os.environ.get("PYTHONPATH")
    paths = [str(folder), path] if path else [str(folder)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def test_a_script_that_cannot_import_the_repairs_fails(
    script: MakeScript, stand_in: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    """Without torch too, where there is nothing to repair."""
    stand_in()
    request.getfixturevalue("uninstalled")
    guarded, repaired = script(), script("repaired.py", trial=TRIAL, call=BOTH)
    result = verify([guarded, repaired], sys.executable)
    assert [verdict.verdict for verdict in result.scripts] == ["holds", "fails"]
    assert "which this interpreter lacks" in result.scripts[1].reason
    assert result.loads is None


def test_a_script_that_can_import_them_holds(
    script: MakeScript, stand_in: Callable[..., None], request: pytest.FixtureRequest
) -> None:
    """And of threads there is nothing to say."""
    stand_in()
    request.getfixturevalue("installed")
    result = verify([script(trial=TRIAL, call=BOTH)], sys.executable)
    (verdict,) = result.scripts
    assert (verdict.verdict, verdict.loads, result.loads) == ("holds", None, None)


# -- For real --------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.usefixtures("real_with_torch", "installed")
def test_threads_are_verified_with_torch(script: MakeScript) -> None:
    """The hazard is seen in this very environment, and that the repairs end it."""
    guarded, repaired = script(), script("repaired.py", trial=TRIAL, call=BOTH)
    result = verify([guarded, repaired], sys.executable)
    assert [verdict.verdict for verdict in result.scripts] == ["holds", "holds"]
    assert result.scripts[0].loads is None
    loads = result.scripts[1].loads
    assert loads is not None
    assert loads.checks > 7
    assert (loads.faults, loads.problem, loads.installed) == ({}, "", True)
    assert result.loads is not None
    assert "a layer, during a load in half precision" in result.loads.faults


@pytest.mark.race
@pytest.mark.usefixtures("real_with_torch", "uninstalled")
def test_the_tools_own_repairs_are_tried_elsewhere(tmp_path: Path) -> None:
    """Where the interpreter lacks the tool: from its folder, in which nothing is left.

    The rest of the tool is not imported.
    """
    folder = tmp_path / "runtime"
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(loading.RUNTIME, folder, ignore=leave)
    (answer,) = ask(sys.executable, [{"do": "load", "runtime": str(folder)}])
    found = loading.loads(answer)
    assert found is not None
    assert found.checks > 7
    assert (found.faults, found.problem, found.installed) == ({}, "", False)
    assert not list(folder.rglob("__pycache__"))
