"""Imports in threads, after a guard or without one, and which of them failed."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from .conductor import Conductor, open_windows
from .imports import (
    call_defined,
    describe,
    errors,
    import_name,
    outcome,
    uses_torch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    # A name, and what is wrong with it.
    Outcome = tuple[str, "dict[str, Any] | None"]

__all__ = ["alone", "race"]


def race(request: dict[str, Any]) -> dict[str, Any]:
    """Import names in threads, and say which imports failed.

    Args:
        request: ``names`` to import, in order; ``guard``: the source of a definition
            to run first, or ``None``; ``guard_names``: what it imports; ``extra``:
            names to load with it.
    """
    seconds, guard_error = run_guard(request["guard"], request["extra"])
    # Twice each, side by side: two trials of one study import the same things.
    results = import_in_threads([name for name in request["names"] for _ in range(2)])
    failures = [(name, error) for name, error in results if error is not None]
    return {
        "broken": outcome("transformers.__version__"),
        "guarded": request["guard"] is not None,
        "guard_seconds": seconds,
        "guard_error": guard_error,
        "imports": len(results),
        # A name that cannot be imported now either has nothing to do with threads.
        "failures": [
            dict(error, name=name, alone=outcome(name)) for name, error in failures
        ],
        "missing": errors(request["guard_names"]),
        "cures": cures({error["package"] for _, error in failures} - {None}),
        "torch": uses_torch(),
    }


def run_guard(
    source: str | None, extra: Sequence[str]
) -> tuple[float, dict[str, Any] | None]:
    """Run a guard in the main thread, as a script's ``main`` does.

    Args:
        source: The definition; ``None`` for no guard.
        extra: Names that the guard loads in a block of their own.

    Returns:
        How many seconds it took, and the error that left it or ``None``.
    """
    start = time.perf_counter()
    try:
        if source is not None:
            call_defined(source)
        for name in extra:
            import_name(name)
    except BaseException as error:  # A guard may raise anything, SystemExit too.
        return time.perf_counter() - start, describe(error)
    return time.perf_counter() - start, None


def import_in_threads(names: Sequence[str]) -> list[Outcome]:
    """Import names in threads that are led into every window they come by."""
    conductor = Conductor()
    open_windows(conductor)
    results: list[Outcome] = []

    def work(name: str) -> None:
        conductor.gate()
        results.append((name, outcome(name)))

    # A thread for each: with fewer, all could be waiting for one import when the
    # window opens that only another name's import leads to.
    conductor.run(
        [threading.Thread(target=work, args=(name,), daemon=True) for name in names]
    )
    return results


def alone(request: dict[str, Any]) -> dict[str, Any]:
    """Import ``names`` one after the other, in this thread; the errors by name."""
    return {"errors": errors(request["names"])}


def cures(packages: Iterable[str]) -> dict[str, list[str]]:
    """Names whose import from transformers loads a package, cheapest first.

    Args:
        packages: Modules that imports failed on.

    Returns:
        For each package a few names that it and transformers both have.
    """
    top = sys.modules.get("transformers")
    public = set(dir(top)) - set(dir(type(top)))
    found = {}
    for package in packages:
        names = public & set(dir(sys.modules.get(package)))
        names = {name for name in names if name[:1].isupper()}
        order = sorted(
            names, key=lambda name: (not name.endswith("Config"), len(name), name)
        )
        found[package] = order[:5]
    return found
