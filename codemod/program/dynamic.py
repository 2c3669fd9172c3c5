"""Names that are strings: `import_module("models.bert")`, `getattr(models, name)`.

Where only a part of such a name can be read, everything that it may mean counts. One
unit stands for all of that, made once a run: many calls may mean the same thousand.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from codemod.program.module import Module
from codemod.program.units import STRINGS, Unit
from codemod.python.tree import dotted, lazily

__all__ = ["named_by_strings", "strings_in"]

_IMPORTS = frozenset({"importlib.import_module", "importlib.__import__"})
_FIRE = frozenset({"fire.Fire", "fire.core.Fire"})
_ENDINGS = ("getattr", "import_module", "__import__", "Fire")
_MOST = 300  # modules of one package
_MOST_NODES = 100  # of an expression that a few strings are looked for in

_Key = tuple[object, str]
"""What a unit stands for: a variable of a unit, all of a module, ..."""


def named_by_strings(call: ast.Call, unit: Unit) -> Iterable[Unit]:
    """The units that a call may lead to by a name that is a string."""
    name = dotted(call.func)
    if name is None or not name.endswith(_ENDINGS):
        return ()
    if name == "getattr" and len(call.args) > 1:
        return _attributes(call.args[0], unit)
    found = unit.lookup(tuple(name.split(".")))
    names = set(found.externals) if found else set()
    if _FIRE & names:
        return dict.fromkeys(_fired(call, unit))
    if not call.args or not (name == "__import__" or _IMPORTS & names):
        return ()
    return dict.fromkeys(_imported(call, unit))


def _stand_in(
    key: _Key, module: Module, expand: Callable[[_Key], Iterable[Unit | _Key]]
) -> Unit:
    """The unit that stands for others.

    Args:
        key: What it stands for.
        module: Where it is asked about.
        expand: What a key means: units, and keys of other such units.
    """
    known: dict[_Key, Unit] = module.project.stand_ins
    waiting: list[_Key] = []

    def stand_in(one: _Key) -> Unit:
        if one not in known:
            known[one] = Unit(module, "", STRINGS, [], 0)
            waiting.append(one)
        return known[one]

    found = stand_in(key)
    while waiting:
        here = waiting.pop()
        for one in dict.fromkeys(expand(here)):
            known[here].register(stand_in(one) if isinstance(one, tuple) else one)
    return found


def _fired(call: ast.Call, unit: Unit) -> Iterator[Unit]:
    """What the command line of Fire may name: methods; without arguments, anything."""
    if not call.args:
        yield _stand_in((unit.module, "Fire"), unit.module, lambda _: _defined(unit))
    for node in (inner for value in call.args for inner in ast.walk(value)):
        name = dotted(node)
        found = unit.lookup(tuple(name.split("."))) if name else None
        for owner in found.units if found else ():
            yield _stand_in((owner, "methods"), unit.module, _methods)


def _defined(unit: Unit) -> Iterator[Unit]:
    for units in unit.module.units.values():
        yield from (one for one in units if one.kind in ("function", "class"))


def _methods(key: _Key) -> Iterator[Unit | _Key]:
    """The methods of a class, inherited ones included."""
    owner, _ = key
    assert isinstance(owner, Unit)
    for methods in owner.methods.values():
        yield from methods
    yield from ((base, "methods") for base in owner.bases)


def _attributes(owner: ast.expr, unit: Unit) -> list[Unit]:
    """Whatever a module holds that ``getattr`` is asked about."""
    chain = dotted(owner)
    found = unit.lookup(tuple(chain.split("."))) if chain else None
    return [_all(module) for module in found.modules] if found else []


def _all(module: Module) -> Unit:
    """The units of a module, and those that it imports by name."""

    def units(_: _Key) -> Iterator[Unit]:
        for units in module.units.values():
            yield from units
        for alias in module.bindings:
            yield from module.resolve((alias,)).units

    return _stand_in((module, "all"), module, units)


def _imported(call: ast.Call, unit: Unit) -> Iterator[Unit]:
    """What is in the modules that a name may mean."""
    name = call.args[0]
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "package")]
    packages = [text for value in given for text in strings_in(value, unit)]
    is_literal = isinstance(name, ast.Constant)
    for text in strings_in(name, unit) if packages else ():
        whole = packages[0].rstrip(".") + text if text.startswith(".") else text
        yield from _meant(whole, unit, is_literal)
    for node in ast.walk(name) if not packages else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _meant(node.value, unit, is_literal)
        elif isinstance(node, ast.Name):
            yield _stand_in(_variable(node.id, unit), unit.module, _values)


def _variable(name: str, unit: Unit) -> _Key:
    """A variable, with the function that has it; else with the module's code."""
    return unit.scope_of(name) or unit.module.code, name


def _values(key: _Key) -> Iterator[Unit | _Key]:
    """What the strings in a variable's values mean, and the variables in them."""
    unit, name = key
    assert isinstance(unit, Unit)
    for node in (inner for n in _assigned(name, unit) for inner in ast.walk(n)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _meant(node.value, unit, False)
        elif isinstance(node, ast.Name):
            yield _variable(node.id, unit)
    if unit.function:  # a parameter may be called as what is handed over
        yield unit.module.code, name


def _assigned(name: str, unit: Unit) -> list[ast.expr] | list[ast.AST]:
    if unit.function:
        return unit.locals[name]
    variables = unit.module.units.get(name, ())
    return [n for u in variables if u.kind == "variable" for n in u.nodes]


def _meant(text: str, unit: Unit, is_literal: bool) -> Iterator[Unit]:
    """What a name of a module means: it, or all below what is known of it."""
    project = unit.module.project
    level = len(text) - len(text.lstrip("."))
    parts = tuple(part for part in text.split(".") if part.isidentifier())
    located = project.locate(unit.module.path, level, parts) if parts else None
    if located is None or located.rest:
        return
    if module := project.module(located.path):
        yield _all(module)
    folder, file = os.path.split(located.path)
    if file == "__init__.py" and not is_literal:
        yield _stand_in(
            (folder, "below"),
            unit.module,
            lambda _: map(_all, project.below(folder, _MOST)),
        )


def strings_in(name: ast.expr, unit: Unit) -> Iterator[str]:
    """The first strings in an expression, and in the variables that it names."""
    for node in islice(_followed(name, unit), _MOST_NODES):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _followed(name: ast.expr, unit: Unit) -> Iterator[ast.AST]:
    waiting: list[tuple[ast.AST, Unit]] = [(name, unit)]
    seen: set[_Key] = set()
    while waiting:
        value, here = waiting.pop()
        for node in lazily(value):
            yield node
            key = _variable(node.id, here) if isinstance(node, ast.Name) else None
            if key and key not in seen:
                seen.add(key)
                holder = key[0]
                assert isinstance(holder, Unit)
                waiting += [(n, holder) for n in _assigned(key[1], holder)]
