"""GitHub's workflow commands: a run shows them as annotations of the files."""

from __future__ import annotations

from codemod.report.items import Item, Summary, repository_path
from codemod.report.terminal import safe

__all__ = ["render"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_DATA, **str.maketrans({":": "%3A", ",": "%2C"})}


def render(summary: Summary) -> bytes:
    """A line for each finding; nothing where there is none."""
    lines = "".join(map(_line, summary.items))
    return lines.encode()


def _line(item: Item) -> str:
    properties = {"file": safe(repository_path(item.path) or item.path)}
    if item.line is not None:
        properties["line"] = str(item.line)
        properties["col"] = str(item.column or 1)
    properties["title"] = f"eager-codemod {item.rule}"
    text = ",".join(f"{k}={v.translate(_PROPERTY)}" for k, v in properties.items())
    message = item.message + (" (fixed)" if item.fixed else "")
    return f"::{_COMMANDS[item.level]} {text}::{message.translate(_DATA)}\n"
