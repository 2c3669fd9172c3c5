"""The LibCST transformer that puts definitions and calls into a script.

`ast` has decided between which statements they go; LibCST knows what stands there:
comments, blank lines, indentation, the ends of blocks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import accumulate, takewhile
from typing import NamedTuple, cast, get_args

import libcst as cst

from codemod.edits.base import Insertion, Kind, indented
from codemod.program.place import Step
from codemod.python.source import Source, SourceError
from codemod.python.tree import is_docstring, statements_at

__all__ = ["InsertCode", "Line", "passed_statements"]

_Lines = Sequence[cst.EmptyLine]
Line = cst.SimpleStatementLine | cst.BaseCompoundStatement
_KINDS = get_args(Kind)
_BLANK = cst.EmptyLine(indent=False, newline=cst.Newline("\r\n"))
_END = cst.SimpleStatementLine([cst.Pass()])
_TO_A_TOOL = re.compile(
    r"#\s*(?:type|pylint|noqa|fmt|yapf|isort|ruff|mypy|pyright|flake8|pragma|nosec)\b"
)


class _Piece(NamedTuple):
    """What goes into one block of a tree.

    Attributes:
        gap: The number of lines of code of the block in front of it.
        kind: How it is laid out.
        line: The line of code, with the comments above it.
        blank_behind: Whether it comes last in its block, and a blank line behind that.
    """

    gap: int
    kind: Kind
    line: Line
    blank_behind: bool


class _Layout(NamedTuple):
    """How a piece parts the comments and blank lines at its place.

    Attributes:
        above: How many of them stay above it.
        blanks_above: How many blank lines come in above it.
        blanks_below: How many blank lines come in below it.
    """

    above: int
    blanks_above: int = 0
    blanks_below: int = 0


class InsertCode(cst.CSTTransformer):
    """Puts code into the tree of a whole script; nothing that is there changes.

    The lines that it puts in end in a carriage return and a line feed.

    Only the blocks on the way are visited: anything else would take longer than to
    parse the script.

    Args:
        source: The script.
        tree: Its tree with one more statement at the end; it is going to be visited.
        insertions: What is put into it.

    Raises:
        SourceError: A block stands on one line with its header.
    """

    def __init__(
        self, source: Source, tree: cst.Module, insertions: Sequence[Insertion]
    ) -> None:
        super().__init__()
        self._way: set[cst.CSTNode] = set()
        self._pieces: dict[cst.CSTNode, list[_Piece]] = {}
        self._gaps: dict[cst.CSTNode, list[int]] = {}
        parsed = cache(partial(_parsed, tree))
        for place, text, kind in insertions:
            way = self._descend(tree, place.path)
            self._way.update(way)
            block = statements_at(source.tree, place.path)
            # Nobody wants a blank line behind a docstring.
            is_last = place.gap == len(block) and not is_docstring(block[-1])
            piece = _Piece(
                self._gap_of(way[-1], place.gap),
                kind,
                parsed(indented(text, source.indent_unit)),
                is_last and source.is_blank(source.end_line(block[-1]) + 1),
            )
            self._pieces.setdefault(way[-1], []).append(piece)

    def _descend(self, tree: cst.Module, path: Sequence[Step]) -> list[cst.CSTNode]:
        """The nodes from the tree down to the block at the end of a path.

        Raises:
            SourceError: A block stands on one line with its header.
        """
        way: list[cst.CSTNode] = [tree]
        block: cst.Module | cst.IndentedBlock = tree
        steps = iter(path)
        for index, name in steps:
            line: cst.CSTNode = block.body[self._gap_of(block, index)]
            clause = getattr(line, name)
            while isinstance(clause, cst.If):  # `elif` is a nested `if` to `ast`
                way.append(line)
                line, clause = clause, getattr(clause, next(steps)[1])
            if not isinstance(clause, cst.CSTNode):
                clause = clause[next(steps)[0]]  # one of several handlers or cases
            suite = clause if isinstance(clause, cst.BaseSuite) else clause.body
            if not isinstance(suite, cst.IndentedBlock):
                raise SourceError(
                    "left alone: a block stands on one line with its header"
                )
            way += [line, clause, suite]
            block = suite
        return way

    def _gap_of(self, block: cst.CSTNode, index: int) -> int:
        """The line of code that holds a statement, where a line may join several."""
        assert isinstance(block, cst.Module | cst.IndentedBlock)
        if block not in self._gaps:
            self._gaps[block] = passed_statements(block)
        return bisect_right(self._gaps[block], index)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Keep to the way down to the blocks."""
        return node in self._way

    def leave_IndentedBlock(  # noqa: N802 (LibCST's name)
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """Put the code into a block, if it is one of those."""
        if original_node not in self._pieces:
            return updated_node
        body = cast("list[Line]", list(updated_node.body))
        body.append(_END.with_changes(leading_lines=updated_node.footer))
        self._fill(original_node, body)
        footer = body.pop().leading_lines
        return updated_node.with_changes(body=body, footer=footer)

    def leave_Module(  # noqa: N802 (LibCST's name)
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Put the code that goes between the statements of the module there."""
        if original_node not in self._pieces:
            return updated_node
        first, *others = updated_node.body
        lines = [*updated_node.header, *first.leading_lines]
        body = [first.with_changes(leading_lines=lines), *others]
        self._fill(original_node, body)
        return updated_node.with_changes(body=body, header=())

    def _fill(self, block: cst.CSTNode, body: list[Line]) -> None:
        """Put the pieces of a block between its lines of code."""
        pieces = self._pieces[block]
        pieces.sort(key=lambda piece: (piece.gap, _KINDS.index(piece.kind)))
        for number, piece in enumerate(pieces):
            index = piece.gap + number
            lines = body[index].leading_lines
            if index == 0 and isinstance(block, cst.Module):
                layout = _layout_at_top(piece, body[0])
            elif number and pieces[number - 1].gap == piece.gap:
                layout = _layout(piece, body, index, pieces[number - 1].kind)
            else:
                layout = _layout(piece, body, index, None)
            upper = [*lines[: layout.above], *[_BLANK] * layout.blanks_above]
            lower = [*[_BLANK] * layout.blanks_below, *lines[layout.above :]]
            upper += piece.line.leading_lines
            body[index] = body[index].with_changes(leading_lines=lower)
            body.insert(index, piece.line.with_changes(leading_lines=upper))


def passed_statements(block: cst.Module | cst.IndentedBlock) -> list[int]:
    """How many statements of a block there are up to each of its lines of code."""
    counts = (
        len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
        for line in block.body
    )
    return list(accumulate(counts))


def _layout_at_top(piece: _Piece, following: Line) -> _Layout:
    """The layout in front of all that a module has."""
    lines = following.leading_lines
    if piece.kind == "before":
        return _Layout(len(lines))
    is_apart = isinstance(following, cst.FunctionDef | cst.ClassDef)
    blanks = 2 if is_apart or piece.kind == "definition" else 1
    return _Layout(_above_comments(lines, at_top=True), 0, blanks)


def _layout(
    piece: _Piece, body: Sequence[Line], index: int, beside: Kind | None
) -> _Layout:
    """The layout at a place in a block.

    Args:
        piece: What comes there.
        body: The lines of code of the block.
        index: The one that follows.
        beside: The kind of the piece that was put there just before.
    """
    lines = body[index].leading_lines
    if piece.kind == "before":
        return _Layout(len(lines))
    if piece.kind == "behind" or piece.kind == beside == "call":
        return _Layout(0)
    if piece.kind == "definition":
        above = _above_comments(lines, at_top=False)
        return _Layout(above, 0, _blanks(lines[:above][::-1]))
    if index == 0:
        return _Layout(_count(lines, lambda line: _is_blank(line) or _to_a_tool(line)))
    if beside == "definition":
        blanks = _blanks(lines)
        return _Layout(blanks, 0, min(blanks, 1))
    above = _count(lines, _to_a_tool) if _is_text(body[index - 1]) else 0
    joined = _is_import(body[index - 1], -1) and _is_import(body[index], 0)
    if joined and not _is_import(piece.line, 0):
        return _Layout(above, 1)  # formatters want one behind imports
    here = lines[above:]
    return _Layout(above, int(_is_blank(here[0]) if here else piece.blank_behind))


def _count(lines: _Lines, wanted: Callable[[cst.EmptyLine], bool]) -> int:
    """How many of the first lines are wanted ones."""
    return len(list(takewhile(wanted, lines)))


def _blanks(lines: _Lines) -> int:
    return _count(lines, _is_blank)


def _is_blank(line: cst.EmptyLine) -> bool:
    """Whether nothing is on a line, not even a backslash that joins the next one."""
    return line.comment is None and "\\" not in line.whitespace.value


def _to_a_tool(line: cst.EmptyLine) -> bool:
    """Whether a line is a comment that speaks to a tool, not to people."""
    return line.comment is not None and bool(_TO_A_TOOL.match(line.comment.value))


def _is_text(line: Line) -> bool:
    """Whether a line of code is a string, such as a docstring."""
    return (
        isinstance(line, cst.SimpleStatementLine)
        and isinstance(line.body[0], cst.Expr)
        and isinstance(line.body[0].value, cst.BaseString)
    )


def _is_import(line: Line, number: int) -> bool:
    """Whether a statement of a line of code is an import."""
    return isinstance(line, cst.SimpleStatementLine) and isinstance(
        line.body[number], cst.Import | cst.ImportFrom
    )


def _above_comments(lines: _Lines, at_top: bool) -> int:
    """How many lines stay above a definition: its neighbour's comments stay below.

    Comments behind two blank lines head a section. A shebang and a coding cookie
    belong to the file.
    """
    fixed = 0
    if at_top:
        for number, line in enumerate(lines[:2], 1):
            if line.comment and re.match(r"#!|#.*coding", line.comment.value):
                fixed = number
    else:
        for number in range(2, len(lines)):
            if lines[number].comment and _blanks(lines[number - 2 : number]) == 2:
                return number
    kept = len(lines)
    while kept > fixed and lines[kept - 1].comment is not None:
        kept -= 1
    return kept


def _parsed(tree: cst.Module, text: str) -> Line:
    """The line of code of a text, every line of which has a carriage return then."""
    # LibCST keeps all line endings but those that are like the first one.
    text = "\n" + text.replace("\n", "\r\n")
    line = cst.parse_statement(text, tree.config_for_parsing)
    return line.with_changes(leading_lines=line.leading_lines[1:])
