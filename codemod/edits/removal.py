"""How inserted code is laid out, and how it is taken out again, byte for byte.

An insertion is not always undone by its look alone: after ``args = parse()`` the call
is followed by a blank line whether the script had one there or the tool put it there.
So the definition's docstring records what was added, one code a call in file order,
``(layout 1)`` in most scripts:

==========  ==================================================================
``1``       a blank line was added behind the call
``0``       nothing was added behind the call
``j<n>``    a line joined by ``;`` was broken behind the call's place; ``n`` of its
            blanks became part of the new line's indent
``s<n>:``   in front of the others: a one-line body was broken behind its colon
``-``       the call was there before; a person wrote it
``u<n>``    in front of all: ``n`` blank lines were added above the definition
==========  ==================================================================
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from codemod.python.source import Source, Splice
from codemod.python.tree import blocks

__all__ = [
    "Layout",
    "Spot",
    "cut_joined",
    "cut_lines",
    "fill",
    "first_line",
    "fitted",
    "origin",
    "remove_call",
    "shares_line",
    "spots",
]

_WIDTH = 79  # columns, flake8's default
_TOO_LONG = "  # noqa: E501, RUF100"


class Layout(NamedTuple):
    """What an insertion added besides the code itself.

    Attributes:
        above: Blank lines added above the definition.
        calls: A code for each call in the file.
    """

    above: int = 0
    calls: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The note for the docstring; empty where there is nothing to note."""
        up = (f"u{self.above}",) if self.above else ()
        return f"layout {', '.join([*up, *self.calls])}" if up or self.calls else ""

    @classmethod
    def read(cls, docstring: str | None) -> Layout:
        """Find the note in a docstring; a docstring without one is fine."""
        note = re.search(r"\(layout\s([-\s0-9,:jsu]+)\)", docstring or "")
        codes = note[1].replace(",", " ").split() if note else []
        if codes and re.fullmatch(r"u\d+", codes[0]):
            return cls(int(codes[0][1:]), tuple(codes[1:]))
        return cls(0, tuple(codes))


def origin(layout: Layout | None) -> str:
    """The sentence for the docstring of an inserted definition, wrapped and indented.

    Args:
        layout: What the insertion added; ``None`` notes nothing.
    """
    from textwrap import fill, indent

    note = str(layout or "")
    note = f" ({note})" if note else ""
    text = f"Inserted by eager-codemod{note}; its --remove takes it out."
    return indent(fill(text, 75), "    ")


def fitted(comment: str, indent: str) -> str:
    """A comment; where it passes 79 columns, flake8 is told not to mind.

    And ruff, whose limit is 88, is told not to mind that.
    """
    fits = len(indent.expandtabs(4)) + len(comment) <= _WIDTH
    return comment if fits else f"{comment}{_TOO_LONG}"


class Spot(NamedTuple):
    """A statement among its neighbours."""

    owner: ast.AST
    block: Sequence[ast.stmt]
    position: int

    @property
    def stmt(self) -> ast.stmt:
        """The statement itself."""
        return self.block[self.position]

    @property
    def before(self) -> ast.stmt | None:
        """The statement before it in its block."""
        return self.block[self.position - 1] if self.position else None

    @property
    def after(self) -> ast.stmt | None:
        """The statement behind it in its block."""
        following = self.block[self.position + 1 :]
        return following[0] if following else None


def spots(tree: ast.Module) -> Iterator[Spot]:
    """Every statement of a module with its neighbours, in source order."""
    stack: list[tuple[ast.AST, list[ast.stmt], int]] = [(tree, tree.body, 0)]
    while stack:
        owner, block, index = stack.pop()
        if index == len(block):
            continue
        stack.append((owner, block, index + 1))
        yield Spot(owner, block, index)
        inner = [(block[index], nested, 0) for nested in blocks(block[index])]
        stack.extend(reversed(inner))


def first_line(stmt: ast.stmt) -> int:
    """The 1-based line that a statement starts on, decorators counted in."""
    decorators: list[ast.expr] = getattr(stmt, "decorator_list", [])
    return min([stmt.lineno, *(node.lineno for node in decorators)])


def fill(source: Source, stmt: ast.stmt) -> Splice:
    """Put ``pass`` in the place of a statement, in a block that would be empty."""
    start = source.start(stmt)
    if (line := first_line(stmt)) < stmt.lineno:
        text = source.lines[line - 1]
        start = source.starts[line - 1] + len(text) - len(text.lstrip(b" \t\f"))
    return Splice(start, source.end(stmt), b"pass")


def remove_call(
    source: Source, spot: Spot, comment: str, code: str | None
) -> list[Splice]:
    """Take out a call, the comment above it and the blank lines that came with it.

    Args:
        source: The script.
        spot: The call, a statement of its own.
        comment: The comment that is taken out with it, if it stands above.
        code: The layout code of the call; ``None`` or ``-`` where none is known.
    """
    breaks = re.fullmatch(r"(?:s(\d+):)?(?:j(\d+)|[01])?", code or "")
    suite, joined = (breaks[1], breaks[2]) if breaks else (None, None)
    line = _behind_semicolon(source, spot, comment, joined) if joined else None
    if joined and not line:
        code = "1"  # a formatter or a person made lines of it, and a blank one between
    body = _behind_colon(source, spot, comment, suite, bool(line)) if suite else None
    splices = [change for change in (line, body) if change]
    # Where it is the first one, the call goes with the break behind the colon.
    if not line and (spot.position or not body):
        splices.append(_remove_statement(source, spot, comment, code))
    return splices


