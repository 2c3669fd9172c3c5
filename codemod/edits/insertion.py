"""Puts code into a script's text by way of LibCST, and takes nothing else from it.

LibCST is not lossless, and some input makes it crash or run for minutes: `ast` vouches
for what it is shown, and only lines that are new are taken from its result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import libcst as cst

from codemod.edits.base import Insertion
from codemod.edits.transformer import InsertCode, Line, passed_statements
from codemod.python.source import Source, SourceError
from codemod.python.tree import first_line

__all__ = ["insert"]


def insert(source: Source, insertions: Sequence[Insertion]) -> bytes:
    """Put code into a script.

    Args:
        source: The script.
        insertions: What is put into it.

    Returns:
        The text, in which every byte of the script survives.

    Raises:
        SourceError: LibCST cannot read the script, or not without risk.
    """
    _vouch(source)
    # LibCST loses white space at the end: it is not shown that end. The lines that it
    # is shown end in a line feed, those that are put in also have a carriage return.
    shown = [*(line.rstrip(b"\r\n") for line in source.lines), b"pass\n"]
    try:
        tree = cst.parse_module(b"\n".join(shown).decode())
        changed = tree.visit(InsertCode(source, tree, insertions))
        text = _shortened(source, tree, changed).code
    except RecursionError:
        raise SourceError("left alone: nested too deeply for LibCST") from None
    except (cst.ParserSyntaxError, cst.CSTValidationError, ValueError) as error:
        reason = str(getattr(error, "message", error)).splitlines()[0]
        raise SourceError(f"left alone: LibCST cannot read it: {reason}") from None
    return _merged(source, text.encode().split(b"\n")[:-2])


def _shortened(source: Source, tree: cst.Module, changed: cst.Module) -> cst.Module:
    """A changed tree with a string of as many lines for each line of code that stayed.

    Those lines are the script's own in the end, and to generate them takes as long as
    to parse them.
    """
    firsts = [0, *passed_statements(tree)[:-2]]  # behind them stands one of ours
    tops = [first_line(source.tree.body[first]) for first in firsts]
    tops.append(len(source.lines) + 1)
    strings = {
        id(line): _string(line, tops[index + 1] - _height(tree.body[index + 1]) - top)
        for index, (line, top) in enumerate(zip(tree.body[:-1], tops, strict=False))
    }
    return changed.with_changes(
        body=[strings.get(id(line), line) for line in changed.body]
    )


def _height(line: Line) -> int:
    """How many lines of text stand above a line of code that belong to it."""
    spaces = (above.whitespace.value for above in line.leading_lines)
    return sum(1 + space.count("\n") for space in spaces)


def _string(line: Line, height: int) -> Line:
    value = cst.SimpleString('"""' + "\n" * (height - 1) + '"""')
    return cst.SimpleStatementLine([cst.Expr(value)], leading_lines=line.leading_lines)


def _merged(source: Source, changed: Sequence[bytes]) -> bytes:
    """The script with the lines that are new in a changed one, and no other change.

    LibCST loses a blank here and there (``except X :``), and of whole lines only those
    that a backslash alone joins to a statement.

    Raises:
        SourceError: Lines of the script are not there.
    """
    ended = source.text.endswith((b"\n", b"\r"))
    ending = b"" if ended else source.newline(len(source.lines))
    lines = (source.text + ending).splitlines(keepends=True)
    result: list[bytes] = []
    passed = 0
    for line in changed:
        if line.endswith(b"\r"):
            result.append(line[:-1] + source.newline(max(passed, 1)))
        else:
            result += lines[passed : passed + 1]
            passed += 1
    if passed != len(lines):
        raise SourceError("left alone: LibCST loses a line that is only a backslash")
    return b"".join(result).removesuffix(ending)


# LibCST's time and memory grow with the depth of each expression, and its parser
# overflows its stack on some 20,000 `elif`. What people write stays far below these.
_DEEP = 50
_LONG_CHAIN = 1000
_MUCH = 700_000
# Statements and expressions; each takes LibCST some 40 microseconds and 5 KiB. A script
# of 1,000 lines has some 10,000.
_MANY = 150_000
# Parentheses that group are no nodes, and up to 200 deep.
_GROUPS = re.compile(rb"(?:\((?:[\s\\]|#[^\r\n]*[\r\n])*){8}")


def _vouch(source: Source) -> None:
    """Refuse what LibCST might need too much time or memory for, or crash on."""
    total, count = 0, 0
    too_deep = len(_GROUPS.findall(source.text)) > 50
    waiting: list[tuple[ast.AST, int]] = [(source.tree, 0)]
    while waiting and not too_deep:
        node, depth = waiting.pop()
        count += 1
        if isinstance(node, ast.expr):
            depth = max(depth, 0) + 1
            total += depth if depth < 8 else depth * 4
            too_deep = depth > _DEEP or total > _MUCH
        elif isinstance(node, ast.stmt):  # their depth counts downwards
            depth -= 1
            too_deep = depth < -_LONG_CHAIN
        for field in node._fields:  # ast.iter_child_nodes takes twice as long
            value = getattr(node, field, None)
            if isinstance(value, list):
                waiting += [
                    (item, depth) for item in value if isinstance(item, ast.AST)
                ]
            elif isinstance(value, ast.expr):
                waiting.append((value, depth))
    if too_deep:
        raise SourceError("left alone: nested too deeply for LibCST")
    if count > _MANY:
        raise SourceError("left alone: too much code for LibCST in one file")
