"""JSON, as docs/findings.schema.json has it; what changes there changes `VERSION`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from codemod import __version__
from codemod.report.explain import fault, shown
from codemod.report.rules import ERROR
from codemod.report.terminal import printable

if TYPE_CHECKING:
    from codemod.program.evidence import Step
    from codemod.program.verdict import Verdict
    from codemod.report.items import Item, Summary
    from codemod.run.result import Result

__all__ = ["VERSION", "evidence", "render"]

VERSION = 1
"""Grows when a key goes or changes its meaning; new keys may come at any time."""


def render(summary: Summary) -> bytes:
    """The findings of a run as one JSON document."""
    document: dict[str, Any] = {
        "version": VERSION,
        "tool_version": __version__,
        "exit_status": summary.status,
        "files": summary.counts,
        "findings": [_finding(item) for item in summary.items if item.rule != ERROR],
        "errors": [_error(item) for item in summary.items if item.rule == ERROR],
    }
    if summary.explained is not None:
        document["scripts"] = [_script(result) for result in summary.explained]
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _finding(item: Item) -> dict[str, Any]:
    return {
        "rule": item.rule,
        "path": printable(item.path),
        "line": item.line,
        "column": item.column,
        "entry": item.entry or None,
        "message": item.message,
        **evidence(item.verdict),
        "fixable": item.fixable,
        "fixed": item.fixed,
        "fix": [asdict(change) for change in item.fix] or None,
    }


def _error(item: Item) -> dict[str, Any]:
    return {
        "path": printable(item.path),
        "line": item.line,
        "column": item.column,
        "message": item.message,
    }


def _script(result: Result) -> dict[str, Any]:
    unread = result.verdict.unread if result.verdict else None
    return {
        "path": printable(result.path),
        "status": result.status,
        **evidence(result.verdict),
        "unread": fault(unread) if unread else None,
        "entry_points": [entry._asdict() for entry in result.entries],
    }


def evidence(verdict: Verdict | None) -> dict[str, Any]:
    """What a script is, how its trials run, and the ways that show it."""
    if verdict is None:
        return dict.fromkeys(("verdict", "how", "why", "trials", "transformers"))
    return {
        "verdict": verdict.name,
        "how": verdict.how or None,
        "why": printable(verdict.why) or None,
        "trials": _way(verdict.start),
        "transformers": _way(verdict.transformers),
    }


def _way(way: tuple[Step, ...]) -> list[dict[str, Any]] | None:
    steps = [
        {
            "path": printable(shown(step.path)),
            "line": step.line,
            "name": printable(step.name),
        }
        for step in way
    ]
    return steps or None
