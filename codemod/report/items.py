"""What the formats for machines are handed: the findings of a run that is over."""

from __future__ import annotations

import os
from dataclasses import dataclass

from codemod.program.verdict import Verdict
from codemod.report.changes import Change
from codemod.report.rules import KEPT, NOTEBOOK
from codemod.run.result import Result

__all__ = ["Item", "Summary", "repository_path"]


@dataclass(frozen=True)
class Item:
    """One finding, of an entry point or of a file that failed.

    Attributes:
        rule: What is found: ``missing-guard``, ``outdated-guard``, ``error``, ...
        path: The file, as it was given or found.
        line: 1-based line in the file as it was read, unless the file as a whole
            is meant.
        column: 1-based column, in characters.
        message: One line for people: what is found, and what can go wrong.
        entry: The name of the entry point, if one is meant.
        verdict: What the script is, and why.
        fixable: Whether a plain run puts it right.
        fixed: Whether this run did.
        fix: The changes that put the file right; the same for all its findings, of
            which the first eight have them.
    """

    rule: str
    path: str
    line: int | None
    column: int | None
    message: str
    entry: str = ""
    verdict: Verdict | None = None
    fixable: bool = False
    fixed: bool = False
    fix: tuple[Change, ...] = ()

    @property
    def level(self) -> str:
        """``error`` where ``--check`` fails, ``warning``, or ``note`` when fixed."""
        if self.fixed:
            return "note"
        is_told = self.rule == NOTEBOOK or self.rule.startswith(KEPT)
        return "warning" if is_told else "error"


@dataclass(frozen=True)
class Summary:
    """A run that is over.

    Attributes:
        items: The findings, sorted by path, line, column and rule.
        explained: With ``--explain`` the scripts, sorted by path, else ``None``.
        counts: How many files ended in which status.
        status: The exit status.
    """

    items: list[Item]
    explained: list[Result] | None
    counts: dict[str, int]
    status: int


def repository_path(path: str) -> str | None:
    """A path as seen from the repository, with slashes.

    That is from GitHub's workspace in one of its jobs, from GitLab's project folder, or
    else from the working directory.

    Returns:
        ``None`` for a file outside of all.
    """
    for root in (*map(os.environ.get, _ROOTS), os.curdir):
        if not root:
            continue
        try:
            relative = os.path.relpath(path, root)
        except ValueError:  # Windows: another drive
            continue
        if relative.split(os.sep)[0] != os.pardir:
            return relative.replace(os.sep, "/")
    return None


_ROOTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
