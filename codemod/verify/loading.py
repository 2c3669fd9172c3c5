"""Thread safety: a script's call of the repairs, and what threads do after them."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, replace

from codemod import runtime
from codemod.edits.thread_safety import FUNCTION, TEXT, THREAD_SAFETY
from codemod.program.module import Module
from codemod.python.tree import Function
from codemod.verify.guards import calls_of, definition_of, normalised
from codemod.verify.processes import NoAnswerError, Request
from codemod.verify.results import Loads, Verdict

__all__ = ["RUNTIME", "Repairs", "find", "judged", "loads"]

RUNTIME = os.path.dirname(os.path.abspath(runtime.__file__))
"""Where the repairs are, for an interpreter that does not have this tool."""

_RUN = f"run eager-codemod --with {THREAD_SAFETY.name} {{path}}"
_WRITE = f"delete what there is of it and {_RUN}"
_NOT_INSTALLED = f"{FUNCTION} needs eager-codemod, which this interpreter lacks"


@dataclass(frozen=True)
class Repairs:
    """A script's call of the repairs.

    Attributes:
        problem: Why they need not be tried; empty when they can be.
        advice: What to do about that, with ``{path}`` for the script's.
        line: The 1-based line that the problem is about, if it is about one.
    """

    problem: str = ""
    advice: str = ""
    line: int | None = None


def find(module: Module) -> Repairs | None:
    """Find a script's call of the repairs, and what is wrong with it.

    What it calls is tried by the probe; of an edited one nobody knows what that is.

    Args:
        module: The script.

    Returns:
        ``None`` when the script has none.
    """
    unit = definition_of(FUNCTION, module)
    called = calls_of(FUNCTION, module.tree)
    if unit is None or unit.function is None:
        if not called:
            return None
        return Repairs(f"the definition of {FUNCTION} was not found", _WRITE)
    if not called:
        advice = f"{_RUN}, which adds the call"
        return Repairs(f"{FUNCTION} is defined but never called", advice)
    if not _is_ours(unit.function):
        return Repairs(f"{FUNCTION} was edited and is not run here", _WRITE)
    return Repairs()


def _is_ours(definition: Function) -> bool:
    """Whether a function does what the tool's own does, and when it is called."""
    (ours,) = ast.parse(TEXT).body
    assert isinstance(ours, ast.FunctionDef)
    return (
        isinstance(definition, ast.FunctionDef)
        and not definition.decorator_list
        and not any(ast.iter_child_nodes(definition.args))
        and normalised(definition) == normalised(ours)
    )


def loads(answer: Request | NoAnswerError) -> Loads | None:
    """What a process showed whose threads built and trained beside each other.

    Returns:
        ``None`` where there is nothing to tell: transformers does not use torch, and
        the repairs are installed.
    """
    if isinstance(answer, NoAnswerError):
        return Loads(problem=f"a test process {answer}")
    checks, installed = answer["checks"], answer["installed"]
    if not checks and installed:
        return None
    faults = {name: fault for name, fault in checks.items() if fault}
    return Loads(len(checks), faults, installed=installed)


def judged(verdict: Verdict, repairs: Repairs, loads: Loads | None) -> Verdict:
    """A script's verdict with what is known of its threads.

    Args:
        verdict: What its guard got; where that does not hold, it comes first.
        repairs: What :func:`find` found.
        loads: What happened after the repairs, if they were tried.
    """
    verdict = replace(verdict, loads=loads)
    if verdict.verdict != "holds":
        return verdict
    if repairs.problem:
        advice = repairs.advice.replace("{path}", verdict.path)
        return replace(_failed(verdict, repairs.problem, advice), line=repairs.line)
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
