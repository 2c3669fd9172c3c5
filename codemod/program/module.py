"""A module's units, and what its names mean: its own, and those that it imports."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from codemod.program.bindings import Binding, import_bindings
from codemod.program.libraries import THREAD_POOLS
from codemod.program.units import MODULE, MOST, STRINGS, Targets, Unit, alias_of
from codemod.program.uses import (
    assigned,
    bound_names,
    children,
    registered,
    running,
)
from codemod.python.tree import Function, dotted

if TYPE_CHECKING:
    from codemod.program.project import Located, Project

__all__ = ["DEEPEST", "LONGEST", "Module"]

_BUILTINS = frozenset(dir(builtins))
LONGEST = 12  # parts of a dotted name
DEEPEST = 40  # names that are other names, star imports of star imports
_MOST_MEANT = 30  # units that one name may mean
_MOST_STARS = 100  # modules that all names are taken from


class Module:
    """A module's units, and what its names mean.

    Args:
        path: Its file.
        tree: Its syntax tree.
        project: Finds the modules that it imports.
    """

    def __init__(self, path: str, tree: ast.Module, project: Project) -> None:
        self.path = path
        self.tree = tree
        self.project = project
        self.units: dict[str, list[Unit]] = {}
        self.bindings: dict[str, list[Binding]] = {}
        self.stars: list[Binding] = []
        self.imported: set[str] = set()
        self.registrations: list[tuple[tuple[str, ...], Unit]] = []
        self.added: dict[str, list[tuple[str, ...]]] = {}
        self._resolved: dict[tuple[str, ...], Targets | None] = {}
        self.code = Unit(self, MODULE, "module", list(tree.body), 1)
        self._bind(tree)
        for stmt in running(tree.body):
            self._define(stmt)
        self._register()

    def _bind(self, tree: ast.Module) -> None:
        for binding in import_bindings(tree):
            self.imported.add(binding.module.partition(".")[0])
            if binding.name == "*":
                self.stars.append(binding)
            else:
                self.bindings.setdefault(binding.alias, []).append(binding)
        unique = {(star.module, star.level): star for star in self.stars}
        self.stars = list(unique.values())[-_MOST_STARS:]

    def _define(self, stmt: ast.stmt) -> None:
        if isinstance(stmt, Function):
            unit = self._function(stmt.name, stmt)
            self.units.setdefault(stmt.name, []).append(unit)
        elif isinstance(stmt, ast.ClassDef):
            self.units.setdefault(stmt.name, []).append(self._class(stmt))
        else:
            for target, value in assigned(stmt):
                self._variable(target, value)
            if (found := registered(stmt)) and (name := dotted(found[1])):
                self.added.setdefault(found[0], []).append(tuple(name.split(".")))

    def _function(self, name: str, node: Function, owner: Unit | None = None) -> Unit:
        code = list[ast.AST](node.body)
        unit = Unit(self, name, "function", code, node.lineno, node, owner=owner)
        unit.decorators = node.decorator_list
        return unit

    def _class(self, node: ast.ClassDef) -> Unit:
        body = [stmt for stmt in node.body if not isinstance(stmt, Function)]
        nodes: list[ast.AST] = [*node.bases, *node.keywords, *body]
        unit = Unit(self, node.name, "class", nodes, node.lineno)
        unit.base_count = len(node.bases)
        unit.decorators = node.decorator_list
        for stmt in node.body:
            if isinstance(stmt, Function):
                nodes += stmt.decorator_list
                method = self._function(f"{node.name}.{stmt.name}", stmt, unit)
                unit.methods.setdefault(stmt.name, []).append(method)
        return unit

    def _variable(self, target: ast.expr, value: ast.expr) -> None:
        for name in bound_names(target):
            found = self.units.setdefault(name, [])
            known = [unit for unit in found if unit.kind == "variable"]
            if known:
                known[0].nodes.append(value)
            else:
                found.append(Unit(self, name, "variable", [value], value.lineno))

    def _register(self) -> None:
        """Let what is decorated by ``@app.command()`` run where ``app`` is used."""
        for unit in [unit for units in self.units.values() for unit in units]:
            for decorator in unit.decorators:
                chain = _chain(decorator)
                if not chain:
                    continue
                owners = self.units.get(chain[0], [])[-MOST:]
                for owner in owners:
                    for holder in [owner] if len(chain) > 1 else owner.stores:
                        if holder is not unit:
                            holder.register(unit)
                if not owners:
                    self.registrations.append((chain, unit))

    @cached_property
    def uses_main(self) -> bool:
        """Whether its code mentions ``main``; mostly the last statement does."""
        stack: list[ast.AST] = list(self.tree.body)
        while stack:
            node = stack.pop()
            if isinstance(node, ast.Name):
                if node.id == "main" and isinstance(node.ctx, ast.Load):
                    return True
            else:
                stack += children(node)
        return False

    def values(self, name: str) -> list[ast.AST]:
        """What is assigned to a variable at module level, last."""
        found = self.units.get(name, ())[-MOST:]
        return [n for u in found if u.kind == "variable" for n in u.nodes[-MOST:]]

    @cached_property
    def whole(self) -> Unit:
        """A unit that stands for all that the module defines."""
        whole = Unit(self, "", STRINGS, [], 0)
        for unit in (unit for units in self.units.values() for unit in units):
            whole.register(unit)
        return whole

    @cached_property
    def thread_pools(self) -> list[str]:
        """The thread pools that it imports, as qualified names."""
        bound = [b for bindings in self.bindings.values() for b in bindings]
        names = {f"{b.module}.{b.name}" if b.name else b.module for b in bound}
        return [
            pool
            for pool in sorted(THREAD_POOLS)
            if any(pool == name or pool.startswith(f"{name}.") for name in names)
        ]

    def located(self) -> Iterator[Located]:
        """Where the first-party modules are that it imports."""
        bound = [b for bindings in self.bindings.values() for b in bindings]
        for binding in (*bound, *self.stars):
            name = () if binding.name in (None, "*") else (binding.name or "",)
            parts = (*binding.parts, *name)
            if found := self.project.locate(self.path, binding.level, parts):
                yield found

    def imports(
        self, wanted: Callable[[Located], bool] = lambda located: True
    ) -> Iterator[Module]:
        """The first-party modules that it imports, of those that are wanted."""
        for located in filter(wanted, self.located()):
            if module := self.project.module(located.path):
                yield module

    def resolve(self, chain: tuple[str, ...]) -> Targets:
        """What a dotted name of the module's own scope means."""
        if len(chain) > LONGEST:
            return Targets()  # names that are assigned each other
        if chain in self._resolved:
            return self._resolved[chain] or Targets()  # None: a circle of imports
        if self.project.depth > DEEPEST:
            return Targets()
        self._resolved[chain] = None
        self.project.depth += 1
        found = self._resolved[chain] = self._resolve(chain)
        self.project.depth -= 1
        return found

    def _resolve(self, chain: tuple[str, ...]) -> Targets:
        first, rest = chain[0], chain[1:]
        units, missing = self.units.get(first, [])[-MOST:], False
        externals: list[str] = []
        modules: list[Module] = []
        for unit in tuple(units):
            if unit.kind == "class" and rest:
                units += unit.methods.get(rest[0], ())[-MOST:]
            values = unit.nodes[-MOST:] if unit.kind == "variable" else ()
            for alias in map(alias_of, values):
                if alias and alias[0] != first:
                    more = self.resolve((*alias, *rest))
                    units += more.units
                    externals += more.externals
        bindings = self.bindings.get(first, [])[-MOST:]
        if not units and not bindings and first not in _BUILTINS:
            bindings = [star._replace(name=first) for star in self.stars]
        for binding in bindings:
            found = self._import(binding, rest)
            units += found.units
            externals += found.externals
            modules += found.modules
            missing = missing or found.missing
        # Names that are other names would double with each level.
        return Targets(
            tuple(dict.fromkeys(units))[:_MOST_MEANT],
            tuple(dict.fromkeys(externals))[:_MOST_MEANT],
            missing,
            tuple(modules),
        )

    def _import(self, binding: Binding, rest: tuple[str, ...]) -> Targets:
        name = () if binding.name is None else (binding.name,)
        parts = (*binding.parts, *name, *rest)
        located = self.project.locate(self.path, binding.level, parts)
        if located is None:
            if binding.level:
                return Targets(missing=True)
            return Targets(externals=(".".join(parts),))
        module_found = self.project.module(located.path)
        if module_found is None:
            return Targets(missing=True)
        if not located.rest:
            return Targets(modules=(module_found,))
        return module_found.resolve(located.rest)


def _chain(decorator: ast.expr) -> tuple[str, ...]:
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = dotted(node)
    return tuple(name.split(".")) if name else ()
