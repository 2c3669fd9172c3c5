"""Whether a call can stand at a place, and whether its name is bound there."""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from codemod.edits.recognition import mentions
from codemod.edits.removal import shares_line
from codemod.program.place import Place, Script
from codemod.python.source import Source
from codemod.python.tree import (
    Function,
    blocks,
    first_line,
    is_docstring,
    module_level,
    statements_at,
)

__all__ = [
    "first_of_line",
    "function_around",
    "has_own",
    "index_of",
    "is_bound",
    "is_future",
    "is_held",
    "line_of",
    "obstacle",
]


def is_bound(
    script: Script, body: Sequence[ast.stmt], name: str, until: int | None
) -> bool:
    """Whether statements bind a name on every way to a place among them.

    What else binds it, such as a loop, is not seen: it only gets another definition.

    Args:
        script: The script.
        body: A module's or a function's body, or a block in one.
        name: The name.
        until: The 1-based line in front of which the place is; ``None`` where all of
            the body runs first.
    """
    if not mentions(script, name):
        return False
    binding = script.once(("binding", id(body), name), lambda: _binding(body, name))
    last = index_of(script, body, until - 1) if until else len(body)
    if not until or binding < last:
        return binding < last
    if last < 0 or _last_line(body[last]) < until:
        return binding == last
    inner = (b for b in blocks(body[last]) if first_line(b[0]) < until)
    above = [b for b in inner if _last_line(b[-1]) + 1 >= until]
    return any(is_bound(script, block, name, until) for block in above)


def index_of(script: Script, body: Sequence[ast.stmt], line: int) -> int:
    """The index of the statement that a 1-based line is in, or comes behind."""
    lines = script.once(("lines", id(body)), lambda: list(map(first_line, body)))
    return bisect_right(lines, line) - 1


def _binding(body: Sequence[ast.stmt], name: str) -> int:
    """The index of the first statement that binds a name; else how many there are."""
    found = (index for index, stmt in enumerate(body) if _binds(stmt, name))
    return next(found, len(body))


def _last_line(stmt: ast.stmt) -> int:
    return stmt.end_lineno or stmt.lineno


def _binds(stmt: ast.stmt, name: str) -> bool:
    """Whether a statement binds a name, whatever way it goes."""
    ways: list[list[ast.stmt]] = []
    if isinstance(stmt, ast.If):
        ways = [stmt.body, stmt.orelse]
    elif isinstance(stmt, ast.Try):
        handled = [handler.body for handler in stmt.handlers]
        ways = [[*stmt.body, *stmt.orelse], *handled]
    if ways:
        return all(any(_binds(inner, name) for inner in way) for way in ways)
    if isinstance(stmt, ast.Global | ast.Nonlocal):
        return False  # whose a name is says nothing about what it is bound to
    nodes = [stmt, *getattr(stmt, "names", ()), *getattr(stmt, "targets", ())]
    return any(name in _own_names(node) for node in nodes)


def obstacle(script: Script, place: Place, name: str, limit: int | None) -> str:
    """Why no call of a module's function can be put at a place, if so.

    Args:
        script: The script.
        place: The place.
        name: The name of the function.
        limit: The line up to which the module has run when a function is entered.

    Returns:
        The reason, for a message; nothing where the call can stand there.
    """
    source = script.source
    block = statements_at(source.tree, place.path)
    start = source.starts[block[0].lineno - 1]
    if source.text[start : source.start(block[0])].strip():
        return "its body stands on the line of its header; give it lines of its own"
    if is_held(source, block, place.gap):
        return f"give what follows in line {block[place.gap].lineno} a line of its own"
    line = line_of(block, place.gap)
    function = function_around(source.tree, place)
    if function is None:
        return _flaw(script, source.tree.body, name, line)
    if not has_own(script, function, name):
        return _flaw(script, source.tree.body, name, limit)
    if not is_bound(script, function.body, name, line):
        return f"{name} is a parameter, a local or a global of its own there; rename it"
    return _flaw(script, function.body, name, line)


