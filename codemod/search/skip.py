"""``# eager-codemod: skip``: a file that asks to be left alone."""

from __future__ import annotations

import re

__all__ = ["skip_line", "skipped"]

_MARK = b"eager-codemod:"
# A comment, or a string, in which a `#` begins none. Where a string has no end, what
# follows is part of it: each byte is looked at once. No parser is asked, since a file
# that is no Python for this one may be skipped too.
_COMMENT_OR_STRING = (
    rb"(?s)(?P<comment>#[^\r\n]*)|"
    rb'"""(?:[^\\]|\\.)*?(?:"""|\\?\Z)|'
    rb"'''(?:[^\\]|\\.)*?(?:'''|\\?\Z)|"
    rb'"(?:[^"\\\r\n]|\\.)*"?|'
    rb"'(?:[^'\\\r\n]|\\.)*'?"
)
# At the beginning of a comment, or behind another one (`# type: ignore  # eager-...`).
_SKIP = rb"(?:\A|[ \t])#[ \t]*eager-codemod:[ \t]*skip(?=[ \t\f(:,;]|\Z)"


def skipped(data: bytes) -> bool:
    """Tell whether a comment of a script says ``# eager-codemod: skip``.

    It may stand on a line of its own or behind a statement, and a reason may follow:
    ``# eager-codemod: skip (one thread only)``. In a string it is no comment.
    """
    return skip_line(data) is not None


def skip_line(data: bytes) -> int | None:
    """The 1-based line of the comment that says so; ``None`` without one."""
    if _MARK not in data:
        return None
    # Expressions are compiled when they are needed: most files have no such comment.
    for found in re.finditer(_COMMENT_OR_STRING, data):
        if found["comment"] and re.search(_SKIP, found["comment"]):
            return len(data[: found.end()].splitlines())
    return None
