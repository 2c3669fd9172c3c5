"""Thread-safe loading in ``--verify``: what of a script is tried, and what it means."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from codemod.edits.thread_safety import FUNCTION, render
from codemod.program.imports import Project
from codemod.python import source
from codemod.verify import loading
from codemod.verify.driver import verify
from codemod.verify.processes import NoAnswerError
from codemod.verify.report import as_text
from codemod.verify.results import Environment, Loads, Runs, Verdict, Verification

from .conftest import MakeScript

CALL = f"\n{FUNCTION}()\n"
HOLDS = Verdict("tune.py", "holds")
BROKEN = Loads(2, {"a layer, during construction": "on the meta device"})


def problem(text: str, path: str = "tune.py") -> str | None:
    """What is wrong with the function of a script with this text."""
    return loading.find(path, source.parse(text.encode()).tree, Project())


# -- What is tried ---------------------------------------------------------------------


def test_the_tools_own_function_is_tried() -> None:
    """Its text is known, so the probe may run it."""
    assert problem(render() + CALL) == ""


def test_layout_and_comments_make_no_other_function() -> None:
    """Whatever a formatter made of it."""
    text = render().replace("    ", "  ").replace('"', "'")
    assert problem(text + CALL) == ""


def test_a_script_without_the_function_is_fine() -> None:
    """The edit is opt-in."""
    assert problem("import transformers\n") is None


def test_an_edited_function_is_not_run() -> None:
    """A proof that promises to run nothing of the script does not run an edit."""
    edited = render().replace(
        "    make_thread", "    open('x', 'w')\n    make_thread", 1
    )
    assert edited != render()
    assert problem(edited + CALL) == f"{FUNCTION} was edited and is not run here"


def test_a_function_that_is_never_called_does_nothing() -> None:
    """A definition alone proves nothing."""
    assert problem(render()) == f"{FUNCTION} is defined but never called"


def test_a_call_without_a_definition() -> None:
    """The script would end with a NameError."""
    assert problem(CALL) == f"the definition of {FUNCTION} was not found"


def test_an_imported_function_is_found(tmp_path: Path) -> None:
    """Shared by several scripts, it lives in a module of theirs."""
    (tmp_path / "guards.py").write_text(render(), encoding="utf-8")
    text = f"from guards import {FUNCTION}\n{CALL}"
    (tmp_path / "tune.py").write_text(text, encoding="utf-8")
    assert problem(text, str(tmp_path / "tune.py")) == ""


# -- What it means ---------------------------------------------------------------------


def test_nothing_broken_holds() -> None:
    """The verdict on the guard stands."""
    verdict = loading.judged(HOLDS, "", Loads(2))
    assert (verdict.verdict, verdict.loads) == ("holds", Loads(2))


def test_something_broken_fails() -> None:
    """Where our function does not cure a version, that is for us to know."""
    verdict = loading.judged(HOLDS, "", BROKEN)
    assert verdict.verdict == "fails"
    assert verdict.reason == (
        f"loads in threads still break others' models after {FUNCTION}"
    )
    assert verdict.advice == "please report this, with the versions above"


def test_an_edited_function_fails_and_says_what_to_do() -> None:
    """With the option that writes it anew."""
    text = render().replace("pip install", "pip uninstall") + CALL
    verdict = loading.judged(HOLDS, problem(text) or "", None)
    assert (verdict.verdict, verdict.advice) == (
        "fails",
        "delete what there is of it and run eager-codemod --with thread-safety tune.py",
    )


def test_a_missing_call_is_added_by_the_tool() -> None:
    """The advice is the plain run."""
    verdict = loading.judged(HOLDS, problem(render()) or "", None)
    assert verdict.advice == (
        "run eager-codemod --with thread-safety tune.py, which adds the call"
    )


def test_a_crash_is_no_proof() -> None:
    """Neither that it holds nor that it fails."""
    loads = loading.loads(NoAnswerError("ended with exit status 1: no room"))
    verdict = loading.judged(HOLDS, "", loads)
    assert verdict.verdict == "unproven"
    assert verdict.reason == "a test process ended with exit status 1: no room"


def test_what_is_wrong_with_the_guard_comes_first() -> None:
    """One thing at a time."""
    failed = Verdict("tune.py", "fails", "the guard", "do this")
    verdict = loading.judged(failed, "", BROKEN)
    assert (verdict.reason, verdict.advice) == ("the guard", "do this")
    assert verdict.loads == BROKEN


def test_without_torch_there_is_nothing_to_say() -> None:
    """No model can be loaded there."""
    assert loading.loads({"checks": {}}) is None


def report(loads: Loads | None, script: Verdict = HOLDS) -> str:
    """The text of a verification."""
    environment = Environment("python", "3.11.7", "cpython", True, "4.57.1", "2.13.0")
    return as_text(Verification(environment, Runs(), loads, (script,), 1.0))


def test_the_hazard_is_told_with_its_cure() -> None:
    """To whoever verifies the guard alone."""
    assert (
        "loading      1 of 2 layers and models that were built beside a load are "
        "broken\n"
        "               1 x on the meta device\n"
        "               -> see --with thread-safety\n"
    ) in report(BROKEN)


def test_the_cure_is_told() -> None:
    """And no longer advised."""
    text = report(BROKEN, loading.judged(HOLDS, "", Loads(2)))
    assert "-> see" not in text
    assert (
        "  0 of 2 layers and models that were built beside a load are broken\n" in text
    )


def test_nothing_is_told_without_torch() -> None:
    """As if there were no such thing."""
    assert "load" not in report(None)


# -- For real --------------------------------------------------------------------------


@pytest.mark.race
@pytest.mark.usefixtures("real_with_torch")
def test_loading_is_verified_with_torch(script: MakeScript) -> None:
    """The hazard is seen in this very environment, and that the function ends it."""
    call = f"_eager_load_transformers_configs(); {FUNCTION}()"
    guarded = script()
    cured = script("cured.py", trial=f"pass\n\n\n{render()}", call=call)
    result = verify([guarded, cured], sys.executable)
    assert [verdict.verdict for verdict in result.scripts] == ["holds", "holds"]
    assert result.scripts[0].loads is None
    loads = result.scripts[1].loads
    assert loads is not None
    assert loads.checks > 5
    assert (loads.faults, loads.problem) == ({}, "")
    assert result.loads is not None
    if result.environment.transformers.startswith("4."):
        assert "on the meta device" in result.loads.faults.values()
