"""GitLab's Code Quality report: shown beside the changes of a merge request."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from codemod.report.items import Item, Summary, repository_path
from codemod.report.terminal import printable

__all__ = ["render"]

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render(summary: Summary) -> bytes:
    """The findings as GitLab's subset of Code Climate's format."""
    seen: Counter[str] = Counter()
    issues = [_issue(item, seen) for item in summary.items]
    return json.dumps(issues, indent=2, ensure_ascii=False).encode() + b"\n"


def _issue(item: Item, seen: Counter[str]) -> dict[str, object]:
    path = printable(repository_path(item.path) or item.path)
    # Neither the line nor the message, which may name one: a finding that was there
    # before stays the same when code above it grows.
    what = "\0".join((item.rule, path, item.entry))
    seen[what] += 1
    which = f"{what}\0{seen[what]}"
    return {
        "description": item.message,
        "check_name": f"eager-codemod/{item.rule}",
        "fingerprint": hashlib.sha256(which.encode()).hexdigest(),
        "severity": _SEVERITIES[item.level],
        "location": {"path": path, "lines": {"begin": item.line or 1}},
    }
