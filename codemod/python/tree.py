"""Questions about a syntax tree: scopes, names, calls, places."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

__all__ = [
    "Function",
    "Spot",
    "blocks",
    "called",
    "dotted",
    "first_line",
    "is_docstring",
    "is_main_block",
    "is_type_checking",
    "last_name",
    "lazily",
    "module_level",
    "own_nodes",
    "spots",
    "statements",
    "statements_at",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
# Most statements of a script have no blocks: not to look for any halves the time.
_SIMPLE = (ast.Expr, ast.Assign, ast.Return, ast.AugAssign, ast.AnnAssign)


def blocks(stmt: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statement lists of a compound statement, in source order."""
    clauses = (*getattr(stmt, "handlers", ()), *getattr(stmt, "cases", ()))
    for clause in (stmt, *clauses):
        if block := getattr(clause, "body", None):
            yield block
    for field in ("orelse", "finalbody"):
        if block := getattr(stmt, field, None):
            yield block


def statements(body: Sequence[ast.stmt], scopes: bool = True) -> Iterator[ast.stmt]:
    """All statements in source order, nested ones included.

    Args:
        body: Where to start.
        scopes: Whether functions and classes are entered.
    """
    stack = list(reversed(body))
    while stack:
        stmt = stack.pop()
        yield stmt
        if isinstance(stmt, _SIMPLE):
            continue
        if scopes or not isinstance(stmt, _SCOPES):
            for block in reversed(list(blocks(stmt))):
                stack.extend(reversed(block))


class Spot(NamedTuple):
    """A statement among its neighbours."""

    owner: ast.AST
    block: Sequence[ast.stmt]
    position: int

    @property
    def stmt(self) -> ast.stmt:
        """The statement itself."""
        return self.block[self.position]

    @property
    def before(self) -> ast.stmt | None:
        """The statement before it in its block."""
        return self.block[self.position - 1] if self.position else None

    @property
    def after(self) -> ast.stmt | None:
        """The statement behind it in its block."""
        following = self.block[self.position + 1 :]
        return following[0] if following else None


def spots(tree: ast.Module) -> Iterator[Spot]:
    """Every statement of a module with its neighbours, in no order."""
    waiting: list[tuple[ast.AST, list[ast.stmt]]] = [(tree, tree.body)]
    while waiting:
        owner, block = waiting.pop()
        for position, stmt in enumerate(block):
            yield Spot(owner, block, position)
            waiting += [(stmt, nested) for nested in blocks(stmt)]


def module_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when the module does, those in blocks included."""
    return statements(body, scopes=False)


def own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when ``root`` does: functions and classes are left out.

    Iterative, because expressions may be nested deeper than Python's stack.
    """
    stack = [] if isinstance(root, _SCOPES) else [root]
    while stack:
        node = stack.pop()
        yield node
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, _SCOPES):
                stack.append(child)


def lazily(root: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree in source order, at the cost of those that are taken."""
    stack = [iter([root])]
    while stack:
        node = next(stack[-1], None)
        if node is None:
            stack.pop()
        else:
            yield node
            stack.append(ast.iter_child_nodes(node))


def dotted(node: ast.AST) -> str | None:
    """``a.b.c`` for a chain of attributes on a name, else ``None``."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


def called(stmt: ast.stmt) -> str:
    """``a.b.c`` for a statement that is a call of it, nothing for others."""
    if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
        return dotted(stmt.value.func) or ""
    return ""


def last_name(node: ast.expr) -> str:
    """``c`` for ``a.b.c``, also where ``a`` is no name; nothing for other nodes."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def first_line(stmt: ast.stmt) -> int:
    """The 1-based line that a statement starts on, decorators counted in."""
    decorators: list[ast.expr] = getattr(stmt, "decorator_list", [])
    return min([stmt.lineno, *(node.lineno for node in decorators)])


def statements_at(tree: ast.Module, path: Sequence[tuple[int, str]]) -> list[ast.stmt]:
    """The block that is reached from a module's body by steps down.

    Args:
        tree: The module.
        path: For each step the index of a statement and the name of its block.
    """
    block = tree.body
    for index, name in path:
        block = getattr(block[index], name)
    return block


def is_docstring(stmt: ast.stmt) -> bool:
    """Whether a statement is a plain string; f-strings and bytes are none."""
    return (
        isinstance(stmt, ast.Expr)
        and isinstance(stmt.value, ast.Constant)
        and isinstance(stmt.value.value, str)
    )


def is_type_checking(test: ast.expr) -> bool:
    """Whether a condition is ``TYPE_CHECKING``, which is false when a script runs."""
    return (dotted(test) or "").rpartition(".")[2] == "TYPE_CHECKING"


def is_main_block(stmt: ast.stmt) -> bool:
    """Whether a statement is ``if __name__ == "__main__":``, either way round.

    ``in {"__main__", "__mp_main__"}`` and ``and`` with something else count as well.
    """
    if not isinstance(stmt, ast.If):
        return False
    test = stmt.test
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(map(_is_main_test, test.values))
    return _is_main_test(test)


def _is_main_test(test: ast.expr) -> bool:
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    sides = [test.left, test.comparators[0]]
    if isinstance(test.ops[0], ast.In):
        if isinstance(sides[1], ast.Tuple | ast.List | ast.Set):
            sides[1:] = [e for e in sides[1].elts if _value(e) == "__main__"]
    elif not isinstance(test.ops[0], ast.Eq):
        return False
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    return names == ["__name__"] and "__main__" in map(_value, sides)


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None
