"""A coarse look at names: whether a script may lead to a trial start at all.

It errs on the side of yes: any call that looks like a start counts as one. Only modules
from which a start can be reached by imports are parsed, so that most scripts cost
little; reach.py decides about the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from codemod.program.dynamic import named_by_strings
from codemod.program.libraries import METHODS, POOL_METHODS, STARTS, is_of
from codemod.program.module import LONGEST, Module
from codemod.program.project import Located
from codemod.program.units import MOST, Unit
from codemod.python.tree import dotted

__all__ = ["Coarse", "Look"]

_FUNCTIONS = frozenset(start.name for start in STARTS)
_PACKAGES = frozenset(start.package.partition(".")[0] for start in STARTS)
_MOST = 100  # modules that one name leads through
_METHODS = {
    one.name: [start for start in METHODS if start.name == one.name] for one in METHODS
}


class Look(NamedTuple):
    """What a coarse look at a unit says.

    Attributes:
        starts: Whether a call in it looks like a trial start.
        units: What its code names, of signed modules.
        attributes: The attributes that its code uses.
    """

    starts: bool
    units: tuple[Unit, ...]
    attributes: frozenset[str]


class _Search:
    """The units of signed modules that are reached, as in reach.py."""

    def __init__(self) -> None:
        self._seen: set[Unit] = set()
        self._attributes: set[str] = set()
        self._methods: dict[str, list[Unit]] = {}  # of reached classes
        self.waiting: list[Unit] = []

    def add(self, units: Iterable[Unit]) -> None:
        for unit in units:
            if unit in self._seen:
                continue
            self._seen.add(unit)
            self.waiting.append(unit)
            is_run = bool(unit.methods) and unit.is_of_a_framework
            for name, methods in unit.methods.items():
                if is_run or name in self._attributes or name.startswith("__"):
                    self.add(methods)
                else:
                    self._methods.setdefault(name, []).extend(methods)

    def go_on(self, look: Look) -> None:
        """Reach what a unit's code names."""
        self.add(look.units)
        for name in look.attributes - self._attributes:
            self._attributes.add(name)
            self.add(self._methods.pop(name, ()))


class Coarse:
    """Looks at units; remembers what it saw.

    Args:
        is_signed: Whether a module, or what it imports, has a sign of a start.
        own: Modules that the settings name as libraries that start trials.
    """

    def __init__(
        self, is_signed: Callable[[Located], bool], own: frozenset[str]
    ) -> None:
        self._is_signed = is_signed
        self._own = own
        self._looks: dict[Unit, Look] = {}
        self._meant: dict[tuple[Module, tuple[str, ...]], tuple[Unit, ...]] = {}

    def may_start(self, roots: Iterable[Unit]) -> bool:
        """Tell whether units that run may lead to a trial start."""
        search = _Search()
        search.add(roots)
        while search.waiting:
            unit = search.waiting.pop()
            if unit not in self._looks:
                self._looks[unit] = self._look(unit)
            look = self._looks[unit]
            if look.starts:
                return True
            search.go_on(look)
        return False

    def _look(self, unit: Unit) -> Look:
        uses = unit.uses
        if any(_is_like_start(call, unit, self._own) for call in uses.calls):
            return Look(True, (), frozenset())
        nested = [inner for name in uses.nested if (inner := unit.nested(name))]
        named = [u for chain in uses.chains for u in self._named(unit.module, chain)]
        attributes = {part for chain in uses.chains for part in chain[1:]}
        named += [more for call in uses.calls for more in named_by_strings(call, unit)]
        units = tuple(dict.fromkeys((*nested, *unit.registered, *named)))
        return Look(False, units, frozenset(attributes | uses.attributes.keys()))

    def _named(self, module: Module, chain: tuple[str, ...]) -> tuple[Unit, ...]:
        """What a dotted name of a module means, as far as signed modules tell."""
        if (module, chain) not in self._meant:
            self._meant[module, chain] = tuple(self._follow(module, chain, set()))
        return self._meant[module, chain]

    def _follow(
        self,
        module: Module,
        chain: tuple[str, ...],
        met: set[tuple[Module, tuple[str, ...]]],
    ) -> Iterator[Unit]:
        if (module, chain) in met or len(chain) > LONGEST or len(met) > _MOST:
            return
        met.add((module, chain))
        yield from module.units.get(chain[0], ())[-MOST:]
        bindings = module.bindings.get(chain[0])
        if bindings is None and chain[0] not in module.units:
            bindings = [star._replace(name=chain[0]) for star in module.stars]
        for binding in (bindings or ())[-MOST:]:
            name = () if binding.name is None else (binding.name,)
            parts = (*binding.parts, *name, *chain[1:])
            located = module.project.locate(module.path, binding.level, parts)
            if located is None or not self._is_signed(located):
                continue
            other = module.project.module(located.path)
            if other is None:
                continue
            if located.rest:
                yield from self._follow(other, located.rest, met)
            else:  # the module itself: whatever is taken from it
                yield other.whole


def _is_like_start(call: ast.Call, unit: Unit, own: frozenset[str]) -> bool:
    func, module = call.func, unit.module
    if isinstance(func, ast.Attribute):
        for start in _METHODS.get(func.attr, ()):
            if not start.package or start.package in module.imported:
                return True
            if any(keyword.arg in start.signs for keyword in call.keywords):
                return True
        if func.attr in POOL_METHODS and module.thread_pools:
            return not _is_parameter(call.args[:1], unit)
    if isinstance(func, ast.Call):
        return "joblib" in module.imported
    given = (*call.args, *(keyword.value for keyword in call.keywords))
    if any(isinstance(arg, ast.Attribute) and arg.attr in _METHODS for arg in given):
        return True
    name = dotted(func)
    if name is None:
        return False
    if name.endswith("Fire") and "fire" in module.imported:
        return True
    if name.endswith("Thread"):
        return id(call) in unit.repeated
    return _names_start(tuple(name.split(".")), module, own)


def _is_parameter(handed_over: list[ast.expr], unit: Unit) -> bool:
    """Whether what a pool is to run is only known to who calls the function."""
    names = {arg.id for arg in handed_over if isinstance(arg, ast.Name)}
    return any(name in unit.parameters for name in names)


def _names_start(chain: tuple[str, ...], module: Module, own: frozenset[str]) -> bool:
    """Whether a name may be a library's that starts trials."""
    bindings = module.bindings.get(chain[0], [])[-MOST:]
    if not bindings and chain[0] not in module.units:
        return bool(module.stars) and chain[-1] in _FUNCTIONS
    for binding in bindings:
        name = () if binding.name is None else (binding.name,)
        parts = (*binding.parts, *name, *chain[1:])
        if own and is_of(".".join(parts), own):
            return True
        if parts[-1] in _FUNCTIONS and (binding.level or parts[0] in _PACKAGES):
            return True
        if parts[-1] in _FUNCTIONS and module.project.locate(module.path, 0, parts):
            return True
    return False
