"""What the edits are told about a script: where its trials begin, where calls go."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeVar

from codemod.python.source import Source
from codemod.python.tree import Function

__all__ = ["EntryPoint", "Place", "Scope", "Script", "Step", "ways_in"]

_T = TypeVar("_T")
_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")

Step = tuple[int, str]
"""One step down: the index of a statement in a block, the name of its own block.

The blocks are those of `ast`: ``body``, ``orelse``, ``finalbody``; ``handlers`` and
``cases`` are lists whose items have a ``body`` each, so they take two steps.
"""


class Place(NamedTuple):
    """A gap between two statements of a script.

    Attributes:
        path: The way from the module's body down to the block.
        gap: The number of statements of the block in front of it.
    """

    path: tuple[Step, ...]
    gap: int


class Scope(NamedTuple):
    """Code that runs before or while the trials start.

    Attributes:
        node: The module or function whose own statements it is.
        limit: The 1-based line and 0-based column of the first statement that leads to
            a trial start: a call behind it comes too late. ``None`` where nothing does.
    """

    node: ast.Module | Function
    limit: tuple[int, int] | None


class EntryPoint(NamedTuple):
    """Where the run of a script comes to its trials.

    Attributes:
        name: The function's name, ``__main__`` for that block, ``<module>`` for a
            module's flat code.
        kind: ``"hydra"``, ``"argparse"`` and so on; for reports only.
        node: What a report points at.
        place: Where a call goes.
        scopes: The code that comes before the trials, outermost first. An edit is
            there if its call stands in front of the limit of any of them.
    """

    name: str
    kind: str
    node: Function | ast.If | ast.Module
    place: Place
    scopes: tuple[Scope, ...]

    @property
    def position(self) -> tuple[int, int]:
        """The 1-based line and column of what a report points at."""
        if isinstance(self.node, ast.Module):
            return 1, 1
        return self.node.lineno, self.node.col_offset + 1


class Script:
    """A script that edits look at; it is never changed, only read anew.

    Attributes:
        source: Its text and syntax tree.
        entries: Its entry points, in source order.
    """

    def __init__(self, source: Source, entries: tuple[EntryPoint, ...]) -> None:
        self.source = source
        self.entries = entries
        self._known: dict[Hashable, Any] = {}

    def once(self, question: Hashable, find: Callable[[], _T]) -> _T:
        """The answer to what is asked for each of many entry points, found once."""
        if question not in self._known:
            self._known[question] = find()
        found: _T = self._known[question]
        return found


def ways_in(body: Sequence[ast.stmt]) -> dict[ast.stmt, tuple[Step, ...]]:
    """The ways from a module's body into the bodies of the functions in it."""
    found: dict[ast.stmt, tuple[Step, ...]] = {}
    stack: list[tuple[Sequence[ast.stmt], tuple[Step, ...]]] = [(body, ())]
    while stack:
        block, path = stack.pop()
        for index, stmt in enumerate(block):
            if isinstance(stmt, Function):
                found[stmt] = (*path, (index, "body"))
            elif not isinstance(stmt, ast.ClassDef):
                for name in _BLOCKS:
                    if inner := getattr(stmt, name, None):
                        stack.append((inner, (*path, (index, name))))
    return found
