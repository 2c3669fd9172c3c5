"""What a piece of code uses when it runs: names, attributes, calls, imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from codemod.program.bindings import Binding, bound_by
from codemod.python.tree import Function, blocks, dotted, is_type_checking

__all__ = [
    "Uses",
    "assigned",
    "bound_names",
    "children",
    "kept",
    "parameters",
    "registered",
    "running",
    "uses_of",
]

_ADDERS = frozenset({"add_command", "add_typer"})
_CHECKS = frozenset({"isinstance", "issubclass"})
_SPECIAL = frozenset(
    {
        *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Call),
        *(ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.If),
        *(ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.AsyncFor),
        *(ast.With, ast.AsyncWith, ast.ExceptHandler, ast.arguments),
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
        bound: The variables that it binds.
        values: What is assigned to variables, or put into them.
        shared: The variables that belong to a scope around it.
        given: The attributes that take a variable: ``self.build = build``.
    """

    chains: dict[tuple[str, ...], int]
    attributes: dict[str, int]
    calls: list[ast.Call]
    imports: list[Binding]
    nested: dict[str, Function]
    bound: set[str]
    values: dict[str, list[ast.expr]]
    shared: set[str]
    given: set[str]


def uses_of(nodes: Iterable[ast.AST], methods: bool = True) -> Uses:
    """What code uses when it runs; functions that it defines do not run by that.

    Args:
        nodes: The code.
        methods: Whether the methods of classes in it do.
    """
    uses = Uses({}, {}, [], [], {}, set(), {}, set(), set())
    names = Names(uses, methods)
    for node in nodes:
        names.walk(node)
    return uses


def kept(uses: Uses) -> set[tuple[str, ...]]:
    """The dotted names in what variables are given."""
    values = (value for values in uses.values.values() for value in values)
    names = (dotted(node) for value in values for node in ast.walk(value))
    return {tuple(name.split(".")) for name in names if name}


class Names:
    """Collects what code uses; iterative, since expressions may be nested deeply."""

    def __init__(self, uses: Uses, methods: bool) -> None:
        self._uses = uses
        self._methods = methods

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
        uses = self._uses
        if isinstance(node, ast.Call):
            uses.calls.append(node)
            if isinstance(node.func, ast.Name) and node.func.id in _CHECKS:
                return [node.func, *node.args[:1]]
            return children(node)
        if isinstance(node, Function):
            uses.nested.setdefault(node.name, node)
            if node.decorator_list and self._methods:  # what registers it may run it
                uses.chains.setdefault((node.name,), node.lineno)
            return _header(node)
        if isinstance(node, ast.ClassDef):
            return _class_parts(node, self._methods)
        if isinstance(node, ast.Import | ast.ImportFrom):
            uses.imports.extend(bound_by(node))
            return []
        if isinstance(node, ast.Global | ast.Nonlocal):
            uses.shared.update(node.names)
        elif isinstance(node, ast.arguments):  # of a lambda
            uses.bound.update(parameters(node))
        elif isinstance(node, ast.stmt):
            for target, value in assigned(node):
                if isinstance(target, ast.Attribute) and isinstance(value, ast.Name):
                    uses.given.add(target.attr)
                for name in bound_names(target):
                    uses.values.setdefault(name, []).append(value)
        return _running_parts(node)

    def _name(self, node: ast.Name | ast.Attribute) -> list[ast.AST]:
        """Note a name or an attribute; returns what is left to be walked."""
        parts: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            if isinstance(node.ctx, ast.Store) and not parts:
                self._uses.bound.add(inner.id)
            else:
                chain = (inner.id, *reversed(parts))
                self._uses.chains.setdefault(chain, node.lineno)
            return []
        for part in parts:
            self._uses.attributes.setdefault(part, node.lineno)
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


def parameters(args: ast.arguments) -> list[str]:
    """The names of all parameters."""
    named = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    return [arg.arg for arg in named if arg]


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
