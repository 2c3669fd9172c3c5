"""Names that are strings: `import_module("models.bert")`, `getattr(models, name)`.

Where only a part of such a name can be read, everything that it may mean counts.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator

from codemod.program.module import Module
from codemod.program.units import Unit
from codemod.python.tree import dotted

__all__ = ["named_by_strings"]

_IMPORTS = frozenset({"importlib.import_module", "importlib.__import__"})
_FIRE = frozenset({"fire.Fire", "fire.core.Fire"})
_ENDINGS = ("getattr", "import_module", "__import__", "Fire")
_MOST = 300  # modules of one package


def named_by_strings(call: ast.Call, unit: Unit) -> Iterable[Unit]:
    """The units that a call may lead to by a name that is a string."""
    name = dotted(call.func)
    if name is None or not name.endswith(_ENDINGS):
        return ()
    if name == "getattr" and len(call.args) > 1:
        return dict.fromkeys(_attributes(call.args[0], unit))
    found = unit.lookup(tuple(name.split(".")))
    names = set(found.externals) if found else set()
    if _FIRE & names:
        return dict.fromkeys(_fired(call, unit))
    if not call.args or not (name == "__import__" or _IMPORTS & names):
        return ()
    modules = _modules(call, unit)
    return dict.fromkeys(more for module in modules for more in _all(module))


def _fired(call: ast.Call, unit: Unit) -> Iterator[Unit]:
    """What the command line of Fire may name: methods; without arguments, anything."""
    if not call.args:
        for units in unit.module.units.values():
            yield from (one for one in units if one.kind in ("function", "class"))
    for node in (inner for value in call.args for inner in ast.walk(value)):
        name = dotted(node)
        found = unit.lookup(tuple(name.split("."))) if name else None
        owners = list(found.units) if found else []
        for owner in owners:  # grows while it is read
            owners += [base for base in owner.bases() if base not in owners]
            for methods in owner.methods.values():
                yield from methods


def _attributes(owner: ast.expr, unit: Unit) -> Iterator[Unit]:
    """Whatever a module holds that ``getattr`` is asked about."""
    chain = dotted(owner)
    found = unit.lookup(tuple(chain.split("."))) if chain else None
    for module in found.modules if found else ():
        yield from _all(module)


def _all(module: Module) -> Iterator[Unit]:
    """The units of a module, and those that it imports by name."""
    for units in module.units.values():
        yield from units
    for alias in module.bindings:
        yield from module.resolve((alias,)).units


def _modules(call: ast.Call, unit: Unit) -> Iterator[Module]:
    """The modules that a name may mean: a literal one, or all below its known part."""
    project, here = unit.module.project, unit.module.path
    name = call.args[0]
    given = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "package")]
    packages = [text for value in given for text in _strings(value, unit)]
    literal = isinstance(name, ast.Constant)
    for text in _strings(name, unit):
        if text.startswith(".") and packages:
            text = packages[0] + text
        level = len(text) - len(text.lstrip("."))
        parts = tuple(part for part in text.split(".") if part.isidentifier())
        located = project.locate(here, level, parts) if parts else None
        if located is None or located.rest:
            continue
        if module := project.module(located.path):
            yield module
        folder, file = os.path.split(located.path)
        if file == "__init__.py" and not literal:
            yield from project.below(folder, _MOST)


def _strings(name: ast.expr, unit: Unit) -> Iterator[str]:
    waiting: list[ast.AST] = [name]
    seen: set[str] = set()
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value.rstrip(".")
            elif isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                waiting += unit.values(node.id)
                variables = unit.module.units.get(node.id, ())
                waiting += [
                    n for u in variables if u.kind == "variable" for n in u.nodes
                ]
