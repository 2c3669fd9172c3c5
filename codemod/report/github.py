"""GitHub's workflow commands: a run shows them as annotations of the files."""

from __future__ import annotations

from codemod.report.items import Item, Summary, repository_path
from codemod.report.terminal import safe

__all__ = ["render"]

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


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
    text = ",".join(f"{k}={_escaped(v, _PROPERTY)}" for k, v in properties.items())
    message = item.message + (" (fixed)" if item.fixed else "")
    return f"::{_COMMANDS[item.level]} {text}::{_escaped(message, _DATA)}\n"


def _escaped(text: str, escapes: dict[str, str]) -> str:
    return "".join(escapes.get(char, char) for char in text)
