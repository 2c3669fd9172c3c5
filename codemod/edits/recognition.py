"""Finding again what was inserted before, by whatever hand, however formatted."""

from __future__ import annotations

import ast
import copy
from functools import cache

from codemod.program.place import EntryPoint, Scope, Script
from codemod.python.tree import Function, last_name, own_nodes

__all__ = ["calls_of", "same_text"]


def calls_of(
    function: str, script: Script, entry: EntryPoint
) -> list[tuple[Scope, ast.Call]]:
    """The calls of a function in front of the trials, by name or as an attribute."""
    if function.encode() not in script.source.text:
        return []
    return [
        (scope, node)
        for scope in entry.scopes
        for stmt in scope.node.body
        for node in own_nodes(stmt)
        if isinstance(node, ast.Call) and last_name(node.func) == function
        if not scope.limit or (node.lineno, node.col_offset) < scope.limit
    ]


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
