"""GitLab's Code Quality report: shown beside the changes of a merge request."""

from __future__ import annotations

import hashlib
import json

from codemod.report.machine import Item, Summary, repository_path
from codemod.report.terminal import printable

__all__ = ["render"]

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(summary: Summary) -> bytes:
    """The findings as GitLab's subset of Code Climate's format."""
    issues = [_issue(item) for item in summary.items]
    return json.dumps(issues, indent=2, ensure_ascii=False).encode() + b"\n"


def _issue(item: Item) -> dict[str, object]:
    path = printable(repository_path(item.path) or item.path)
    # Without the line: what was there before stays the same when code above it grows.
    what = "\0".join((item.rule, path, item.entry, item.message))
    return {
        "description": item.message,
        "check_name": f"eager-codemod/{item.rule}",
        "fingerprint": hashlib.sha256(what.encode()).hexdigest(),
        "severity": _SEVERITIES[item.level],
        "location": {"path": path, "lines": {"begin": item.line or 1}},
    }
