"""Why a script is taken, or is not: the way to its trials, and to transformers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from codemod.report.terminal import printable

if TYPE_CHECKING:
    from codemod.edits.base import Finding
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


def explanation(result: Result, select: str | None = None) -> Iterator[str]:
    """The lines about a script; none where nobody asked what it is.

    Args:
        result: What came of it.
        select: Which scripts the run was told to take, if it was told.
    """
    verdict = result.verdict
    if verdict is None:
        return
    taken = _taken(result, select)
    yield f"{printable(result.path)}: {_VERDICTS[verdict.name]}{taken}\n"
    if verdict.start:
        why = f" ({printable(verdict.why)})" if verdict.why else ""
        yield f"  trials: {_way(verdict.start)}\n"
        yield f"  run: {HOW[verdict.how]}{why}\n"
    if verdict.transformers:
        yield f"  transformers: {_way(verdict.transformers)}\n"
    if verdict.unread:
        yield f"  not followed: {fault(verdict.unread)}\n"
    refused = {(f.line, f.column) for f in result.findings if _is_refused(f)}
    for entry in result.entries:
        if (entry.line, entry.column) not in refused:
            yield f"  call: in {entry.name}, in front of line {entry.call}\n"
    if result.has_no_place:
        yield "  call: no place found; start the trials in a main() of this file\n"
    for finding in result.findings:
        yield f"  line {finding.line}: {printable(finding.message)}\n"


def fault(step: Step) -> str:
    """What is wrong with a module that cannot be read, and where."""
    return printable(f"{shown(step.path)}:{step.line}: {step.name}")


def _taken(result: Result, select: str | None) -> str:
    """Why a script is taken, or is not, where its trials do not say so."""
    if result.status == "not-selected":
        return ", not selected"
    if result.is_affected or result.status not in ("changed", "unchanged"):
        return ""
    if result.named and select is None:
        return "; taken because it was named"
    is_asked = select == "hpo" and result.verdict and result.verdict.name == "hpo"
    return "" if is_asked else "; taken by --select all"


def _is_refused(finding: Finding) -> bool:
    """Whether an entry point gets no call."""
    return finding.rule == "missing-guard" and not finding.fixable


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
