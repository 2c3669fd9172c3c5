"""What import statements bind, wherever in a module they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from codemod.python.tree import is_type_checking

__all__ = ["Binding", "bound_by", "import_bindings"]


class Binding(NamedTuple):
    """A name that an import binds.

    Attributes:
        alias: The name.
        module: The imported module, without leading dots.
        level: The number of leading dots.
        name: The name taken from the module, ``*`` for all; ``None`` for ``import m``.
        line: The 1-based line of the import.
    """

    alias: str
    module: str
    level: int
    name: str | None
    line: int

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the module's name."""
        return tuple(part for part in self.module.split(".") if part)


def import_bindings(tree: ast.Module) -> Iterator[Binding]:
    """What all imports of a module bind, those for type checkers left out."""
    stack: list[ast.AST] = list(reversed(tree.body))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from bound_by(node)
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            stack += reversed(node.orelse)
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            for field in ("finalbody", "orelse", "cases", "handlers", "body"):
                inner = getattr(node, field, None)
                if isinstance(inner, list):
                    stack += reversed(inner)


def bound_by(stmt: ast.Import | ast.ImportFrom) -> Iterator[Binding]:
    """What one import statement binds."""
    for alias in stmt.names:
        if isinstance(stmt, ast.ImportFrom):
            name = alias.asname or alias.name
            yield Binding(name, stmt.module or "", stmt.level, alias.name, stmt.lineno)
        elif alias.asname:
            yield Binding(alias.asname, alias.name, 0, None, stmt.lineno)
        else:
            root = alias.name.partition(".")[0]
            yield Binding(root, root, 0, None, stmt.lineno)
