"""What a run is asked to do, and what came of each file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codemod.edits.base import Finding
    from codemod.program.place import EntryPoint
    from codemod.program.verdict import Verdict
    from codemod.python.source import Source
    from codemod.settings import Settings

__all__ = ["SKIPPED", "Entry", "Plan", "Result", "entry_of"]

SKIPPED = "skipped by its comment"
"""What is said of a script with ``# eager-codemod: skip``."""


class Plan(NamedTuple):
    """What to do with the files.

    Attributes:
        settings: Those that hold for the run as a whole; files have their own.
        write: Whether files are replaced.
        contents: Whether results carry the bytes before and after, for a diff.
        explain: Whether the run tells why it takes scripts, or does not.
        fails: Whether the exit status tells of findings.
    """

    settings: Settings
    write: bool = True
    contents: bool = False
    explain: bool = False
    fails: bool = False


class Entry(NamedTuple):
    """An entry point, for reports.

    Attributes:
        name: The function's name, ``__main__``, or ``<module>``.
        kind: What runs it, such as ``argparse``.
        line: 1-based line.
        column: 1-based column.
        call: The 1-based line in front of which a call goes, or went.
    """

    name: str
    kind: str
    line: int
    column: int
    call: int


class Result(NamedTuple):
    """The outcome for one file.

    Attributes:
        path: The file, as it was given or found.
        named: Whether it was named on the command line.
        status: ``"changed"`` (or would be, without ``write``), ``"unchanged"``,
            ``"notebook"`` (with trials; never changed), ``"no-entry"``,
            ``"not-selected"`` (it starts trials that ``--select`` does not take),
            ``"skipped"`` (by comment), ``"irrelevant"`` (no trials), ``"large"``
            (found, and over 1 MiB: not read) or ``"error"``.
        entries: Its entry points.
        findings: What was missing or outdated.
        verdict: What the script is, where that was asked.
        is_repaired: Whether it has the repairs for threads, or gets them.
        message: What is wrong, for an error; what there is to say of a notebook, or
            of a comment that skips the file.
        line: The 1-based line of an error, or of that comment, if it has one.
        column: The 1-based column of an error, if it has one.
        before: The bytes before, if the plan asks for contents and they changed.
        after: The bytes after, likewise.
    """

    path: str
    named: bool
    status: str
    entries: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdict: Verdict | None = None
    message: str = ""
    line: int | None = None
    column: int | None = None
    before: bytes | None = None
    after: bytes | None = None
    is_repaired: bool = False

    @property
    def is_affected(self) -> bool:
        """Whether its trials lead to transformers."""
        return self.verdict is not None and self.verdict.name == "affected"

    @property
    def has_no_place(self) -> bool:
        """Whether it is affected, and nothing says where a call could go."""
        return self.status == "no-entry" and self.is_affected


def entry_of(entry: EntryPoint, source: Source) -> Entry:
    """What reports say of an entry point."""
    from codemod.python.tree import first_line, statements_at

    block = statements_at(source.tree, entry.place.path)
    gap = entry.place.gap
    following = first_line(block[gap]) if gap < len(block) else 0
    line = following or (block[-1].end_lineno or block[-1].lineno) + 1
    return Entry(entry.name, entry.kind, *entry.position, line)
