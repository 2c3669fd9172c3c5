"""What a unit's code says by itself, whoever runs it; worked out once a run."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.program.dynamic import named_by_strings
from codemod.program.libraries import INSERTED, Libraries, is_of
from codemod.program.units import Unit

__all__ = ["Facts", "facts_of"]

_INSTANTIATE = frozenset({"hydra.utils.instantiate", "hydra.utils.call"})


class Facts(NamedTuple):
    """What a unit's code leads to.

    Attributes:
        units: The units that it names, or that run where it does, with the lines.
        attributes: The attributes that it uses of objects, with the lines.
        transformers: The first name of transformers in it, and its line.
        is_open: Whether it runs what it was given: a parameter, or what a Hydra
            configuration says.
    """

    units: dict[Unit, int]
    attributes: dict[str, int]
    transformers: tuple[str, int] | None
    is_open: bool


def facts_of(unit: Unit, libraries: Libraries) -> Facts:
    """What a unit's code says; the libraries are those of the run."""
    if unit.facts is None:
        links = unit.links
        units = dict(links.units)
        for registered in unit.registered:
            units.setdefault(registered, registered.line)
        for call in unit.uses.calls:
            for target in named_by_strings(call, unit):
                units.setdefault(target, call.lineno)
        unit.facts = Facts(
            units,
            links.attributes,
            _transformers(unit, libraries.transformers),
            not _INSTANTIATE.isdisjoint(links.externals) or _runs_given(unit),
        )
    found: Facts = unit.facts
    return found


def _transformers(unit: Unit, modules: frozenset[str]) -> tuple[str, int] | None:
    if unit.name in INSERTED:  # or a script would be another one once it is patched
        return None
    for name, line in unit.links.externals.items():
        if is_of(name, modules):
            return name, line
    for binding in unit.uses.imports if unit.kind == "function" else ():
        if not binding.level and is_of(binding.module, modules):
            project, path = unit.module.project, unit.module.path
            if project.locate(path, 0, binding.parts) is None:
                return binding.module, binding.line
    return None


def _runs_given(unit: Unit) -> bool:
    """Whether a function calls a parameter.

    ``self.build()``, where ``build`` is no method, was given to ``__init__``.
    """
    first = next(iter(unit.parameters), None)
    for call in unit.uses.calls if first else ():
        func = call.func
        if isinstance(func, ast.Name) and func.id in unit.parameters:
            return True
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            is_own = func.value.id == first
            if is_own and unit.owner and func.attr in unit.owner.given:
                return True
    return False
