"""Where in a script a call goes, and which code runs around it: the types.

Edits know a script by these alone; how they come about is in entry.py.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.python.tree import Function

__all__ = ["EntryPoint", "Place", "Scope", "Step"]

Step = tuple[int, str]
"""One step down from a block: the index of a statement, the name of its block."""


class Place(NamedTuple):
    """A gap between two statements of a script.

    Attributes:
        path: The way from the module's body down to the block.
        gap: The number of statements of the block in front of it.
    """

    path: tuple[Step, ...]
    gap: int


class Scope(NamedTuple):
    """Code that runs on the way to a trial start.

    Attributes:
        node: The module or function whose own statements they are.
        limit: The 1-based line and 0-based column of the first statement in it that
            leads to a trial start; a call behind it comes too late. ``None`` where
            nothing does.
    """

    node: ast.Module | Function
    limit: tuple[int, int] | None


class EntryPoint(NamedTuple):
    """A function, ``__main__`` block or module whose run starts the trials.

    Attributes:
        name: The function's name, ``__main__`` for that block, ``<module>`` for flat
            code.
        kind: What runs it, such as ``hydra`` or ``argparse``; for reports.
        node: What a report points at.
        place: Where a call goes.
        scopes: The code around the place, outermost first. A script has a call if it
            stands in front of the limit of any of them.
    """

    name: str
    kind: str
    node: Function | ast.If | ast.Module
    place: Place
    scopes: tuple[Scope, ...]
