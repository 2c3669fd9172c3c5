"""The LibCST transformer that puts definitions and calls into a script.

`ast` has decided between which statements they go; LibCST knows what stands there:
comments, blank lines, indentation, the ends of blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import groupby, takewhile
from typing import NamedTuple

import libcst as cst

from codemod.edits.base import Insertion, Kind
from codemod.program.place import Place
from codemod.python.source import SourceError

__all__ = ["InsertCode"]

_Lines = Sequence[cst.EmptyLine]
_TO_A_TOOL = re.compile(
    r"#\s*(?:type|pylint|noqa|fmt|yapf|isort|ruff|mypy|pyright|flake8|pragma|nosec)\b"
)


class _Piece(NamedTuple):
    """What goes into one block of a tree.

    Attributes:
        number: Which of the insertions it is.
        line: The number of lines of code of the block in front of it.
        statements: The statements, the first one with the comments above it.
        blank: A blank line.
        kind: How they are laid out.
    """

    number: int
    line: int
    statements: list[cst.BaseStatement]
    blank: cst.EmptyLine
    kind: Kind


class InsertCode(cst.CSTTransformer):
    """Puts code into the tree of a whole script; nothing that is there changes.

    Only the blocks on the way are visited: anything else would take longer than to
    parse the script.

    Args:
        tree: The tree that is going to be visited.
        insertions: What is put into it, in source order.
        newlines: The line ending for each of them.

    Attributes:
        sizes: The number of lines of each insertion, blank ones included.

    Raises:
        SourceError: A block stands on one line with its header.
    """

    def __init__(
        self, tree: cst.Module, insertions: Sequence[Insertion], newlines: Sequence[str]
    ) -> None:
        super().__init__()
        self.sizes = [insertion.text.count("\n") for insertion in insertions]
        self._way: set[cst.CSTNode] = set()
        self._pieces: dict[cst.CSTNode, list[_Piece]] = {}
        self._below: dict[cst.CSTNode, _Lines] = {}
        for number, insertion in enumerate(insertions):
            way, below = _descend(tree, insertion.place)
            block = way[-1]
            self._way.update(way)
            self._below[block] = below
            newline = newlines[number]
            piece = _Piece(
                number,
                _line_of(block, insertion.place.gap),
                _parsed(insertion.text, newline, tree),
                cst.EmptyLine(indent=False, newline=cst.Newline(newline)),
                insertion.kind,
            )
            self._pieces.setdefault(block, []).append(piece)

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Keep to the way down to the blocks."""
        return node in self._way

    def leave_IndentedBlock(  # noqa: N802 (LibCST's name)
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """Put the code into a block, if it is one of those."""
        if original_node not in self._pieces:
            return updated_node
        gap = _Gaps(list(updated_node.body), None, updated_node.footer)
        self._insert(original_node, gap)
        return updated_node.with_changes(body=gap.body, footer=gap.footer)

    def leave_Module(  # noqa: N802 (LibCST's name)
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Put the code that goes between the statements of the module there."""
        if original_node not in self._pieces:
            return updated_node
        gap = _Gaps(list(updated_node.body), updated_node.header, updated_node.footer)
        self._insert(original_node, gap)
        return updated_node.with_changes(
            body=gap.body, header=gap.header, footer=gap.footer
        )

    def _insert(self, block: cst.CSTNode, gaps: _Gaps) -> None:
        """Fill the gaps of a block, the last one first: its index is still right."""
        groups = groupby(self._pieces[block], key=lambda piece: piece.line)
        for index, pieces in reversed([(i, list(group)) for i, group in groups]):
            behind_definition = False
            for shift, piece in enumerate(pieces):
                self.sizes[piece.number] += gaps.insert(
                    piece, index + shift, self._below[block], behind_definition
                )
                behind_definition = piece.kind == "definition"


class _Gaps:
    """The statements of a block and what stands around them, while code is put in."""

    def __init__(
        self, body: list[cst.BaseStatement], header: _Lines | None, footer: _Lines
    ) -> None:
        self.body = body
        self.header = header
        self.footer = footer

    def insert(
        self, piece: _Piece, index: int, below: _Lines, behind_definition: bool
    ) -> int:
        """Put statements in front of a line of code; return the added blank lines."""
        lines = self._lines(index)
        if any("\\" in line.whitespace.value for line in lines):
            raise SourceError("left alone: a line there has nothing but a backslash")
        above, blanks_above, blanks_below = self._layout(
            piece, index, lines, below, behind_definition
        )
        rest = [piece.blank] * blanks_below + lines[above:]
        first, *others = piece.statements
        comments: _Lines = getattr(first, "leading_lines", ())
        upper = [*lines[:above], *[piece.blank] * blanks_above]
        if index == 0 and self.header is not None:
            self.header, upper = upper, []
        first = first.with_changes(leading_lines=[*upper, *comments])
        if index < len(self.body):
            following = self.body[index].with_changes(leading_lines=rest)
            self.body[index : index + 1] = [first, *others, following]
        else:
            self.body += [first, *others]
            self.footer = rest
        return blanks_above + blanks_below

    def _lines(self, index: int) -> list[cst.EmptyLine]:
        """The comments and blank lines in front of a line of code."""
        lines = list(self.header or ()) if index == 0 else []
        if index < len(self.body):
            return lines + list(getattr(self.body[index], "leading_lines", ()))
        return lines + list(self.footer)

    def _layout(
        self,
        piece: _Piece,
        index: int,
        lines: list[cst.EmptyLine],
        below: _Lines,
        behind_definition: bool,
    ) -> tuple[int, int, int]:
        """How many lines stay above, and the blank ones to add above and below."""
        at_top = index == 0 and self.header is not None
        if piece.kind in ("behind", "before"):
            return len(lines) if piece.kind == "before" else 0, 0, 0
        if piece.kind == "definition" or at_top:
            above = _above_comments(lines, at_top)
            if at_top:
                define = isinstance(self.body[0], cst.FunctionDef | cst.ClassDef)
                return above, 0, 2 if define or piece.kind == "definition" else 1
            return above, 0, _blanks(lines[:above][::-1])
        if index == 0:
            return _count(lines, lambda line: _is_blank(line) or _to_a_tool(line)), 0, 0
        if behind_definition:
            blanks = _blanks(lines)
            return blanks, 0, min(blanks, 1)
        above = _count(lines, _to_a_tool) if _is_text(self.body[index - 1]) else 0
        here = lines[above:] or ([] if index < len(self.body) else list(below))
        around = (
            (self.body[index - 1 :], -1),
            (piece.statements, 0),
            (self.body[index:], 0),
        )
        if [_is_import(*one) for one in around] == [True, False, True]:
            return above, 1, 0  # formatters want one behind imports
        return above, int(bool(here) and _is_blank(here[0])), 0


def _count(lines: _Lines, wanted: Callable[[cst.EmptyLine], bool]) -> int:
    """How many of the first lines are wanted ones."""
    return len(list(takewhile(wanted, lines)))


def _blanks(lines: _Lines) -> int:
    return _count(lines, _is_blank)


def _is_blank(line: cst.EmptyLine) -> bool:
    return line.comment is None


def _to_a_tool(line: cst.EmptyLine) -> bool:
    """Whether a line is a comment that speaks to a tool, not to people."""
    return line.comment is not None and bool(_TO_A_TOOL.match(line.comment.value))


def _is_text(line: cst.BaseStatement) -> bool:
    """Whether a line of code is a string, such as a docstring."""
    return (
        isinstance(line, cst.SimpleStatementLine)
        and isinstance(line.body[0], cst.Expr)
        and isinstance(line.body[0].value, cst.BaseString)
    )


def _is_import(lines: Sequence[cst.BaseStatement], number: int) -> bool:
    """Whether a statement of the first line of code is an import."""
    if not lines or not isinstance(lines[0], cst.SimpleStatementLine):
        return False
    return isinstance(lines[0].body[number], cst.Import | cst.ImportFrom)


def _above_comments(lines: _Lines, at_top: bool) -> int:
    """How many lines stay above a definition: its neighbour's comments stay below.

    Comments behind two blank lines head a section. A shebang and a coding cookie
    belong to the file.
    """
    blanks = 0
    for number, line in enumerate(lines):
        if line.comment is None:
            blanks += 1
        elif blanks >= 2 and not at_top:
            return number
        else:
            blanks = 0
    fixed = 0
    for number, line in enumerate(lines[:2] if at_top else ()):
        if line.comment and re.match(r"#!|#.*coding", line.comment.value):
            fixed = number + 1
    kept = len(lines)
    while kept > fixed and lines[kept - 1].comment is not None:
        kept -= 1
    return kept


def _descend(tree: cst.Module, place: Place) -> tuple[list[cst.CSTNode], _Lines]:
    """The nodes from the tree down to the block of a place, and what is behind that.

    Raises:
        SourceError: A block stands on one line with its header.
    """
    way: list[cst.CSTNode] = [tree]
    block: cst.Module | cst.IndentedBlock = tree
    below: _Lines = ()
    steps = iter(place.path)
    for index, name in steps:
        line = _line_of(block, index)
        statement: cst.CSTNode = block.body[line]
        following = block.body[line + 1 :]
        below = block.footer or below
        if following:
            below = getattr(following[0], "leading_lines", ())
        clause = getattr(statement, name)
        while isinstance(clause, cst.If):  # `elif` is a nested `if` to `ast`
            way.append(statement)
            statement, clause = clause, getattr(clause, next(steps)[1])
        if not isinstance(clause, cst.CSTNode):
            clause = clause[next(steps)[0]]  # one of several handlers or cases
        below = _next_lines(statement, clause) or below
        suite = clause if isinstance(clause, cst.BaseSuite) else clause.body
        if not isinstance(suite, cst.IndentedBlock):
            raise SourceError("left alone: a block stands on one line with its header")
        way += [statement, clause, suite]
        block = suite
    return way, below


def _next_lines(statement: cst.CSTNode, clause: cst.CSTNode) -> _Lines:
    """What stands in front of the next clause of a statement."""
    children = list(statement.children)
    for child in children[children.index(clause) + 1 :]:
        if isinstance(child, _CLAUSES):
            return child.leading_lines
    return ()


_CLAUSES = (
    *(cst.If, cst.Else, cst.Finally, cst.MatchCase),
    *(cst.ExceptHandler, cst.ExceptStarHandler),
)


def _line_of(block: cst.CSTNode, index: int) -> int:
    """The line of code that holds a statement, where a line may join several."""
    assert isinstance(block, cst.Module | cst.IndentedBlock)
    passed = 0
    for number, line in enumerate(block.body):
        passed += len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
        if index < passed:
            return number
    return len(block.body)


def _parsed(text: str, newline: str, tree: cst.Module) -> list[cst.BaseStatement]:
    """The statements of a text, in a script's own indentation and line endings."""
    lines = []
    for line in text.splitlines():
        content = line.lstrip(" ")
        level = (len(line) - len(content)) // 4
        lines.append(tree.default_indent * level + content + newline)
    module = cst.parse_module("".join(lines))
    if newline != tree.default_newline:
        visited = module.visit(_Newlines(newline))
        assert isinstance(visited, cst.Module)
        module = visited
    first, *others = module.body
    above = [*module.header, *first.leading_lines]
    return [first.with_changes(leading_lines=above), *others]


class _Newlines(cst.CSTTransformer):
    """Spells every line ending out."""

    def __init__(self, newline: str) -> None:
        super().__init__()
        self._newline = newline

    def leave_Newline(  # noqa: N802 (LibCST's name)
        self, original_node: cst.Newline, updated_node: cst.Newline
    ) -> cst.Newline:
        """Set the one of this line."""
        return updated_node.with_changes(value=self._newline)
