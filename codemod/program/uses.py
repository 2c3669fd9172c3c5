"""What a piece of code uses when it runs: names, attributes, calls, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from codemod.program.bindings import Binding, bound_by, is_type_checking
from codemod.python.tree import Function, blocks

__all__ = [
    "Uses",
    "assigned",
    "bound_names",
    "local_variables",
    "registered",
    "running",
    "uses_of",
]

_ADDERS = frozenset({"add_command", "add_typer"})
_CHECKS = frozenset({"isinstance", "issubclass"})
_SPECIAL = frozenset(
    {
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Call),
        *(ast.Import, ast.ImportFrom, ast.If, ast.AnnAssign),
        *(ast.ExceptHandler, ast.arguments),
    }
)
# Fields that hold no code: names, numbers, operators.
_PLAIN = frozenset(
    {
        *("arg", "attr", "ctx", "id", "identifier", "is_async", "kind", "level", "op"),
        *("module", "name", "ops", "rest", "simple", "tag", "type_comment", "names"),
        *("conversion", "annotation", "returns", "type_params"),
    }
)


_FIELDS: dict[type[ast.AST], list[str]] = {}


class Uses(NamedTuple):
    """What a piece of code uses.

    Attributes:
        chains: Dotted names, each with the line of its first use.
        attributes: Attributes of objects that are no such name, with their lines.
        calls: The calls, in source order.
        imports: What its own import statements bind.
        nested: The functions that it defines, by name.
    """

    chains: dict[tuple[str, ...], int]
    attributes: dict[str, int]
    calls: list[ast.Call]
    imports: list[Binding]
    nested: dict[str, Function]


def uses_of(nodes: Iterable[ast.AST], methods: bool = True) -> Uses:
    """What code uses when it runs; functions that it defines do not run by that.

    Args:
        nodes: The code.
        methods: Whether the methods of classes in it do.
    """
    names = Names(methods)
    for node in nodes:
        names.walk(node)
    return Uses(
        names.chains, names.attributes, names.calls, names.imports, names.nested
    )


class Names:
    """Collects what code uses; iterative, since expressions may be nested deeply."""

    def __init__(self, methods: bool) -> None:
        self._methods = methods
        self.chains: dict[tuple[str, ...], int] = {}
        self.attributes: dict[str, int] = {}
        self.calls: list[ast.Call] = []
        self.imports: list[Binding] = []
        self.nested: dict[str, Function] = {}

    def walk(self, root: ast.AST) -> None:
        """Add what runs when ``root`` does."""
        stack: list[ast.AST] = [root]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind in (ast.Name, ast.Attribute):
                stack += self._name(node)  # type: ignore[arg-type]
            elif kind in _SPECIAL:
                stack += reversed(self._parts(node))
            else:
                stack += reversed(children(node))

    def _parts(self, node: ast.AST) -> list[ast.AST]:
        """Note a call, an import or a definition; returns what of it runs."""
        if isinstance(node, ast.Call):
            self.calls.append(node)
            if isinstance(node.func, ast.Name) and node.func.id in _CHECKS:
                return [node.func, *node.args[:1]]
            return children(node)
        if isinstance(node, Function):
            self.nested.setdefault(node.name, node)
            if node.decorator_list and self._methods:  # what registers it may run it
                self.chains.setdefault((node.name,), node.lineno)
            return _header(node)
        if isinstance(node, ast.ClassDef):
            return _class_parts(node, self._methods)
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports += bound_by(node)
            return []
        return _running_parts(node)

    def _name(self, node: ast.Name | ast.Attribute) -> list[ast.AST]:
        """Note a name or an attribute; returns what is left to be walked."""
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            if not isinstance(node.ctx, ast.Store) or parts:
                chain = (inner.id, *reversed(parts))
                self.chains.setdefault(chain, node.lineno)
            return []
        for part in parts:
            self.attributes.setdefault(part, node.lineno)
        return [inner]


def _header(node: Function) -> list[ast.AST]:
    """What of a function runs where it is defined: decorators and defaults."""
    defaults = [*node.args.defaults, *(d for d in node.args.kw_defaults if d)]
    return [*node.decorator_list, *defaults]


def _running_parts(node: ast.AST) -> list[ast.AST]:
    """The children of a node that run; no annotations and no type checks."""
    if isinstance(node, ast.If) and is_type_checking(node.test):
        return list(node.orelse)
    if isinstance(node, ast.AnnAssign):
        return [part for part in (node.target, node.value) if part]
    if isinstance(node, ast.ExceptHandler):
        return list(node.body)
    if isinstance(node, ast.arguments):
        return [*node.defaults, *(d for d in node.kw_defaults if d)]
    return children(node)


def children(node: ast.AST) -> list[ast.AST]:
    """The child nodes in source order, operators and constants left out.

    They are most of a tree; without them it takes a third of the time that
    `ast.iter_child_nodes` does.
    """
    found: list[ast.AST] = []
    kind = type(node)
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = [f for f in kind._fields if f not in _PLAIN]
    for field in fields:
        value = getattr(node, field, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST) and not isinstance(value, ast.Constant):
            found.append(value)
    return found


def _class_parts(node: ast.ClassDef, methods: bool) -> list[ast.AST]:
    parts: list[ast.AST] = [*node.decorator_list, *node.bases, *node.keywords]
    for stmt in node.body:
        if not isinstance(stmt, Function):
            parts.append(stmt)
        elif methods:
            parts += [*_header(stmt), *stmt.body]
        else:
            parts += _header(stmt)
    return parts


def running(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at module level that run, those in blocks included."""
    stack = list(reversed(body))
    while stack:
        stmt = stack.pop()
        yield stmt
        if isinstance(stmt, Function | ast.ClassDef):
            continue
        if isinstance(stmt, ast.If) and is_type_checking(stmt.test):
            stack += reversed(stmt.orelse)
            continue
        for block in reversed(list(blocks(stmt))):
            stack += reversed(block)


