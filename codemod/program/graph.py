"""Who leads to whom: each question is answered for all nodes by one walk."""

from __future__ import annotations

from collections.abc import Iterable

from codemod.program.units import Unit

__all__ = ["Edges", "Node", "closure", "users_of"]

Node = Unit | str
"""A unit, or the name of an attribute that stands between its users and methods."""
Edges = dict[Node, set[Node]]


def closure(found: Iterable[Node], edges: Edges) -> set[Node]:
    """What some nodes lead to, themselves included."""
    seen = set(found)
    stack = list(seen)
    while stack:
        more = edges.get(stack.pop(), set()) - seen
        seen |= more
        stack += more
    return seen


def users_of(edges: Edges) -> Edges:
    """The same edges, the other way round."""
    users: Edges = {}
    for user, targets in edges.items():
        for target in targets:
            users.setdefault(target, set()).add(user)
    return users
