"""What of an edit this tool wrote into a script, and what else there uses it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from codemod.edits.removal import comment_top
from codemod.python.source import Source
from codemod.python.tree import Function, blocks, called, module_level, statements

__all__ = ["Written", "find_written"]


class Written(NamedTuple):
    """What this tool wrote into a script.

    Attributes:
        definitions: The definitions that are the tool's own.
        calls: The calls that are.
        edited: Those that would be, had no person written a comment behind them.
        users: The lines of all other uses of the function, such calls among them.
    """

    definitions: Sequence[Function] = ()
    calls: Sequence[ast.stmt] = ()
    edited: Sequence[ast.stmt] = ()
    users: Sequence[int] = ()

    @property
    def removable(self) -> Sequence[Function]:
        """The definitions that nothing can need once the calls are gone.

        Where nothing calls one, it stands there for other files to import.
        """
        return self.definitions if self.calls and not self.users else ()


def find_written(
    source: Source,
    function: str,
    comment: str,
    definitions: Sequence[Function],
    ours: Sequence[Function],
) -> Written:
    """What this tool wrote.

    A call with this tool's comment is one; a bare one is where the definition is.

    Args:
        source: The script.
        function: The name of the function.
        comment: The tool's comment above each call.
        definitions: All definitions at module level.
        ours: Those that have the tool's text.
    """
    all_ours = bool(ours) and len(ours) == len(definitions)
    inside = {id(inner) for node in ours for inner in ast.walk(node)}
    likely = [
        stmt
        for stmt in statements(source.tree.body)
        if called(stmt) == function and id(stmt) not in inside
        if all_ours or comment_top(source, stmt.lineno, comment)
    ]
    calls: list[ast.stmt] = []
    edited: list[ast.stmt] = []
    for stmt in likely:
        (edited if _has_comment_behind(source, stmt) else calls).append(stmt)
    if source.text.count(function.encode()) == len(ours) + len(calls):
        return Written(ours, calls)  # no more uses of it, nor mentions
    inside.update(id(inner) for stmt in calls for inner in ast.walk(stmt))
    users = [
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id == function
        if id(node) not in inside
    ]
    return Written(ours, calls, edited, [*users, *_exports(source, function)])


def _has_comment_behind(source: Source, stmt: ast.stmt) -> bool:
    """Whether a comment follows a statement in its line; the tool writes none there."""
    rest = source.text[source.end(stmt) : source.starts[source.end_line(stmt)]]
    return rest.lstrip(b" \t\f\r\n\\;").startswith(b"#")


def _exports(source: Source, function: str) -> Iterator[int]:
    """The lines where ``__all__`` names a function for ``from ... import *``."""
    if b"__all__" not in source.text:
        return
    for stmt in module_level(source.tree.body):
        if any(blocks(stmt)):
            continue
        nodes = list(ast.walk(stmt))
        if any(isinstance(node, ast.Name) and node.id == "__all__" for node in nodes):
            for node in nodes:
                if isinstance(node, ast.Constant) and node.value == function:
                    yield node.lineno
