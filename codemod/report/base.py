"""What every report has: the counters, the exit status, and errors as lines."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter

from codemod.report.terminal import Terminal, printable
from codemod.run.result import Plan, Result

__all__ = ["NO_PLACE", "Report", "is_explained"]

NO_PLACE = (
    "its trials lead to transformers, but no place was found for the call: "
    "start them in a main() of this file, and run eager-codemod again"
)
"""What is said of an affected script that cannot be guarded."""


class Report(ABC):
    """Takes results as they come; the run ends with its exit status.

    Args:
        plan: What the run does.
        sink: Where lines go.
    """

    def __init__(self, plan: Plan, sink: Terminal) -> None:
        self.sink = sink
        self.plan = plan
        self.counts: Counter[str] = Counter()
        self._found = False

    @property
    def status(self) -> int:
        """The exit status: 2 for any error, 1 for a check that found something."""
        if self.counts["error"]:
            return 2
        return int(self.plan.fails and self._found)

    def add(self, result: Result) -> None:
        """Count a result and say what there is to say about it."""
        self.counts[result.status] += 1
        unguarded = result.findings and not self.plan.settings.remove
        if result.status == "changed" or result.has_no_place or unguarded:
            self._found = True
        if result.status == "error":
            place = printable(result.path)
            if result.line is not None:
                place += f":{result.line}:{result.column or 1}"
            self.sink.message(f"{place}: {result.message}", "red")
        self.show(result)

    @abstractmethod
    def show(self, result: Result) -> None:
        """Print, or keep, what is to be read of a result; errors are printed."""

    def fail(
        self,
        path: str,
        message: str,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        """Count and print an error that is about no script, such as a missing path."""
        self.add(Result(path, True, "error", message=message, line=line, column=column))

    @abstractmethod
    def note(self, path: str, message: str) -> None:
        """Print something about a path that is neither a result nor an error."""

    @abstractmethod
    def finish(self, summary: bool = True, nothing: str = "") -> None:
        """Print what is left to say when all results are in.

        Args:
            summary: Whether people want to read how many files there were.
            nothing: Why there was no file to look at.
        """


def is_explained(result: Result, everything: bool = False) -> bool:
    """Whether ``--explain`` tells of a file; of a module nobody wants to read."""
    if result.verdict is None:
        return False
    return result.status != "irrelevant" or result.named or everything
