"""How inserted code is taken out again: its look alone says what was added.

Code in a block got a blank line on either side where the script had one there, and a
definition got as many blank lines below as stood above it. So of two blank lines one
goes, and the definition takes along what is below, as far as it equals what is above.
"""

from __future__ import annotations

import ast
import re
from textwrap import wrap

from codemod.python.source import Source, Splice
from codemod.python.tree import Function, Spot

__all__ = [
    "comment_top",
    "fill",
    "remove_definition",
    "remove_statement",
    "shares_line",
    "wrapped",
]

_WIDTH = 79  # columns, flake8's default


def wrapped(comment: str, indent: str) -> list[str]:
    """The lines of a comment that stands behind an indent."""
    width = max(_WIDTH - len(indent.expandtabs(4)), 30)
    return wrap(
        comment, width, subsequent_indent="# ", break_on_hyphens=False
    )  # of words that are shorter than 30 columns


def comment_top(source: Source, line: int, comment: str) -> int | None:
    """The first line of a comment right above a line; ``None`` if it is not there."""
    expected = comment[1:].split()
    words: list[str] = []
    top = line
    while top > 1 and len(words) < len(expected) and not source.is_rest(top - 1):
        text = source.lines[top - 2].strip().decode()
        if not text.startswith("#"):
            break
        top -= 1
        words[:0] = text[1:].split()
        if words == expected:
            return top
    return None


def remove_statement(
    source: Source, spot: Spot, top: int, behind_definition: bool = False
) -> Splice:
    """Take out a statement and the blank line that came with it.

    Args:
        source: The script.
        spot: The statement.
        top: Its first line, the comment above it counted in.
        behind_definition: Whether what is in front of it goes, with its blank lines.
    """
    if joined := _cut_joined(source, spot):
        return joined
    bottom = source.end_line(spot.stmt)
    above, below = source.is_blank(top - 1), source.is_blank(bottom + 1)
    if not spot.position and isinstance(spot.owner, ast.Module):
        defines = isinstance(spot.after, Function | ast.ClassDef)
        bottom += min(_blanks(source, bottom + 1, 1), 2 if defines else 1)
    elif not spot.position:
        # Nothing was added here; in front of a function, a formatter may have done so.
        bottom += below
    elif behind_definition and above:
        bottom += below
    elif above and (below or not spot.after or _between_imports(spot)):
        top -= 1
    return _cut_lines(source, source.top(top), bottom)


def _between_imports(spot: Spot) -> bool:
    """Whether the blank line above a statement is a formatter's."""
    around = (spot.before, spot.after)
    imports = [isinstance(stmt, ast.Import | ast.ImportFrom) for stmt in around]
    return all(imports) and not isinstance(spot.stmt, ast.Import)


def remove_definition(source: Source, spot: Spot) -> Splice:
    """Take out a definition and the blank lines that came with it."""
    # With lines of a backslash alone, which might have nothing to join any more.
    top = source.top(spot.stmt.lineno)
    bottom = source.end_line(spot.stmt)
    above = _blanks(source, top - 1, -1)
    below = _blanks(source, bottom + 1, 1)
    if bottom + below == len(source.lines):  # a person moved it to the end
        return _cut_lines(source, top - above, bottom + below)
    return _cut_lines(source, top, bottom + min(below, above if spot.position else 2))


def fill(source: Source, stmt: ast.stmt, top: int) -> list[Splice]:
    """Put ``pass`` in the place of a statement, in a block that would be empty.

    Args:
        source: The script.
        stmt: The statement.
        top: Its first line, the comment above it counted in.
    """
    filled = Splice(source.start(stmt), source.end(stmt), b"pass")
    if top == stmt.lineno:
        return [filled]
    return [_cut_lines(source, top, stmt.lineno - 1), filled]


def _blanks(source: Source, line: int, step: int) -> int:
    """How many blank lines there are from a line on."""
    count = 0
    while source.is_blank(line + count * step):
        count += 1
    return count


def _cut_joined(source: Source, spot: Spot) -> Splice | None:
    """Take a statement out of the line that it shares with others, if it does."""
    start, end = source.start(spot.stmt), source.end(spot.stmt)
    if spot.after and shares_line(source, spot.stmt, spot.after):
        return Splice(start, source.start(spot.after), b"")
    if spot.before and shares_line(source, spot.before, spot.stmt):
        return Splice(source.end(spot.before), end, b"")
    return None


def _cut_lines(source: Source, top: int, bottom: int) -> Splice:
    """Take lines out; a last one without ending takes the ending before it along.

    But not where that is all there is behind a backslash: it must have a line to join.
    """
    start, end = source.starts[top - 1], source.starts[bottom]
    is_last = bottom == len(source.lines) and not source.text.endswith((b"\n", b"\r"))
    above = source.lines[top - 2] if top > 1 else b""
    if is_last and above and (above.strip(b"\r\n") or not source.is_rest(top - 1)):
        start -= 2 if above.endswith(b"\r\n") else 1
    return Splice(start, end, b"")


def shares_line(source: Source, first: ast.stmt, second: ast.stmt) -> bool:
    """Whether two neighbours are joined by a semicolon, not only followed by one."""
    between = source.text[source.end(first) : source.start(second)]
    between = re.sub(rb"\\(\r\n|\r|\n)", b"", between)  # the line goes on
    return b";" in between and not re.search(rb"[\r\n#]", between)