def assigned(stmt: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of a statement, each with its value."""
    if isinstance(stmt, ast.Assign):
        for target in stmt.targets:
            yield target, stmt.value
    elif isinstance(stmt, ast.AnnAssign | ast.AugAssign) and stmt.value:
        yield stmt.target, stmt.value
    elif isinstance(stmt, ast.For | ast.AsyncFor):
        yield stmt.target, stmt.iter
    elif isinstance(stmt, ast.With | ast.AsyncWith):
        for item in stmt.items:
            if item.optional_vars:
                yield item.optional_vars, item.context_expr


def bound_names(target: ast.expr) -> Iterator[str]:
    """The variables that an assignment binds or fills: ``a``, ``a[0]``, ``a, b``."""
    stack = [target]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Tuple | ast.List):
            stack += node.elts
        elif isinstance(node, ast.Subscript | ast.Starred):
            stack.append(node.value)


def registered(stmt: ast.stmt) -> tuple[str, ast.expr] | None:
    """The group and the command of ``cli.add_command(tune)``, which runs nothing."""
    call = stmt.value if isinstance(stmt, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return None
    owner = call.func.value
    if call.func.attr not in _ADDERS or not isinstance(owner, ast.Name):
        return None
    return (owner.id, call.args[0]) if call.args else None


def local_variables(function: Function) -> dict[str, list[ast.expr]]:
    """The variables of a function, parameters included, with their values."""
    args = function.args
    named = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    own = {arg.arg for arg in named if arg}
    found: dict[str, list[ast.expr]] = {}
    shared: set[str] = set()
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Global | ast.Nonlocal):
            shared.update(node.names)
        elif isinstance(node, Function):
            continue
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                own.add(node.id)
        elif isinstance(node, ast.arg):  # of a lambda
            own.add(node.arg)
        else:
            if isinstance(node, ast.stmt):
                for target, value in assigned(node):
                    for name in bound_names(target):
                        found.setdefault(name, []).append(value)
            stack += children(node)
    return {name: found.get(name, []) for name in own - shared}
