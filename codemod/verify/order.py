"""Whether a script calls its guard before its trials start, as a plain run tells."""

from __future__ import annotations

from dataclasses import replace

from codemod.edits.base import Finding
from codemod.edits.guard import FUNCTION, GUARD
from codemod.program.place import EntryPoint, Script
from codemod.python.tree import Function
from codemod.settings import Settings
from codemod.verify.guards import Guard, calls_of

__all__ = ["checked", "obstacle"]


def checked(guard: Guard, script: Script, leads: bool) -> Guard:
    """A guard, with what is wrong about when it is called.

    Args:
        guard: The guard of a script.
        script: The script.
        leads: Whether it starts trials at all.
    """
    if guard.problem:
        return guard
    for entry in script.entries:
        missing = _missing(script, entry)
        if missing is None:
            continue
        if GUARD.is_called(script, entry):
            advice = _advice(missing, "which adds it")
            return replace(guard, problem=missing.message, advice=advice)
        if leads:
            return replace(
                guard,
                problem=f"the trials of line {_trials(entry)} start before the guard "
                "is called",
                advice=_advice(missing, "which adds a call in time"),
                line=_late_call(script, entry),
            )
    return guard


def obstacle(script: Script) -> str:
    """What a person has to do before a plain run can guard a script, if anything."""
    if not script.entries:
        return "call the guard by hand: no place was found that is always in time"
    for entry in script.entries:
        missing = _missing(script, entry)
        if missing is not None and not missing.fixable:
            return missing.message
    return ""


def _missing(script: Script, entry: EntryPoint) -> Finding | None:
    """What a plain run finds that an entry point lacks."""
    alone = script._replace(entries=(entry,))
    found = GUARD.findings(alone, Settings())
    return next((one for one in found if one.entry), None)


def _advice(missing: Finding, what: str) -> str:
    if not missing.fixable:
        return missing.message
    return f"run eager-codemod {{path}}, {what}"


def _trials(entry: EntryPoint) -> int:
    """The line that leads to the trials; the innermost one that is known."""
    limits = [scope.limit[0] for scope in entry.scopes if scope.limit]
    return limits[-1] if limits else entry.position[0]


def _late_call(script: Script, entry: EntryPoint) -> int:
    """The line of the call that comes too late, else that of the entry point."""
    functions = [s.node for s in entry.scopes if isinstance(s.node, Function)]
    lines = sorted(call.lineno for call in calls_of(FUNCTION, script.source.tree))
    for node in reversed(functions):
        for line in lines:
            if node.lineno <= line <= (node.end_lineno or line):
                return line
    return lines[0] if lines and not functions else entry.position[0]
