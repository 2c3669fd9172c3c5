"""One table of a ``pyproject.toml`` that nobody has read yet.

TOML parsers recurse into brackets and spend memory on the square of a key's dots, so a
file is parsed only where it names our table, and where neither is absurd.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import Any

from codemod.errors import reason
from codemod.search.reading import read_regular

__all__ = ["TABLE", "TomlError", "parse_toml", "table_of"]

TABLE = "eager-codemod"
_MOST = 1 << 20  # bytes; no such file is larger
_ABSENT = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG)
_DEEPEST = 64  # brackets in brackets, and dots in a key
# A line that begins with the table's header, if only with half of it, or with its name
# as a key.
_NAMED = (
    rb"""(?m)^(?:\xef\xbb\xbf)?[ \t]*(?P<header>\[\[?[ \t]*)?"""
    rb"""(?:["']?tool["']?[ \t]*\.[ \t]*)?["']?eager[-_]codemod["']?"""
    rb"""(?:[ \t]*[].=]|(?(header)(?![\w-])|(?!)))"""
)
_PLACE = r" \(at line (\d+), column (\d+)\)\Z"
# What brackets and dots mean nothing in. Where a string has no end, all that follows is
# part of it: each byte is looked at once.
_TEXT = (
    rb'(?s)"""(?:[^\\]|\\.)*?(?:"""|\\?\Z)|'
    rb"'''.*?(?:'''|\Z)|"
    rb'"(?:[^"\\\n]|\\.)*"?|'
    rb"'[^'\n]*'?|"
    rb"#[^\n]*"
)


class TomlError(Exception):
    """The file cannot be read, or is no TOML; the message is one line.

    Attributes:
        place: The 1-based line and column that is meant, or nothing.
    """

    def __init__(self, message: str, *place: int) -> None:
        super().__init__(message)
        self.place = place


def table_of(path: str) -> dict[str, Any] | None:
    """Return the ``[tool.eager-codemod]`` table of a file; None without one.

    Raises:
        TomlError: The file cannot be read; or it names the table, and is no TOML, or
            has the table by another name.
    """
    try:
        data = read_regular(path, _MOST + 1) or b""
    except OSError as error:
        # A folder that cannot be entered has a line of its own.
        if error.errno in _ABSENT or not os.access(os.path.dirname(path), os.X_OK):
            return None
        raise TomlError(reason(error)) from error
    # Expressions are compiled when they are needed: most files do not name us.
    if b"codemod" not in data or not re.search(_NAMED, data):
        return None
    tool = parse_toml(data).get("tool")
    if not isinstance(tool, dict):
        return None
    if TABLE.replace("-", "_") in tool:
        raise TomlError(f"[tool.eager_codemod]: the table is called [tool.{TABLE}]")
    table = tool.get(TABLE)
    if table is not None and not isinstance(table, dict):
        raise TomlError(f"tool.{TABLE} must be a table")
    return table


def parse_toml(data: bytes) -> dict[str, Any]:
    """Parse a document that a person may have written.

    Raises:
        TomlError: It is no TOML, or such that a parser would need too much for it.
    """
    if len(data) > _MOST or _is_absurd(data):
        raise TomlError("too large, or nested too deeply, to be read as settings")
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # not TOML, or not UTF-8
        text = " ".join(str(error).split())
        found = re.search(_PLACE, text)
        text = text[:1].lower() + text[1 : found.start() if found else None]
        text = text if len(text) <= 200 else f"{text[:197]}..."
        raise TomlError(text, *map(int, found.groups() if found else ())) from error
    return document


def _is_absurd(data: bytes) -> bool:
    """Whether brackets are nested, or keys have dots, as nobody writes them."""
    bare = re.sub(_TEXT, b'"', data)
    depth = 0
    for bracket in re.findall(rb"[][{}]", bare):
        depth += 1 if bracket in b"[{" else -1
        if depth > _DEEPEST:
            return True
    return any(part.count(b".") > _DEEPEST for part in re.split(rb"[=,{}\n]", bare))
