"""Whether a call can stand at a place, and whether its name is bound there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.edits.removal import shares_line
from codemod.program.place import Place
from codemod.python.source import Source
from codemod.python.tree import (
    Function,
    blocks,
    dotted,
    first_line,
    is_docstring,
    module_level,
    own_nodes,
    statements_at,
)

__all__ = [
    "Position",
    "binds",
    "function_around",
    "is_bound",
    "obstacle",
    "position_in",
]

Position = tuple[int, int]
"""A 1-based line and a 0-based column, as in `ast`."""
_LEAVES = frozenset({"sys.exit", "exit", "quit", "os._exit"})


def is_bound(body: Sequence[ast.stmt], name: str, until: Position | None) -> bool:
    """Whether statements bind a name on every way to a place among them.

    Args:
        body: A module's or a function's body.
        name: The name.
        until: The 1-based line and 0-based column of the place; ``None`` where all of
            the body runs first.
    """
    for stmt in body:
        if until and (first_line(stmt), 0) >= (until[0], 0):
            return False
        if until and _end(stmt) > until:
            inner = [b for b in blocks(stmt) if _start(b) <= until <= _end(b[-1])]
            return any(is_bound(block, name, until) for block in inner)
        if _always_binds(stmt, name):
            return True
    return False


def _start(block: Sequence[ast.stmt]) -> Position:
    return first_line(block[0]), 0


def _end(stmt: ast.stmt) -> Position:
    return stmt.end_lineno or stmt.lineno, stmt.end_col_offset or 0


def _always_binds(stmt: ast.stmt, name: str) -> bool:
    if binds(stmt, name):
        return True
    if isinstance(stmt, ast.With | ast.AsyncWith):
        return _any_binds(stmt.body, name)
    if isinstance(stmt, ast.If):
        if (dotted(stmt.test) or "").rpartition(".")[2] == "TYPE_CHECKING":
            return _any_binds(stmt.orelse, name)
        return all(_binds_or_leaves(block, name) for block in (stmt.body, stmt.orelse))
    if type(stmt).__name__ in ("Try", "TryStar"):  # TryStar is new in 3.11
        assert isinstance(stmt, ast.Try)
        if _any_binds(stmt.finalbody, name):
            return True
        handled = all(_binds_or_leaves(h.body, name) for h in stmt.handlers)
        return handled and _any_binds([*stmt.body, *stmt.orelse], name)
    return False


def _any_binds(block: Sequence[ast.stmt], name: str) -> bool:
    return any(_always_binds(stmt, name) for stmt in block)


def _binds_or_leaves(block: Sequence[ast.stmt], name: str) -> bool:
    return _any_binds(block, name) or any(map(_leaves, block))


def _leaves(stmt: ast.stmt) -> bool:
    """Whether what follows a statement does not run."""
    if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
        return dotted(stmt.value.func) in _LEAVES
    return isinstance(stmt, ast.Raise | ast.Return)


def binds(stmt: ast.stmt, name: str) -> bool:
    """Whether a simple statement or a definition binds a name."""
    if isinstance(stmt, Function | ast.ClassDef):
        return stmt.name == name
    if isinstance(stmt, ast.Import | ast.ImportFrom):
        return any((alias.asname or alias.name) == name for alias in stmt.names)
    if isinstance(stmt, ast.Assign):
        return any(isinstance(t, ast.Name) and t.id == name for t in stmt.targets)
    if isinstance(stmt, ast.AnnAssign) and stmt.value:
        return isinstance(stmt.target, ast.Name) and stmt.target.id == name
    return False


def obstacle(source: Source, place: Place, name: str) -> str:
    """Why no call of a module's function can be put at a place, if so.

    Args:
        source: The script.
        place: The place.
        name: The name of the function.

    Returns:
        The reason, for a message; nothing where the call can stand there.
    """
    block = statements_at(source.tree, place.path)
    start = source.starts[block[0].lineno - 1]
    if source.text[start : source.start(block[0])].strip():
        return "its body stands on the line of its header; give it lines of its own"
    first = place.gap
    while 0 < first < len(block) and shares_line(source, *block[first - 1 : first + 1]):
        first -= 1
    if any(map(_must_stay_first, block[first : place.gap])):
        return f"give what follows in line {block[first].lineno} a line of its own"
    function = function_around(source.tree, place)
    if function is None or name.encode() not in source.text:
        return ""
    return _clash(function, name, position_in(block, place.gap))


def function_around(tree: ast.Module, place: Place) -> Function | None:
    """The innermost function that a place is in."""
    found = None
    for depth, (index, _) in enumerate(place.path):
        owner = statements_at(tree, place.path[:depth])[index]
        if isinstance(owner, Function):
            found = owner
    return found


def position_in(block: list[ast.stmt], gap: int) -> Position:
    """Where a gap between statements is: a 1-based line and a 0-based column."""
    if gap < len(block):
        return first_line(block[gap]), 0
    last = block[-1]
    return last.end_lineno or last.lineno, last.end_col_offset or 0


def _must_stay_first(stmt: ast.stmt) -> bool:
    future = isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"
    return future or is_docstring(stmt)


def _clash(function: Function, name: str, until: Position) -> str:
    """What a name is in a function, where a call by it would not be the module's."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [a for a in (arguments.vararg, arguments.kwarg) if a]
    if any(argument.arg == name for argument in named):
        return "it has a parameter of that name"
    if any(_declares(stmt, name) for stmt in module_level(function.body)):
        return "it declares that name global or nonlocal"
    local = any(name in _stored(stmt) for stmt in function.body)
    if local and not is_bound(function.body, name, until):
        return "it binds that name itself, behind the call's place"
    return ""


def _declares(stmt: ast.stmt, name: str) -> bool:
    return isinstance(stmt, ast.Global | ast.Nonlocal) and name in stmt.names


def _stored(root: ast.stmt) -> set[str]:
    """The names that a statement of a function makes local."""
    found = set(_names(root))
    for stmt in module_level([root]):
        if isinstance(stmt, Function | ast.ClassDef):
            found.add(stmt.name)
        elif isinstance(stmt, ast.Import | ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in stmt.names)
    return found


def _names(root: ast.stmt) -> Iterator[str]:
    for node in own_nodes(root):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
            yield node.name or ""
