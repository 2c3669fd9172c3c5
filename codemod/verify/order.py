"""Whether a script calls what it has before its trials start, as a plain run tells."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from codemod.edits.base import Finding
from codemod.edits.called_function import CalledFunction
from codemod.edits.guard import GUARD
from codemod.program.place import EntryPoint, Script
from codemod.python.tree import Function
from codemod.settings import Settings
from codemod.verify.guards import Guard, calls_of
from codemod.verify.loading import Repairs

__all__ = ["checked", "obstacle"]

_Found = TypeVar("_Found", Guard, Repairs)


def checked(found: _Found, edit: CalledFunction, script: Script, leads: bool) -> _Found:
    """A guard or call of the repairs, with what is wrong about when it is called.

    Args:
        found: What a script has.
        edit: The edit that inserts its like.
        script: The script.
        leads: Whether it starts trials at all.
    """
    if found.problem:
        return found
    for entry in script.entries:
        missing = _missing(edit, script, entry)
        if missing is None:
            continue
        if edit.is_called(script, entry):
            advice = _advice(edit, missing, "which adds it")
            return replace(found, problem=missing.message, advice=advice)
        if leads:
            what = "the guard" if edit is GUARD else edit.function
            return replace(
                found,
                problem=f"the trials of line {_trials(entry)} start before {what} "
                "is called",
                advice=_advice(edit, missing, "which adds a call in time"),
                line=_late_call(edit, script, entry),
            )
    return found


def obstacle(script: Script) -> str:
    """What a person has to do before a plain run can guard a script, if anything."""
    if not script.entries:
        return "call the guard by hand: no place was found that is always in time"
    for entry in script.entries:
        missing = _missing(GUARD, script, entry)
        if missing is not None and not missing.fixable:
            return missing.message
    return ""


def _missing(edit: CalledFunction, script: Script, entry: EntryPoint) -> Finding | None:
    """What a plain run finds that an entry point lacks."""
    alone = Script(script.source, (entry,))
    found = edit.findings(alone, Settings())
    return next((one for one in found if one.entry), None)


def _advice(edit: CalledFunction, missing: Finding, what: str) -> str:
    if not missing.fixable:
        return missing.message
    option = "" if edit is GUARD else f" --with {edit.name}"
    return f"run eager-codemod{option} {{path}}, {what}"


def _trials(entry: EntryPoint) -> int:
    """The line that leads to the trials; the innermost one that is known."""
    limits = [scope.limit[0] for scope in entry.scopes if scope.limit]
    return limits[-1] if limits else entry.position[0]


def _late_call(edit: CalledFunction, script: Script, entry: EntryPoint) -> int:
    """The line of the call that comes too late, else that of the entry point."""
    functions = [s.node for s in entry.scopes if isinstance(s.node, Function)]
    lines = sorted(call.lineno for call in calls_of(edit.function, script.source.tree))
    for node in reversed(functions):
        for line in lines:
            if node.lineno <= line <= (node.end_lineno or line):
                return line
    return lines[0] if lines and not functions else entry.position[0]