def _flaw(
    script: Script, body: Sequence[ast.stmt], name: str, until: int | None
) -> str:
    """Why what a body binds a name to cannot be called in front of a line, if so.

    Args:
        script: The script.
        body: A module's or a function's.
        name: The name.
        until: The 1-based line; ``None`` where all of the body runs first.
    """
    if not mentions(script, name):
        return ""
    marks = script.once(("marks", id(body), name), lambda: _marks(body, name))
    found = marks[: bisect_left(marks, (until,))] if until else marks
    line, flaw = found[-1] if found else (0, "")
    if not flaw:
        return ""
    advice = "rename it, or make it callable without arguments"
    return f"{name} {flaw} in line {line}; {advice}"


def _marks(body: Sequence[ast.stmt], name: str) -> list[tuple[int, str]]:
    """The lines that bind a name on every way, or to what cannot be called; and why."""
    marks = []
    for stmt in body:
        flaws = [
            (inner.lineno, flaw)
            for inner in module_level([stmt])
            if (flaw := _flaw_of(inner, name))
        ]
        if not flaws and _binds(stmt, name):
            flaws = [(stmt.lineno, "")]
        marks += flaws
    return marks


def _flaw_of(stmt: ast.stmt, name: str) -> str:
    """Why a statement does not leave a name that can be called without arguments.

    Nothing where it does, where nobody can tell, and where it binds something else.
    """
    if isinstance(stmt, Function):
        if stmt.name != name:
            return ""
        if isinstance(stmt, ast.AsyncFunctionDef):
            return "is async"
        return "needs arguments" if _needs_arguments(stmt.args) else ""
    single = [stmt.target] if isinstance(stmt, ast.AnnAssign) else []
    targets: list[ast.expr] = getattr(stmt, "targets", single)
    if not any(isinstance(node, ast.Name) and node.id == name for node in targets):
        return ""
    if isinstance(stmt, ast.Delete):
        return "is deleted"
    is_constant = isinstance(getattr(stmt, "value", None), ast.Constant)
    return "is no function" if is_constant else ""


def _needs_arguments(parameters: ast.arguments) -> bool:
    """Whether a function has parameters without defaults."""
    positional = len(parameters.posonlyargs) + len(parameters.args)
    return positional > len(parameters.defaults) or None in parameters.kw_defaults


def function_around(tree: ast.Module, place: Place) -> Function | None:
    """The innermost function that a place is in."""
    found = None
    for depth, (index, _) in enumerate(place.path):
        owner = statements_at(tree, place.path[:depth])[index]
        if isinstance(owner, Function):
            found = owner
    return found


def line_of(block: list[ast.stmt], gap: int) -> int:
    """The 1-based line that follows a gap between statements."""
    return first_line(block[gap]) if gap < len(block) else _last_line(block[-1]) + 1


def first_of_line(source: Source, block: list[ast.stmt], gap: int) -> int:
    """The gap in front of all that shares the line of what is behind a gap."""
    while 0 < gap < len(block) and shares_line(source, *block[gap - 1 : gap + 1]):
        gap -= 1
    return gap


def is_held(source: Source, block: list[ast.stmt], gap: int) -> bool:
    """Whether nothing can go in front of the line of what is behind a gap."""
    above = block[first_of_line(source, block, gap) : gap]
    return any(is_future(stmt) or is_docstring(stmt) for stmt in above)


def is_future(stmt: ast.stmt) -> bool:
    """Whether a statement is a ``from __future__ import``."""
    return isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"


def has_own(script: Script, function: Function, name: str) -> bool:
    """Whether a name is more than the module's in a function, or in one inside it."""
    return mentions(script, name) and script.once(
        ("own", function, name),
        lambda: any(name in _own_names(node) for node in ast.walk(function)),
    )


def _own_names(node: ast.AST) -> list[str]:
    """The names that a node makes local, or declares."""
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [node.asname or node.name]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return node.names
    return [getattr(node, "name", None) or ""]  # definitions, handlers, patterns
