"""Finding again what was inserted before, by whatever hand, however formatted."""

from __future__ import annotations

import ast
import copy
from bisect import bisect_left
from functools import cache

from codemod.program.place import EntryPoint, Scope, Script
from codemod.python.tree import Function, last_name, own_nodes

__all__ = ["calls_of", "mentions", "same_text"]

_MOST = 8  # calls in front of the same trials, the first ones


def calls_of(
    function: str, script: Script, entry: EntryPoint
) -> list[tuple[Scope, ast.Call]]:
    """The first calls of a function in front of trials, by name or as an attribute."""
    found = []
    for scope in entry.scopes:
        calls = _calls_in(script, scope.node, function)
        end = bisect_left(calls, scope.limit, key=_position) if scope.limit else None
        found += [(scope, call) for call in calls[:end][:_MOST]]
    return found


def _calls_in(
    script: Script, node: ast.Module | Function, function: str
) -> list[ast.Call]:
    """The calls of a function in code of its own, in source order."""

    def find() -> list[ast.Call]:
        nodes = (inner for stmt in node.body for inner in own_nodes(stmt))
        calls = (inner for inner in nodes if isinstance(inner, ast.Call))
        named = (call for call in calls if last_name(call.func) == function)
        return sorted(named, key=_position)

    if not mentions(script, function):
        return []
    return script.once(("calls", node, function), find)


def mentions(script: Script, name: str) -> bool:
    """Whether a script's text has a name."""
    return script.once(("mentions", name), lambda: name.encode() in script.source.text)


def _position(call: ast.Call) -> tuple[int, int]:
    return call.lineno, call.col_offset


def same_text(definition: Function, text: str) -> bool:
    """Whether a definition is the one of a text, however it is formatted.

    Docstrings may be wrapped otherwise, and what one statement imports may be split.
    """
    try:
        return _unformatted(definition) == _unformatted_text(text)
    except RecursionError:
        return False


@cache
def _unformatted_text(text: str) -> str:
    return _unformatted(ast.parse(text).body[0])


def _unformatted(definition: ast.stmt) -> str:
    tree = copy.deepcopy(definition)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = " ".join(node.value.split())
        if isinstance(node, ast.With | ast.Try):
            node.body = _joined_imports(node.body)
    return ast.dump(tree)


def _joined_imports(body: list[ast.stmt]) -> list[ast.stmt]:
    """A block that only imports from one module, as one sorted import."""
    imports = [stmt for stmt in body if isinstance(stmt, ast.ImportFrom)]
    modules = {(stmt.module, stmt.level) for stmt in imports}
    if len(imports) < len(body) or len(modules) != 1:
        return body
    aliases = [alias for stmt in imports for alias in stmt.names]
    aliases.sort(key=lambda alias: (alias.name, alias.asname or ""))
    ((module, level),) = modules
    return [ast.ImportFrom(module, aliases, level)]
