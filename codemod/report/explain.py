"""Why a script is taken, or is not: the way to its trials, and to transformers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.report.terminal import printable

if TYPE_CHECKING:
    from codemod.program.evidence import Step
    from codemod.run.result import Result

__all__ = ["HOW", "explanation", "fault", "shown"]

HOW = {
    "threads": "in threads",
    "processes": "in other processes",
    "sequential": "one after the other",
    "subprocess": "in programs of their own",
    "unknown": "in a way that cannot be told",
}
_VERDICTS = {
    "affected": "affected",
    "hpo": "starts trials, without transformers",
    "none": "starts no trials",
}


def explanation(result: Result) -> Iterator[str]:
    """The lines about a script; none where nobody asked what it is."""
    verdict = result.verdict
    if verdict is None:
        return
    taken = ", not selected" if result.status == "not-selected" else ""
    yield f"{printable(result.path)}: {_VERDICTS[verdict.name]}{taken}\n"
    if verdict.start:
        why = f" ({printable(verdict.why)})" if verdict.why else ""
        yield f"  trials: {_way(verdict.start)}\n"
        yield f"  run: {HOW[verdict.how]}{why}\n"
    if verdict.transformers:
        yield f"  transformers: {_way(verdict.transformers)}\n"
    if verdict.unread:
        yield f"  not followed: {fault(verdict.unread)}\n"
    for entry in result.entries:
        yield f"  call: in {entry.name}, in front of line {entry.call}\n"
    if result.has_no_place:
        yield "  call: no place found; start the trials in a main() of this file\n"
    for finding in result.findings:
        yield f"  line {finding.line}: {printable(finding.message)}\n"


def fault(step: Step) -> str:
    """What is wrong with a module that cannot be read, and where."""
    return printable(f"{shown(step.path)}:{step.line}: {step.name}")


def _way(way: tuple[Step, ...]) -> str:
    """The steps as people read them: the file, the line, what is used there."""
    steps = [f"{shown(step.path)}:{step.line} {step.name}" for step in way]
    return " -> ".join(map(printable, steps))


def shown(path: str) -> str:
    """A path as seen from here, unless that is longer."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # Windows: another drive
        return path
    return min(relative, path, key=len)
