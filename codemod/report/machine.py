"""Findings for machines: collected while a run goes on, printed when it is over.

One module a format, each a function from a `Summary` to bytes; the standard library's
`json` is imported by the ones that need it, when they are asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from codemod.edits.base import Finding
from codemod.report.base import NO_PLACE, Report, is_explained
from codemod.report.changes import Change, changes
from codemod.report.items import Item, Summary
from codemod.report.rules import ERROR, INSERTED, NOTEBOOK, consequence
from codemod.report.terminal import Terminal, safe
from codemod.run.result import Plan, Result

__all__ = ["MachineReport"]


_MOST_FIXES = 8  # of one file, which are all the same


class MachineReport(Report):
    """Collects results and prints them in a format for machines.

    Errors go to standard error as well, for whoever reads the log.

    Args:
        plan: What the run does.
        sink: Where lines go.
        name: The format: ``json``, ``github``, ``gitlab`` or ``sarif``.
    """

    def __init__(self, plan: Plan, sink: Terminal, name: str) -> None:
        super().__init__(plan, sink)
        module = import_module(f"codemod.report.{name}")
        self._render: Callable[[Summary], bytes] = module.render
        self._items: list[Item] = []
        self._explained: list[Result] | None = [] if plan.explain else None

    def show(self, result: Result) -> None:
        """Remember what there is to say about a result."""
        self._items += _items(result, self.plan)
        if self._explained is not None and is_explained(result):
            self._explained.append(result)

    def note(self, path: str, message: str) -> None:
        """Only people read notes."""

    def finish(self, summary: bool = True, nothing: str = "") -> None:
        """Print everything."""
        if self._explained is not None:
            self._explained.sort(key=lambda result: result.path)
        document = Summary(
            sorted(self._items, key=_place),
            self._explained,
            dict(sorted(self.counts.items())),
            self.status,
        )
        self.sink.output(self._render(document))


def _place(item: Item) -> tuple[str, int, int, str, str]:
    return item.path, item.line or 0, item.column or 0, item.rule, item.entry


def _items(result: Result, plan: Plan) -> list[Item]:
    """What there is to say about a file."""
    place = result.path, result.line, result.column
    if result.status == "error":
        return [Item(ERROR, *place, safe(result.message))]
    if result.status == "notebook":
        message = safe(f"{result.message}{consequence(NOTEBOOK, result.verdict)}")
        return [Item(NOTEBOOK, *place, message, verdict=result.verdict)]
    if result.has_no_place:
        rule = "missing-guard"
        message = safe(f"{NO_PLACE}{consequence(rule, result.verdict)}")
        return [Item(rule, *place, message, verdict=result.verdict)]
    if result.status not in ("changed", "unchanged"):
        return []
    done = plan.write and result.status == "changed"
    fix = changes(result.before, result.after)
    items = [
        _item(result, finding, fix if number < _MOST_FIXES else (), done)
        for number, finding in enumerate(result.findings)
    ]
    if plan.settings.remove and result.status == "changed":
        items.append(_removal(result, fix, done))
    return items


def _item(
    result: Result, finding: Finding, fix: tuple[Change, ...], done: bool
) -> Item:
    fixed = done and finding.fixable
    message = finding.message
    if not fixed:
        message += consequence(finding.rule, result.verdict)
        message += "; eager-codemod puts it right" if finding.fixable else ""
    return Item(
        finding.rule,
        result.path,
        finding.line,
        finding.column,
        safe(message),
        finding.entry,
        result.verdict,
        finding.fixable,
        fixed,
        fix if finding.fixable and not fixed else (),
    )


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
