"""Findings for machines: collected while a run goes on, printed when it is over.

One module a format, each a function from a `Summary` to bytes; the standard library's
`json` is imported by the ones that need it, when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from codemod.edits.base import Finding
from codemod.program.verdict import Verdict
from codemod.report.changes import Change, changes
from codemod.report.terminal import Terminal, safe
from codemod.report.text import Report
from codemod.run.result import Plan, Result

__all__ = ["ERROR", "INSERTED", "Item", "MachineReport", "Summary", "repository_path"]

ERROR = "error"
"""The rule of files that could not be read, parsed or written."""
INSERTED = "inserted-code"
"""The rule of what ``--remove`` takes out."""


@dataclass(frozen=True)
class Item:
    """One finding, of an entry point or of a file that failed.

    Attributes:
        rule: What is found: ``missing-guard``, ``outdated-guard``, ``error``, ...
        path: The file, as it was given or found.
        line: 1-based line in the file as it was read, unless the file as a whole
            is meant.
        column: 1-based column, in characters.
        message: One line for people.
        entry: The name of the entry point, if one is meant.
        verdict: Whether the script is an HPO script, and why.
        fixable: Whether a plain run puts it right.
        fixed: Whether this run did.
        fix: The changes that put the file right; the same for all its findings.
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
        return "error" if self.fixable or self.rule == ERROR else "warning"


@dataclass(frozen=True)
class Summary:
    """A run that is over.

    Attributes:
        items: The findings, sorted by path, line, column and rule.
        results: The results of the files with an entry point, sorted by path.
        counts: How many files ended in which status.
        status: The exit status.
        explain: Whether the run explains its selection.
    """

    items: list[Item]
    results: list[Result]
    counts: dict[str, int]
    status: int
    explain: bool


class MachineReport(Report):
    """Collects results and prints them in a format for machines.

    Errors go to standard error as well, for whoever reads the log.

    Args:
        plan: What the run does.
        sink: Where lines go.
        name: The format: ``json``, ``github``, ``gitlab`` or ``sarif``.
    """

    def __init__(self, plan: Plan, sink: Terminal, name: str) -> None:
        super().__init__(plan, sink, level=0, diff=False, colour=False)
        self._render = _renderer(name)
        self._items: list[Item] = []
        self._results: list[Result] = []

    def add(self, result: Result) -> None:
        """Count a result and remember what there is to say about it."""
        self._count(result)
        if result.status == "error":
            self._complain(result)
        self._items += _items(result, self._plan)
        if result.entries:
            self._results.append(result)

    def finish(self, summary: bool = True, nothing: str = "") -> None:
        """Print everything."""
        document = Summary(
            sorted(self._items, key=_place),
            sorted(self._results, key=lambda result: result.path),
            dict(sorted(self._counts.items())),
            self.status,
            self._plan.explain,
        )
        self.sink.output(self._render(document))


def _renderer(name: str) -> Callable[[Summary], bytes]:
    if name == "json":
        from codemod.report.json import render
    elif name == "gitlab":
        from codemod.report.gitlab import render
    elif name == "sarif":
        from codemod.report.sarif import render
    else:
        from codemod.report.github import render
    return render


def _place(item: Item) -> tuple[str, int, int, str, str]:
    return item.path, item.line or 0, item.column or 0, item.rule, item.entry


def _items(result: Result, plan: Plan) -> list[Item]:
    """What there is to say about a file."""
    items = []
    if result.status == "error":
        place = result.line, result.column
        items.append(Item(ERROR, result.path, *place, safe(result.message)))
    if result.status not in ("changed", "unchanged", "error"):
        return items
    done = plan.write and result.status == "changed"
    fix = changes(result.before, result.after)
    if plan.settings.remove and result.status == "changed":
        items.append(_removal(result, fix, done))
    for finding in result.findings:
        fixed = done and finding.fixable
        items.append(
            Item(
                finding.rule,
                result.path,
                finding.line,
                finding.column,
                safe(f"{finding.message}{_hint(finding, fixed)}"),
                finding.entry,
                result.verdict,
                finding.fixable,
                fixed,
                fix if finding.fixable and not fixed else (),
            )
        )
    return items


def _hint(finding: Finding, fixed: bool) -> str:
    """What to do, where the message does not say it."""
    missing = finding.fixable and finding.rule.startswith("missing-")
    return "; eager-codemod puts it right" if missing and not fixed else ""


def _removal(result: Result, fix: tuple[Change, ...], done: bool) -> Item:
    line, column = (fix[0].line, fix[0].column) if fix else (None, None)
    return Item(
        INSERTED,
        result.path,
        line,
        column,
        "holds code that eager-codemod inserted"
        + ("" if done else "; --remove takes it out"),
        fixable=True,
        fixed=done,
        fix=() if done else fix,
    )


def repository_path(path: str) -> str | None:
    """A path as seen from the repository, with slashes.

    That is from GitHub's workspace in one of its jobs, else from the working directory.

    Returns:
        ``None`` for a file outside of both.
    """
    for root in (os.environ.get("GITHUB_WORKSPACE"), os.curdir):
        if not root:
            continue
        try:
            relative = os.path.relpath(path, root)
        except ValueError:  # Windows: another drive
            continue
        if relative.split(os.sep)[0] != os.pardir:
            return relative.replace(os.sep, "/")
    return None
