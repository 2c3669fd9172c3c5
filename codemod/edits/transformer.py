"""The LibCST transformer that puts a call into an entry point, and its undoing.

`ast` has decided where the call goes; LibCST knows the concrete syntax there: colons,
one-line bodies, semicolons, comments, indentation. It is shown the head of the entry
point only (the signature and the statements down to the place), because a whole script
costs it 1.6 to 2.1 seconds a megabyte and it does not keep every byte of every script.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from codemod.edits.removal import fitted, shares_line
from codemod.program.entrypoints import EntryPoint, Place
from codemod.python import isolated
from codemod.python.source import Source, SourceError, Splice

__all__ = ["InsertCall", "insert"]


class InsertCall(cst.CSTTransformer):
    """Puts a commented call, blank lines on either side, into one block.

    Nothing else is visited: that would take longer than to parse it.

    Args:
        way: The nodes from the tree that is visited down to the block.
        index: The number of statements in front of the call; statements that are
            joined by ``;`` count one each.
        call: The call, its comment among its leading lines.
        newline: The line ending for new lines.
        indent: The white space in front of the block's statements.
        unit: The white space of one level, for a one-line body.
        goes_on: Whether the block goes on behind what LibCST is shown.
        spaced: Whether a blank line is added behind the call where there is none.

    Attributes:
        layout: How the call was laid out, for its removal (see layout.py).
    """

    def __init__(
        self,
        way: Sequence[cst.CSTNode],
        index: int,
        call: cst.SimpleStatementLine,
        *,
        newline: str,
        indent: str,
        unit: str,
        goes_on: bool,
        spaced: bool,
    ) -> None:
        super().__init__()
        self._way = frozenset(way)
        self._block = way[-1]
        self._index = index
        self._call = call
        self._newline = cst.Newline(newline)
        self._blank = cst.EmptyLine(indent=False, newline=self._newline)
        self._indent = indent
        self._unit = unit
        self._goes_on = goes_on
        self._spaced = spaced
        self._broken = False
        self.layout = ""

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Keep to the way down to the block."""
        return node in self._way

    def leave_IndentedBlock(  # noqa: N802 (LibCST's name)
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.BaseSuite:
        """Put the call into the block, if it is the one."""
        if original_node is not self._block:
            return updated_node
        return self._insert(updated_node)

    def leave_SimpleStatementSuite(  # noqa: N802 (LibCST's name)
        self,
        original_node: cst.SimpleStatementSuite,
        updated_node: cst.SimpleStatementSuite,
    ) -> cst.BaseSuite:
        """Break a one-line body into lines first, if it is the one."""
        if original_node is not self._block:
            return updated_node
        kept, left = self._break(updated_node.leading_whitespace)
        self.layout = f"s{kept}:"
        outer = self._indent.removesuffix(self._unit)
        body = [_verbatim(statement, outer) for statement in updated_node.body]
        line = cst.SimpleStatementLine(
            body, trailing_whitespace=updated_node.trailing_whitespace
        )
        header = cst.TrailingWhitespace(whitespace=left, newline=self._newline)
        return self._insert(cst.IndentedBlock([line], header, indent=self._unit))

    def _insert(self, block: cst.IndentedBlock) -> cst.IndentedBlock:
        before, after = self._split(block.body)
        call = self._call
        if before:
            call = call.with_changes(leading_lines=[self._blank, *call.leading_lines])
        footer = block.footer
        if after:
            after[0] = self._set_apart(after[0])
        elif self._spaced and (footer[0].comment if footer else self._goes_on):
            footer = [self._blank, *footer]
            self.layout += "1"
        else:
            self.layout += "0"
        return block.with_changes(body=[*before, call, *after], footer=footer)

    def _set_apart(self, following: cst.BaseStatement) -> cst.BaseStatement:
        """The statement behind the call, with a blank line in front of it."""
        if self._broken:
            return following  # it was broken off with its blank line
        lines: Sequence[cst.EmptyLine] = getattr(following, "leading_lines", ())
        if not self._spaced or (lines and lines[0].comment is None):
            self.layout += "0"
            return following
        self.layout += "1"
        return following.with_changes(leading_lines=[self._blank, *lines])

    def _split(
        self, body: Sequence[cst.BaseStatement]
    ) -> tuple[list[cst.BaseStatement], list[cst.BaseStatement]]:
        """The lines before and after the gap; a joined line may be broken."""
        count = 0
        for number, line in enumerate(body):
            if count == self._index:
                return list(body[:number]), list(body[number:])
            size = len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
            if count + size > self._index:
                assert isinstance(line, cst.SimpleStatementLine)
                left, right = self._break_line(line, self._index - count)
                return [*body[:number], left], [right, *body[number + 1 :]]
            count += size
        return list(body), []

    def _break_line(
        self, line: cst.SimpleStatementLine, count: int
    ) -> tuple[cst.SimpleStatementLine, cst.SimpleStatementLine]:
        """``a(); b()`` as two lines, the semicolon kept: no byte may be lost."""
        last = line.body[count - 1]
        assert isinstance(last.semicolon, cst.Semicolon)
        kept, left = self._break(last.semicolon.whitespace_after)
        self.layout += f"j{kept}"
        self._broken = True
        semicolon = last.semicolon.with_changes(whitespace_after=left)
        first = line.with_changes(
            body=[*line.body[: count - 1], last.with_changes(semicolon=semicolon)],
            trailing_whitespace=cst.TrailingWhitespace(newline=self._newline),
        )
        second = line.with_changes(body=line.body[count:], leading_lines=[self._blank])
        return first, second

    def _break(
        self, space: cst.BaseParenthesizableWhitespace
    ) -> tuple[int, cst.SimpleWhitespace]:
        """How many blanks become part of the new line's indent, and what stays."""
        assert isinstance(space, cst.SimpleWhitespace)
        if self._indent.endswith(space.value):
            return len(space.value), cst.SimpleWhitespace("")
        return 0, space


def _verbatim(statement: cst.BaseSmallStatement, indent: str) -> cst.BaseSmallStatement:
    """A statement whose further lines stay as they are in a deeper block."""
    kept = statement.visit(_Verbatim(indent))
    assert isinstance(kept, cst.BaseSmallStatement)
    return kept


class _Verbatim(cst.CSTTransformer):
    """Makes the indent that lines in brackets share with their block their own."""

    def __init__(self, indent: str) -> None:
        super().__init__()
        self._indent = indent

    def leave_ParenthesizedWhitespace(  # noqa: N802 (LibCST's name)
        self,
        original_node: cst.ParenthesizedWhitespace,
        updated_node: cst.ParenthesizedWhitespace,
    ) -> cst.ParenthesizedWhitespace:
        """Spell the indent of the last line out."""
        if not updated_node.indent:
            return updated_node
        space = cst.SimpleWhitespace(self._indent + updated_node.last_line.value)
        return updated_node.with_changes(indent=False, last_line=space)

    def leave_EmptyLine(  # noqa: N802 (LibCST's name)
        self, original_node: cst.EmptyLine, updated_node: cst.EmptyLine
    ) -> cst.EmptyLine:
        """Spell the indent of a blank line or a comment out."""
        if not updated_node.indent:
            return updated_node
        space = cst.SimpleWhitespace(self._indent + updated_node.whitespace.value)
        return updated_node.with_changes(indent=False, whitespace=space)


@dataclass(frozen=True)
class _Window:
    """The head of an entry point, as a module that LibCST can read.

    Attributes:
        start: The byte offset of its first byte.
        end: The byte offset behind its last one.
        prefix: What is put in front to make an indented function a module.
        suffix: What is put behind it: a line ending if there is none, and a comment.
            LibCST loses a lone carriage return at the end, and any line ending behind
            a comment that ends in a backslash.
        text: Prefix, head and suffix.
        last_line: The 1-based line of its end.
        newline: The line ending for new lines.
    """

    start: int
    end: int
    prefix: str
    suffix: str
    text: str
    last_line: int
    newline: str


def insert(
    source: Source,
    entry: EntryPoint,
    place: Place,
    function: str,
    comment: str,
    *,
    spaced: bool = True,
) -> tuple[Splice, str]:
    """Put a call into an entry point.

    Args:
        source: The script.
        entry: The entry point.
        place: The gap in it.
        function: The name of the function to call.
        comment: The comment above the call; marked where it passes 79 columns.
        spaced: Whether a blank line is added behind the call where there is none.

    Returns:
        The change, and the layout of the call for its removal.

    Raises:
        SourceError: LibCST refuses the head of the entry point.
    """
    window = _window(source, entry, place)
    indent = _indent(source, entry, place)
    task = _Task(
        text=window.text,
        wrapped=bool(window.prefix),
        place=place,
        function=function,
        comment=comment,
        newline=window.newline,
        indent=indent,
        unit=source.indent_unit,
        goes_on=not place.path and _goes_on(source, window.last_line, indent),
        spaced=spaced,
    )
    try:
        if _is_doubtful(source, entry, window):
            text, layout = isolated.call("edits.transformer", "_render", task)
        else:
            text, layout = _render(task)
    except (_RefusedError, isolated.LostError) as error:
        raise SourceError(
            f"left alone: the head of {entry.name}() {error}",
            entry.node.lineno,
            entry.node.col_offset + 1,
        ) from None
    text = text.removeprefix(window.prefix).removesuffix(window.suffix)
    return Splice(window.start, window.end, text.encode()), layout


class _RefusedError(Exception):
    """LibCST cannot work on the head of an entry point; the message says why."""


@dataclass(frozen=True)
class _Task:
    """What the transformer works on, and how; see :class:`InsertCall`."""

    text: str
    wrapped: bool
    place: Place
    function: str
    comment: str
    newline: str
    indent: str
    unit: str
    goes_on: bool
    spaced: bool


def _render(task: _Task) -> tuple[str, str]:
    """Run the transformer.

    Returns:
        The text with the call in it, and the layout of the call.

    Raises:
        _RefusedError: LibCST cannot read the text, or not keep it.
    """
    try:
        tree = cst.parse_module(task.text)
        transformer = InsertCall(
            _way(tree, task.wrapped, task.place),
            task.place.gap,
            _call(task.function, task.comment, task.indent, task.newline),
            newline=task.newline,
            indent=task.indent,
            unit=task.unit,
            goes_on=task.goes_on,
            spaced=task.spaced,
        )
        changed = tree.visit(transformer)
        text = _spliced(task.text, tree.code, changed.code)
    except RecursionError:
        raise _RefusedError("is nested too deeply for LibCST") from None
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        reason = str(getattr(error, "message", error)).splitlines()[0]
        raise _RefusedError(f"is refused by LibCST: {reason}") from None
    if text is None:
        raise _RefusedError("does not come back from LibCST byte for byte")
    return text, transformer.layout


# LibCST's memory and time grow with the product of size and depth: 600 lines, each of
# them 50 brackets deep, take it 1.4 GB. Scripts stay far below these bounds.
_DEEP = 50
_MUCH = 50_000  # the sum of the depths of all nodes
_LONG = 1 << 18
# Parentheses that group are no nodes, and up to 200 deep.
_GROUPS = re.compile(r"(?:\((?:[\s\\]|#[^\r\n]*[\r\n])*){4}")


def _is_doubtful(source: Source, entry: EntryPoint, window: _Window) -> bool:
    """Whether LibCST might need too much of anything for what it is shown."""
    if source.masked or len(window.text) > _LONG or _GROUPS.search(window.text):
        return True
    total = 0
    waiting: list[tuple[ast.AST, int]] = [(entry.node, 0)]
    while waiting:
        node, depth = waiting.pop()
        total += depth
        if depth > _DEEP or total > _MUCH:
            return True
        if getattr(node, "lineno", 0) <= window.last_line:
            waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return False


def _block(entry: EntryPoint, place: Place) -> list[ast.stmt]:
    block = entry.node.body
    for index, name in place.path:
        block = getattr(block[index], name)
    return block


def _window(source: Source, entry: EntryPoint, place: Place) -> _Window:
    """From the signature to the end of the line that the place is on or behind."""
    body = entry.node.body
    last = place.path[0][0] if place.path else max(place.gap - 1, 0)
    while last + 1 < len(body) and shares_line(source, body[last], body[last + 1]):
        last += 1
    end_line = source.end_line(body[last])
    start, end = source.start(entry.node), source.starts[end_line]
    indent = source.indent_of(entry.node).decode()
    newline = source.newline(end_line, entry.node.lineno).decode()
    prefix = f"if 1:{newline}{indent}" if indent else ""
    head = source.text[start:end].decode()
    suffix = "#" if head.endswith(("\n", "\r")) else f"{newline}#"
    text = f"{prefix}{head}{suffix}"
    return _Window(start, end, prefix, suffix, text, end_line, newline)


def _indent(source: Source, entry: EntryPoint, place: Place) -> str:
    """The indent of the statements around a place."""
    first = _block(entry, place)[0]
    before = source.text[source.starts[first.lineno - 1] : source.start(first)]
    if not before.strip(b" \t\f"):
        return before.rpartition(b"\f")[2].decode()
    # A one-line body, which is about to get lines of its own.
    outer = source.indent_of(first if place.path else entry.node)
    return outer.decode() + source.indent_unit


def _goes_on(source: Source, last_line: int, indent: str) -> bool:
    """Whether the line behind a window belongs to the block, be it a comment."""
    line = b"".join(source.lines[last_line : last_line + 1])
    return bool(line.strip()) and line.startswith(indent.encode())


def _call(
    function: str, comment: str, indent: str, newline: str
) -> cst.SimpleStatementLine:
    line_end = cst.Newline(newline)
    above = cst.EmptyLine(
        comment=cst.Comment(fitted(comment, indent)), newline=line_end
    )
    return cst.SimpleStatementLine(
        [cst.Expr(cst.Call(cst.Name(function)))],
        leading_lines=[above],
        trailing_whitespace=cst.TrailingWhitespace(newline=line_end),
    )


def _way(tree: cst.Module, wrapped: bool, place: Place) -> list[cst.CSTNode]:
    """The nodes from the tree down to the block of a place, counted as `ast` counts."""
    steps = [(0, "body"), *place.path]
    way: list[cst.CSTNode] = [tree]
    for index, name in [(0, "body"), *steps] if wrapped else steps:
        statement = list(_small(way[-1]))[index]
        way += [statement, *_suite(statement, name)]
    return way


def _suite(node: cst.CSTNode, name: str) -> list[cst.CSTNode]:
    """The block of a statement, preceded by the ``else`` or ``finally`` it is in."""
    suite = getattr(node, name)
    return [suite, suite.body] if isinstance(suite, cst.Else | cst.Finally) else [suite]


def _small(block: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The statements of a block, each of a joined line on its own."""
    assert isinstance(block, cst.Module | cst.BaseSuite)
    for node in block.body:
        if isinstance(node, cst.SimpleStatementLine):
            yield from node.body
        else:
            yield node


def _spliced(text: str, rendered: str, changed: str) -> str | None:
    """What LibCST inserted, put into the original text.

    LibCST loses a blank here and there (``except X :``), never a line. Where it does,
    the lines that are new are taken over and nothing else.
    """
    if rendered == text:
        return changed
    original, old, new = map(_lines, (text, rendered, changed))
    count = len(new) - len(old)
    pairs = enumerate(zip(old, new, strict=False))
    start = next((i for i, (a, b) in pairs if a != b), len(old))
    if len(old) != len(original) or new[start + count :] != old[start:]:
        return None
    inserted = new[start : start + count]
    return b"".join([*original[:start], *inserted, *original[start:]]).decode()


def _lines(text: str) -> list[bytes]:
    """The lines as `ast` and LibCST count them; str.splitlines knows too many."""
    return text.encode().splitlines(keepends=True)
