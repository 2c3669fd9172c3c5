"""Thread-safe loading: a script's function, and what it did for loads in threads."""

from __future__ import annotations

import ast
from dataclasses import replace

from codemod.edits.thread_safety import FUNCTION, THREAD_SAFETY, render
from codemod.program.module import Module
from codemod.verify.guards import calls_of, definition_of, normalised
from codemod.verify.processes import NoAnswerError, Request
from codemod.verify.results import Loads, Verdict

__all__ = ["find", "judged", "loads", "source"]

_OPTION = f"--with {THREAD_SAFETY.name}"
_NOT_FOUND = f"the definition of {FUNCTION} was not found"
_NOT_CALLED = f"{FUNCTION} is defined but never called"
_EDITED = f"{FUNCTION} was edited and is not run here"


def source() -> str:
    """The function's source as this tool writes it, without docstring and comments."""
    (definition,) = ast.parse(render()).body
    assert isinstance(definition, ast.FunctionDef)
    return normalised(definition)


def find(module: Module) -> str | None:
    """What is wrong with a script's function, found without running it.

    It is run by the probe, so only what this tool wrote is: a person's edit is not.

    Args:
        module: The script.

    Returns:
        Nothing wrong: an empty string. ``None`` when the script has no such function.
    """
    unit = definition_of(FUNCTION, module)
    called = calls_of(FUNCTION, module.tree)
    if unit is None or unit.function is None:
        return _NOT_FOUND if called else None
    if not called:
        return _NOT_CALLED
    if normalised(unit.function) != source():
        return _EDITED
    return ""


def loads(answer: Request | NoAnswerError) -> Loads | None:
    """What a process that built models beside a load showed.

    Returns:
        ``None`` where transformers does not use torch.
    """
    if isinstance(answer, NoAnswerError):
        return Loads(problem=f"a test process {answer}")
    checks = answer["checks"]
    faults = {name: fault for name, fault in checks.items() if fault}
    return Loads(len(checks), faults) if checks else None


def judged(verdict: Verdict, problem: str, loads: Loads | None) -> Verdict:
    """A script's verdict with what is known of its loading.

    Args:
        verdict: What its guard got; where that does not hold, it comes first.
        problem: What :func:`find` found.
        loads: What happened after the function, if it was run.
    """
    verdict = replace(verdict, loads=loads)
    if verdict.verdict != "holds":
        return verdict
    if problem:
        return replace(
            verdict,
            verdict="fails",
            reason=problem,
            advice=_advice(problem, verdict.path),
        )
    if loads and loads.problem:
        return replace(verdict, verdict="unproven", reason=loads.problem)
    if loads and loads.faults:
        return replace(
            verdict,
            verdict="fails",
            reason=f"loads in threads still break others' models after {FUNCTION}",
            advice="please report this, with the versions above",
        )
    return verdict


def _advice(problem: str, path: str) -> str:
    if problem == _NOT_CALLED:
        return f"run eager-codemod {_OPTION} {path}, which adds the call"
    return f"delete what there is of it and run eager-codemod {_OPTION} {path}"
