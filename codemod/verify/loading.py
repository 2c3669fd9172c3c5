"""Thread safety: a script's call of the repairs, and what threads do after them."""

from __future__ import annotations

import ast
import os
from dataclasses import replace

from codemod import runtime
from codemod.imports import Project
from codemod.loading import FUNCTION, THREAD_SAFETY, render
from codemod.verify.guards import definition_of, is_called, normalised
from codemod.verify.processes import NoAnswerError, Request
from codemod.verify.results import Loads, Verdict

__all__ = ["RUNTIME", "find", "judged", "loads"]

RUNTIME = os.path.dirname(os.path.abspath(runtime.__file__))
"""Where the repairs are, for an interpreter that does not have this tool."""

_OPTION = f"--with {THREAD_SAFETY.name}"
_NOT_FOUND = f"the definition of {FUNCTION} was not found"
_NOT_CALLED = f"{FUNCTION} is defined but never called"
_EDITED = f"{FUNCTION} was edited and is not run here"
_NOT_INSTALLED = f"{FUNCTION} needs eager-codemod, which this interpreter lacks"


def find(path: str, tree: ast.Module, project: Project) -> str | None:
    """What is wrong with a script's function, found without running it.

    What it calls is tried by the probe; of an edited one nobody knows what that is.

    Args:
        path: The script.
        tree: Its syntax tree.
        project: Finds the first-party modules.

    Returns:
        Nothing wrong: an empty string. ``None`` when the script has no such function.
    """
    definition = definition_of(FUNCTION, path, tree, project)
    called = is_called(FUNCTION, tree)
    if definition is None:
        return _NOT_FOUND if called else None
    if not called:
        return _NOT_CALLED
    (ours,) = ast.parse(render()).body
    assert isinstance(ours, ast.FunctionDef)
    return "" if normalised(definition) == normalised(ours) else _EDITED


def loads(answer: Request | NoAnswerError) -> Loads | None:
    """What a process showed whose threads built and trained beside each other.

    Returns:
        ``None`` where transformers does not use torch.
    """
    if isinstance(answer, NoAnswerError):
        return Loads(problem=f"a test process {answer}")
    checks = answer["checks"]
    faults = {name: fault for name, fault in checks.items() if fault}
    installed = answer["installed"]
    return Loads(len(checks), faults, installed=installed) if checks else None


def judged(verdict: Verdict, problem: str, loads: Loads | None) -> Verdict:
    """A script's verdict with what is known of its threads.

    Args:
        verdict: What its guard got; where that does not hold, it comes first.
        problem: What :func:`find` found.
        loads: What happened after the repairs, if they were tried.
    """
    verdict = replace(verdict, loads=loads)
    if verdict.verdict != "holds":
        return verdict
    if problem:
        return _failed(verdict, problem, _advice(problem, verdict.path))
    if loads and loads.problem:
        return replace(verdict, verdict="unproven", reason=loads.problem)
    if loads and loads.faults:
        reason = f"threads still harm each other after {FUNCTION}"
        return _failed(verdict, reason, "please report this, with the versions above")
    if loads and not loads.installed:
        return _failed(verdict, _NOT_INSTALLED, "pip install eager-codemod there")
    return verdict


def _failed(verdict: Verdict, reason: str, advice: str) -> Verdict:
    return replace(verdict, verdict="fails", reason=reason, advice=advice)


def _advice(problem: str, path: str) -> str:
    if problem == _NOT_CALLED:
        return f"run eager-codemod {_OPTION} {path}, which adds the call"
    return f"delete what there is of it and run eager-codemod {_OPTION} {path}"
