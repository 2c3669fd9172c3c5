"""Units of code that run together, and the names that each of them uses.

A unit is the module's own code, a function, a method, a class body, or the values of a
module-level variable. Which units run when a script does is for reach.py to say.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from codemod.program.libraries import RUNNERS
from codemod.program.uses import Uses, bound_names, kept, parameters, uses_of
from codemod.python.tree import Function, dotted

if TYPE_CHECKING:
    from codemod.program.module import Module

__all__ = [
    "LOCAL",
    "LOOPS",
    "MODULE",
    "MOST",
    "STRINGS",
    "Links",
    "Targets",
    "Unit",
    "Uses",
    "alias_of",
    "methods_of",
    "uses_of",
]

MODULE = "<module>"
LOCAL = "local"
"""The kind of a unit that is a variable of a function; see `Unit.variable`."""
STRINGS = "strings"
"""The kind of a unit that stands for all that a string may name; see dynamic.py."""
MOST = 8  # definitions of one name, the last ones; more are nobody's
_MOST_BASES = 40  # of one class, those of bases included
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.GeneratorExp)


class Targets(NamedTuple):
    """What a name may mean.

    Attributes:
        units: Units of first-party modules.
        externals: Qualified names of other packages.
        missing: Whether it comes from a first-party module that is not there.
        modules: First-party modules, where it names a module as a whole.
    """

    units: tuple[Unit, ...] = ()
    externals: tuple[str, ...] = ()
    missing: bool = False
    modules: tuple[Module, ...] = ()


class Links(NamedTuple):
    """What a piece of code leads to by names, each with the line of its first use.

    Attributes:
        units: Units of first-party modules.
        externals: Qualified names of other packages.
        attributes: Attributes of objects, which may be methods of reached classes.
    """

    units: dict[Unit, int]
    externals: dict[str, int]
    attributes: dict[str, int]


class Unit:
    """Code that runs together.

    Attributes:
        module: The module that it is part of.
        name: Its name in the module, such as ``main`` or ``Objective.__call__``.
        kind: ``"module"``, ``"function"``, ``"class"``, ``"variable"``; ``LOCAL``;
            ``STRINGS``.
        nodes: The statements or expressions.
        line: The 1-based line where it starts.
        function: The node of a function.
        outer: The function around a nested function.
        owner: The class of a method.
        methods: The methods of a class.
        decorators: The decorators of a function or class.
    """

    def __init__(
        self,
        module: Module,
        name: str,
        kind: str,
        nodes: list[ast.AST],
        line: int,
        function: Function | None = None,
        outer: Unit | None = None,
        owner: Unit | None = None,
    ) -> None:
        self.module = module
        self.name = name
        self.kind = kind
        self.nodes = nodes
        self.line = line
        self.function = function
        self.outer = outer
        self.owner = owner
        self.methods: dict[str, list[Unit]] = {}
        self._registered: list[Unit] = []
        self.decorators: list[ast.expr] = []
        self.base_count = 0
        self.starts: list[Any] | None = None  # see starts.py
        self.facts: Any = None  # see facts.py
        self._nested: dict[str, Unit] = {}
        self._variables: dict[str, Unit] = {}
        self.makers: dict[str, frozenset[str]] = {}  # see starts.py
        self.loaded: dict[str, bool] = {}  # likewise

    @cached_property
    def uses(self) -> Uses:
        """What the unit uses; worked out once."""
        return self.uses_in(self.nodes)

    def uses_in(self, nodes: Iterable[ast.AST]) -> Uses:
        """What a piece of the unit's code uses when it runs.

        The methods of a class in a function count with the function.
        """
        return uses_of(nodes, self.kind != "module")

    def register(self, unit: Unit) -> None:
        """Note what a decorator of this unit's, such as ``@app.command()``, takes."""
        self._registered.append(unit)

    @cached_property
    def stores(self) -> list[Unit]:
        """The module-level variables that a function fills: ``MODELS[name] = it``."""
        if self.function is None:
            return []
        filled = dict.fromkeys(
            name
            for node in ast.walk(self.function)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Subscript)
            for name in bound_names(target)
        )
        found = [unit for name in filled for unit in self.module.units.get(name, ())]
        return [unit for unit in found if unit.kind == "variable"][-MOST:]

    @property
    def registered(self) -> list[Unit]:
        """What runs where this unit is used: what its decorators and groups take."""
        if self.kind not in ("function", "variable") or self.owner or self.outer:
            return self._registered
        is_last = self.module.units[self.name][-1] is self
        added = self.module.added.get(self.name, ()) if is_last else ()
        found = [unit for chain in added for unit in self.module.resolve(chain).units]
        return [*self._registered, *found]

    @cached_property
    def locals(self) -> dict[str, list[ast.expr]]:
        """The variables of a function, each with what is assigned to it."""
        if self.function is None:
            return {}
        uses = self.uses
        own = uses.bound.union(parameters(self.function.args)) - uses.shared
        return {name: uses.values.get(name, []) for name in own}

    @cached_property
    def repeated(self) -> frozenset[int]:
        """The calls in loops and comprehensions, by their identities."""
        loops = [
            n for root in self.nodes for n in ast.walk(root) if isinstance(n, LOOPS)
        ]
        found: set[int] = set()
        for loop in loops:
            if id(loop) not in found:  # one in another is looked at with it
                inner = list(ast.walk(loop))
                found.update(id(n) for n in inner if isinstance(n, (ast.Call, *LOOPS)))
        return frozenset(found)

    @cached_property
    def links(self) -> Links:
        """What the unit's code leads to; worked out once a run."""
        return self.links_of(self.uses)

    def links_of(self, uses: Uses) -> Links:
        """What a piece of the unit's code leads to."""
        found = Links({}, {}, dict(uses.attributes))
        given = cache(lambda: kept(uses))
        for chain, line in uses.chains.items():
            targets = self.lookup(chain) or Targets()
            for unit in targets.units:
                found.units.setdefault(unit, line)
            if targets.modules and (self.kind == "variable" or chain in given()):
                for module in targets.modules:  # whatever is taken from it
                    found.units.setdefault(module.whole, line)
            for name in targets.externals:
                found.externals.setdefault(name, line)
            is_imported = targets.externals or chain[0] in self.module.bindings
            is_object = any(u.kind in ("class", "variable") for u in targets.units)
            for name in chain[1:] if is_object or not is_imported else ():
                found.attributes.setdefault(name, line)
        return found

    @cached_property
    def parameters(self) -> dict[str, None]:
        """The names of a function's positional and keyword parameters, in order."""
        if self.function is None:
            return {}
        args = self.function.args
        given = (*args.posonlyargs, *args.args, *args.kwonlyargs)
        return dict.fromkeys(arg.arg for arg in given)

    @cached_property
    def given(self) -> frozenset[str]:
        """The attributes of a class that take what is given: ``self.build = build``."""
        named = [methods for one in self.lineage for methods in one.methods.values()]
        return frozenset().union(*(m.uses.given for methods in named for m in methods))

    @cached_property
    def lineage(self) -> list[Unit]:
        """A class and those that it derives from, the nearest first."""
        found, seen = [self], {self}
        for unit in found:
            if len(found) < _MOST_BASES:
                more = [base for base in unit.bases if base not in seen]
                seen.update(more)
                found += more
        return found

    def nested(self, name: str) -> Unit | None:
        """A function that is defined in this one."""
        node = self.uses.nested.get(name)
        if node is None:
            return None
        if name not in self._nested:
            self._nested[name] = Unit(
                self.module,
                f"{self.name}.{name}",
                "function",
                list(node.body),
                node.lineno,
                node,
                self,
            )
        return self._nested[name]

    def is_plain(self, node: ast.expr) -> bool:
        """Whether an expression is a lambda that calls no variable of this unit's."""
        if not isinstance(node, ast.Lambda):
            return False
        own = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
        return all(
            not isinstance(inner, ast.Name)
            or inner.id in own
            or ((found := self.lookup((inner.id,))) is not None and not found.missing)
            for inner in ast.walk(node.body)
        )

    @cached_property
    def bases(self) -> list[Unit]:
        """The first-party classes that a class derives from."""
        found = [unit for targets in self._base_targets() for unit in targets.units]
        return [unit for unit in found if unit.kind == "class" and unit is not self]

    def _base_targets(self) -> list[Targets]:
        """What the names of the classes mean that a class derives from."""
        names = [dotted(base) for base in self.nodes[: self.base_count]]
        return [self.module.resolve(tuple(name.split("."))) for name in names if name]

    @cached_property
    def is_of_a_framework(self) -> bool:
        """Whether a class derives from another package's, which calls its methods."""
        waiting, seen = [self], {self}
        while waiting:
            unit = waiting.pop()
            if unit.__dict__.get("is_of_a_framework") is False:
                continue
            for targets in unit._base_targets():
                for name in targets.externals:
                    is_plain = name.partition(".")[0] in sys.stdlib_module_names
                    if not is_plain or name in RUNNERS:
                        return True
            waiting += [base for base in unit.bases if base not in seen]
            seen.update(waiting)
        for unit in seen:  # nor does what it derives from; each is asked once
            unit.__dict__["is_of_a_framework"] = False
        return False

    def lookup(self, chain: tuple[str, ...]) -> Targets | None:
        """What a dotted name means here; ``None`` for a variable of a function."""
        scope: Unit | None = self
        while scope is not None:
            if inner := scope.nested(chain[0]) if scope.function else None:
                return Targets((inner,))
            if chain[0] in scope.locals:
                return None
            scope = scope.outer
        return self.module.resolve(chain)

    def values(self, name: str) -> list[ast.expr]:
        """What is assigned to a variable of this function or one around it, last."""
        scope = self.scope_of(name)
        return scope.locals[name][-MOST:] if scope else []

    def variable(self, name: str) -> Unit | None:
        """A variable of this function or one around it: what is assigned to it."""
        scope = self.scope_of(name)
        if scope is None:
            return None
        if name not in scope._variables:
            values: list[ast.AST] = [*scope.locals[name]]
            scope._variables[name] = Unit(
                self.module, name, LOCAL, values, scope.line, outer=scope
            )
        return scope._variables[name]

    def scope_of(self, name: str) -> Unit | None:
        """The function, this one or one around it, that has a variable."""
        scope: Unit | None = self
        while scope is not None and name not in scope.locals:
            scope = scope.outer
        return scope


def methods_of(owner: Unit, name: str) -> list[Unit]:
    """The last methods of a class by a name, inherited ones included."""
    methods = (unit.methods[name] for unit in owner.lineage if name in unit.methods)
    return next(methods, [])[-MOST:]


def alias_of(value: ast.AST) -> tuple[str, ...]:
    """The dotted name that a value is another name of, a ``partial`` included."""
    if isinstance(value, ast.Call) and value.args:
        if (dotted(value.func) or "").rpartition(".")[2] == "partial":
            return alias_of(value.args[0])
        return ()
    name = dotted(value)
    return tuple(name.split(".")) if name else ()
