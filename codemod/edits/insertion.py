"""Puts code into a script's text by way of LibCST, and takes nothing else from it.

LibCST is not lossless, and some input makes it crash or run for minutes: `ast` vouches
for what it is shown, and only lines that are new are taken from its result.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import get_args

import libcst as cst

from codemod.edits.base import Insertion, Kind
from codemod.edits.transformer import InsertCode
from codemod.program.place import Place
from codemod.python.source import Source, SourceError
from codemod.python.tree import first_line, statements_at

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
    insertions = _in_order(source, insertions)
    try:
        # LibCST loses white space at the end: it is not shown that end.
        ended = source.text.endswith((b"\n", b"\r"))
        end = (b"" if ended else source.newline(len(source.lines))) + b"pass\n"
        tree = cst.parse_module((source.text + end).decode())
        newlines = [_newline(source, insertion.place) for insertion in insertions]
        transformer = InsertCode(tree, insertions, newlines)
        changed = tree.visit(transformer)
        tops = _first_lines(source, tree)
        text = _taken_over(source.text + end, tree, changed, transformer.sizes, tops)
    except RecursionError:
        raise SourceError("left alone: nested too deeply for LibCST") from None
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        reason = str(getattr(error, "message", error)).splitlines()[0]
        raise SourceError(f"left alone: LibCST cannot read it: {reason}") from None
    if text is None or not text.endswith(end):
        raise SourceError("left alone: LibCST does not give its lines back")
    return text.removesuffix(end)


_KINDS = get_args(Kind)


def _in_order(source: Source, insertions: Sequence[Insertion]) -> list[Insertion]:
    """The insertions in source order; calls at one place become one block."""
    calls: dict[Place, str] = {}
    others = []
    for one in insertions:
        if one.kind == "call":
            calls[one.place] = calls.get(one.place, "") + one.text
        else:
            others.append(one)
    merged = [Insertion(place, text, "call") for place, text in calls.items()]
    return sorted(
        others + merged,
        key=lambda it: (_position(source, it.place), _KINDS.index(it.kind)),
    )


def _position(source: Source, place: Place) -> tuple[int, int]:
    """The line of the statement behind a place, or in front of it at a block's end."""
    block = statements_at(source.tree, place.path)
    if place.gap < len(block):
        return first_line(block[place.gap]), 0
    return source.end_line(block[-1]), 1


def _newline(source: Source, place: Place) -> str:
    line, behind = _position(source, place)
    return source.newline(line if behind else max(line - 1, 1)).decode()


def _first_lines(source: Source, tree: cst.Module) -> list[int]:
    """In front of how many lines each of the module's lines of code stands.

    With the comments and blank lines above it; the first one's are the module's.
    """
    found, passed = [], 0
    for line in tree.body[:-1]:
        top = first_line(source.tree.body[passed]) - 1
        found.append(top - len(getattr(line, "leading_lines", ())))
        passed += len(line.body) if isinstance(line, cst.SimpleStatementLine) else 1
    last = getattr(tree.body[-1], "leading_lines", ())
    return [*found, len(source.lines) - len(last), len(source.lines) + 1]


def _taken_over(
    text: bytes,
    tree: cst.Module,
    changed: cst.Module,
    sizes: list[int],
    tops: list[int],
) -> bytes | None:
    """The script with the lines that are new in a changed tree, and no other change.

    LibCST loses a blank here and there (``except X :``), never a line in between. Only
    the module's statements that changed are rendered, unless that goes wrong.
    """
    lines = text.splitlines(keepends=True)
    added = _added_in_parts(lines, tree, changed, list(sizes), tops)
    if added is None:
        rendered = tree.code.encode().splitlines(keepends=True)
        new = changed.code.encode().splitlines(keepends=True)
        added = _added(rendered, new, sizes) if len(rendered) == len(lines) else None
    if added is None:
        return None
    for index, new_lines in reversed(added):
        lines[index:index] = new_lines
    return b"".join(lines)


_Added = list[tuple[int, list[bytes]]]


def _added_in_parts(
    lines: list[bytes],
    tree: cst.Module,
    changed: cst.Module,
    sizes: list[int],
    tops: list[int],
) -> _Added | None:
    """What was added to each run of the module's statements that changed."""
    added: _Added = []
    kept = {id(statement): number for number, statement in enumerate(tree.body)}
    start, run = 0, []
    for statement in [*changed.body, None]:
        number = len(tree.body) if statement is None else kept.get(id(statement))
        if number is None:
            run.append(statement)
            continue
        if run:
            first = tops[start] if start else 0
            header = () if start else changed.header
            part = changed.with_changes(body=run, header=header, footer=())
            new = part.code.encode().splitlines(keepends=True)
            old = lines[first : tops[number]]
            found = _added(old, new, _first(sizes, len(new) - len(old)))
            if found is None:
                return None
            added += [(first + index, new_lines) for index, new_lines in found]
        start, run = number + 1, []
    return added


def _first(sizes: list[int], total: int) -> list[int]:
    """Take the first sizes off a list, as many as come to a total."""
    count = 0
    while count < len(sizes) and sum(sizes[:count]) < total:
        count += 1
    taken, sizes[:count] = sizes[:count], []
    return taken


def _added(old: list[bytes], new: list[bytes], sizes: list[int]) -> _Added | None:
    """Where lines were added, and which; ``None`` where others changed as well."""
    added: _Added = []
    read = 0  # lines of the old text; the new one is ahead by what was added
    ahead = 0
    for size in sizes:
        while read < len(old) and old[read : read + 1] == new[read + ahead :][:1]:
            read += 1
        added.append((read, new[read + ahead : read + ahead + size]))
        ahead += size
    return added if new[read + ahead :] == old[read:] else None


# LibCST's time and memory grow with the depth of each expression, and its parser
# overflows its stack on some 20,000 `elif`. What people write stays far below these.
_DEEP = 50
_LONG_CHAIN = 1000
_MUCH = 700_000
# Parentheses that group are no nodes, and up to 200 deep.
_GROUPS = re.compile(rb"(?:\((?:[\s\\]|#[^\r\n]*[\r\n])*){8}")


def _vouch(source: Source) -> None:
    """Refuse what LibCST might need too much time or memory for, or crash on."""
    total, too_deep = 0, len(_GROUPS.findall(source.text)) > 50
    waiting: list[tuple[ast.AST, int]] = [(source.tree, 0)]
    while waiting and not too_deep:
        node, depth = waiting.pop()
        if isinstance(node, ast.expr):
            depth = max(depth, 0) + 1
            total += depth if depth < 8 else depth * 4
            too_deep = depth > _DEEP or total > _MUCH
        elif isinstance(node, ast.stmt):  # their depth counts downwards
            depth -= 1
            too_deep = depth < -_LONG_CHAIN
        for value in node.__dict__.values():  # ast.iter_child_nodes takes twice as long
            if isinstance(value, list):
                waiting += [
                    (item, depth) for item in value if isinstance(item, ast.AST)
                ]
            elif isinstance(value, ast.expr):
                waiting.append((value, depth))
    if too_deep:
        raise SourceError("left alone: nested too deeply for LibCST")