def _behind_semicolon(
    source: Source, spot: Spot, comment: str, kept: str
) -> Splice | None:
    """Bring the statement behind a call back to the line that was broken there.

    Here and behind a colon, lines stay as they are where somebody edited them.
    """
    above = _line_above(source, spot.stmt, comment)
    if not spot.before or not spot.after:
        return None
    start = source.end(spot.before)
    if not _ends_in(source, start, above, b";"):
        return None
    if not _only_the_call(source, start, spot.after, spot, comment):
        return None
    return _join(source, above, spot.after, kept)


def _behind_colon(
    source: Source, spot: Spot, comment: str, kept: str, joined: bool
) -> Splice | None:
    """Bring the body around a call back to the line of its header."""
    rest = [*spot.block[: spot.position], *spot.block[spot.position + 1 :]]
    header = _line_above(source, spot.block[0], comment)
    if not rest or not isinstance(spot.owner, ast.stmt):
        return None
    if not _ends_in(source, source.start(spot.owner), header, b":"):
        return None
    end = source.starts[header - 1] + len(source.lines[header - 1].rstrip())
    if not _only_the_call(source, end, rest[0], spot, comment):
        return None
    for one, other in pairwise(rest):
        is_joined = joined and one is spot.before
        if not is_joined and not shares_line(source, one, other):
            return None
    return _join(source, header, rest[0], kept)


def _only_the_call(
    source: Source, start: int, stmt: ast.stmt, spot: Spot, comment: str
) -> bool:
    """Whether a simple statement has nothing of a person's in front of it."""
    text = source.text[start : source.start(stmt)]
    call = source.text[source.start(spot.stmt) : source.end(spot.stmt)]
    for ours in (call, f"{comment}{_TOO_LONG}".encode(), comment.encode()):
        text = text.replace(ours, b"", 1)
    return not text.strip(b"; \\\t\f\r\n") and not any(blocks(stmt))


def _remove_statement(
    source: Source, spot: Spot, comment: str, code: str | None
) -> Splice:
    if joined := cut_joined(source, spot):
        return joined
    top = _top(source, spot.stmt, comment)
    bottom = source.end_line(spot.stmt)
    blank_above = top > 1 and source.is_blank(top - 1)
    blank_below = source.is_blank(bottom + 1)
    noted = bool(code) and code != "-"
    # Our own comment says that a blank line came above it, be it noted or not.
    ours = noted or top < spot.stmt.lineno
    if spot.position:
        if blank_above and (ours or blank_below or not spot.after):
            top -= 1
        if code and code.endswith("1") and blank_below:
            bottom += 1
    elif blank_below and (not ours or (code or "").endswith("1")):
        bottom += 1
    return cut_lines(source, top, bottom)


def cut_joined(source: Source, spot: Spot) -> Splice | None:
    """Take a statement out of the line that it shares with others, if it does."""
    start, end = source.start(spot.stmt), source.end(spot.stmt)
    if spot.after and shares_line(source, spot.stmt, spot.after):
        return Splice(start, source.start(spot.after), b"")
    if spot.before and shares_line(source, spot.before, spot.stmt):
        return Splice(source.end(spot.before), end, b"")
    return None


def cut_lines(source: Source, top: int, bottom: int) -> Splice:
    """Take lines out; a last one without ending takes the ending before it along.

    But not where that is all there is behind a backslash: it must have a line to join.
    """
    start, end = source.starts[top - 1], source.starts[bottom]
    is_last = bottom == len(source.lines) and not source.text.endswith((b"\n", b"\r"))
    above = source.lines[top - 2] if top > 1 else b""
    if is_last and above and (above.strip(b"\r\n") or not source.is_rest(top - 1)):
        start -= 2 if above.endswith(b"\r\n") else 1
    return Splice(start, end, b"")


def _join(source: Source, line: int, stmt: ast.stmt, kept: str) -> Splice:
    """Bring a statement back to the end of a line, ``kept`` blanks in between."""
    content = source.lines[line - 1].rstrip(b"\r\n")
    start = source.starts[line - 1] + len(content)
    return Splice(start, source.start(stmt) - int(kept), b"")


def _line_above(source: Source, stmt: ast.stmt, comment: str) -> int:
    """The nearest line above a statement and its comment that is not blank."""
    line = _top(source, stmt, comment) - 1
    while line > 1 and source.is_blank(line):
        line -= 1
    return line


def _ends_in(source: Source, start: int, line: int, token: bytes) -> bool:
    """Whether the code from an offset to a line, comments left out, ends in a token."""
    from codemod.program.scan import Text  # only now: its regular expressions cost time

    code = source.text[start : source.starts[line]].rstrip(b" \t\f\\\r\n")
    text = Text(code)
    return code.endswith(token) and text.is_code(len(text.source) - 1)


def _top(source: Source, stmt: ast.stmt, comment: str) -> int:
    """The first line of a statement, its comment counted in."""
    line = stmt.lineno
    above = source.lines[line - 2].strip() if line > 1 else b""
    ours = (comment.encode(), f"{comment}{_TOO_LONG}".encode())
    is_ours = comment and above in ours and not source.is_rest(line - 1)
    return line - 1 if is_ours else source.top(line)


def shares_line(source: Source, first: ast.stmt, second: ast.stmt) -> bool:
    """Whether two neighbours are joined by a semicolon, not only followed by one."""
    between = source.text[source.end(first) : source.start(second)]
    between = re.sub(rb"\\(\r\n|\r|\n)", b"", between)  # the line goes on
    return b";" in between and not re.search(rb"[\r\n#]", between)
