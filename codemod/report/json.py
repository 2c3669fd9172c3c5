"""JSON, as docs/formats.md describes it; what changes there changes `VERSION`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from codemod import __version__
from codemod.program.verdict import Verdict
from codemod.report.explain import steps
from codemod.report.machine import ERROR, Item, Summary
from codemod.report.terminal import printable
from codemod.run.result import Result

__all__ = ["VERSION", "render", "trails"]

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
    if summary.explain:
        document["scripts"] = [_script(result) for result in summary.results]
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _finding(item: Item) -> dict[str, Any]:
    return {
        "rule": item.rule,
        "path": printable(item.path),
        "line": item.line,
        "column": item.column,
        "entry": item.entry or None,
        "message": item.message,
        "verdict": item.verdict.name if item.verdict else None,
        "how": item.verdict.how if item.verdict else None,
        "trails": trails(item.verdict),
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
    return {
        "path": printable(result.path),
        "selected": result.status in ("changed", "unchanged"),
        "verdict": result.verdict.name if result.verdict else None,
        "how": result.verdict.how if result.verdict else None,
        "trails": trails(result.verdict),
        "entry_points": [entry._asdict() for entry in result.entries],
    }


def trails(verdict: Verdict | None) -> dict[str, list[str] | None]:
    """The evidence for a verdict: the ways from the script, step by step."""
    return {
        "start": steps(verdict.start) if verdict and verdict.start else None,
        "transformers": (
            steps(verdict.transformers) if verdict and verdict.transformers else None
        ),
    }
