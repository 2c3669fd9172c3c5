"""A verification as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from codemod.report.terminal import printable, safe
from codemod.verify.results import Failure, Loads, Runs, Verdict, Verification

__all__ = ["as_text"]

_MOST_FAILURES = 5
_PLURALS = {"holds": "hold", "fails": "fail"}
_AFFECTED = {
    True: "affected: threads that import one package at the same moment can fail",
    False: "not affected: its import statement was fixed (gh-143650)",
    None: "unknown whether affected: the check does not work on this interpreter",
}


def as_text(result: Verification, quiet: bool = False) -> str:
    """A short table: the environment, the runs without a guard, the scripts.

    Args:
        result: What was found.
        quiet: Whether to tell only of the scripts that do not hold.
    """
    if quiet:
        failing = [script for script in result.scripts if script.verdict != "holds"]
        return "".join(f"{line}\n" for s in failing for line in _script_lines(s))
    environment = result.environment
    torch = f"torch {safe(environment.torch)}" if environment.torch else "no torch"
    rows = [
        ("interpreter", printable(environment.executable)),
        ("", f"Python {safe(environment.python)}, {_AFFECTED[environment.affected]}"),
        ("libraries", f"transformers {safe(environment.transformers)}, {torch}"),
        ("no guard", _summary(result.unguarded)),
        *_failure_rows(result.unguarded.failures),
        *_loading_rows(result),
    ]
    lines = [f"{label:<11}  {text}" for label, text in rows]
    for script in result.scripts:
        lines += ["", *_script_lines(script)]
    return "\n".join([*lines, "", _conclusion(result)]) + "\n"


def _summary(runs: Runs) -> str:
    if runs.problem:
        return safe(runs.problem)
    return f"{runs.failed} of {runs.imports} imports in threads failed"


def _failure_rows(failures: tuple[Failure, ...]) -> Iterator[tuple[str, str]]:
    for failure in failures[:_MOST_FAILURES]:
        yield "", f"  {failure.count} x {safe(failure.message)}"
    if len(failures) > _MOST_FAILURES:
        yield "", f"  and {len(failures) - _MOST_FAILURES} other errors"


def _loading_rows(result: Verification) -> Iterator[tuple[str, str]]:
    """What threads do to each other where nothing is done about it."""
    loads = result.loads
    if loads is None:
        return
    yield "threads", _broken(loads)
    for fault, count in Counter(loads.faults.values()).most_common(_MOST_FAILURES):
        yield "", f"  {count} x {safe(fault)}"
    if loads.faults and any(script.loads is None for script in result.scripts):
        yield "", "  -> see --with thread-safety"


def _broken(loads: Loads) -> str:
    return safe(loads.problem) or (
        f"{len(loads.faults)} of {loads.checks} loads, layers and trainings in threads "
        "are harmed by others"
    )


def _script_lines(script: Verdict) -> Iterator[str]:
    if script.line is not None:
        yield f"{printable(script.path)}:{script.line}: {safe(script.reason)}"
    else:
        yield f"{printable(script.path)}: {script.verdict}"
        if script.reason:
            yield f"  {safe(script.reason)}"
    if script.runs is not None:
        if script.verdict == "holds":
            yield f"  {_summary(script.runs)} after the guard"
        for _, text in _failure_rows(script.runs.failures):
            yield f"  {text}"
        if script.runs.guard_seconds is not None:
            yield f"  the guard takes {script.runs.guard_seconds:.1f} s"
    if script.loads is not None and script.loads.checks:
        yield f"  {_broken(script.loads)}"
    if script.unavailable:
        yield f"  not tried, not importable here: {safe(', '.join(script.unavailable))}"
    if script.advice:
        yield f"  -> {safe(script.advice)}"


def _conclusion(result: Verification) -> str:
    counts: dict[str, int] = {}
    for script in result.scripts:
        counts[script.verdict] = counts.get(script.verdict, 0) + 1
    text = ", ".join(
        f"{count} {verdict if count == 1 else _PLURALS.get(verdict, verdict)}"
        for verdict, count in counts.items()
    )
    return f"{text or 'no script to verify'} ({result.seconds:.0f} s)"
