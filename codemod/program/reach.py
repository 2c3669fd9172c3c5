"""Which code runs when a script does, by names, and which trials it starts.

Rapid type analysis (Bacon and Sweeney, OOPSLA 1996): a function is reached when its
name is used in reached code; a method, when its class is reached and an attribute of
its name is used in reached code.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Iterator

from codemod.program.commands import runs_by_decorator
from codemod.program.dynamic import named_by_strings
from codemod.program.evidence import Step, TrialStart
from codemod.program.libraries import Libraries, is_of
from codemod.program.module import Module
from codemod.program.starts import starts_in
from codemod.program.units import Links, Unit, Uses

__all__ = ["Reach"]


_INSTANTIATE = frozenset({"hydra.utils.instantiate", "hydra.utils.call"})


class Reach:
    """What a script reaches; the units of a run are shared, their edges are not.

    Args:
        roots: The units that run when the script does.
        libraries: What counts as transformers, and as trials.
        extra: Names that a unit uses besides its code's: what a Hydra application's
            configuration instantiates.
    """

    def __init__(
        self,
        roots: list[Unit],
        libraries: Libraries,
        extra: dict[Unit, tuple[tuple[str, ...], ...]] | None = None,
    ) -> None:
        self._libraries = libraries
        self._extra = extra or {}
        self._from: dict[Unit, tuple[Unit, int] | None] = {}
        self._todo: deque[Unit] = deque()
        self._edges: dict[Unit, set[Unit]] = {}
        self._methods: dict[str, dict[Unit, None]] = {}  # of reached classes
        self._users: dict[str, dict[Unit, int]] = {}  # of an attribute's name
        self._starting: set[Unit] | None = None
        self._instantiating: set[Unit] = set()
        self.transformers: dict[Unit, tuple[str, int]] = {}
        self.starts: list[TrialStart] = []
        self._found: list[TrialStart] = []
        for root in roots:
            self._add(root, None, 0)
        self._go_on()
        if any(runs_by_decorator(unit) for unit in self._from):
            # The commands of an application may stand in modules of their own.
            self._take(
                [
                    more
                    for one in dict.fromkeys(u.module for u in roots)
                    for more in one.imports()
                ]
            )
            self._go_on()

    def widen(self) -> None:
        """Reach what other modules register with what is reached.

        A trial that gets its model from a registry leads to whatever is in it; this
        looks into every module that the reached ones import.
        """
        met: dict[Module, None] = {}  # in the order of the imports
        waiting = [unit.module for unit in self._from]
        while waiting:
            module = waiting.pop()
            if module not in met:
                met[module] = None
                waiting += [*module.imports(), *module.project.packages(module.path)]
        before = -1
        while before < len(self._from):
            before = len(self._from)
            self._take(met)
            self._go_on()

    def _take(self, modules: Iterable[Module]) -> None:
        """Let what modules register with reached units run where those do."""
        for module in modules:
            pairs = [(chain[0], [unit]) for chain, unit in module.registrations]
            for name, chains in module.added.items():
                pairs.append(
                    (name, [u for c in chains for u in module.resolve(c).units])
                )
            for name, units in pairs:
                owners = module.resolve((name,)).units
                holders = [h for owner in owners for h in (owner, *owner.stores)]
                for holder in holders:
                    for unit in units if holder in self._from else ():
                        if unit not in self._from:
                            self._add(unit, holder, unit.line)

    def _go_on(self) -> None:
        while self._todo:
            self._visit(self._todo.popleft())
        self._starting = None
        self.starts = [start for start in self._found if self._counts(start)]

    # -- going on -----------------------------------------------------------

    def _add(self, unit: Unit, user: Unit | None, line: int) -> None:
        if user is not None:
            self._edges.setdefault(user, set()).add(unit)
        if unit in self._from:
            return
        self._from[unit] = (user, line) if user else None
        self._todo.append(unit)

    def _visit(self, unit: Unit) -> None:
        links = unit.links
        for target, line in self._targets(links).items():
            self._add(target, unit, line)
        for attribute, line in links.attributes.items():
            self._users.setdefault(attribute, {}).setdefault(unit, line)
        for name, line in links.externals.items():
            if is_of(name, self._libraries.transformers):
                self.transformers.setdefault(unit, (name, line))
            elif name in _INSTANTIATE:
                self._instantiating.add(unit)
        for binding in unit.uses.imports if unit.kind == "function" else ():
            if not binding.level and self._is_library(unit, binding.module):
                where = (binding.module, binding.line)
                self.transformers.setdefault(unit, where)
        for chain in self._extra.get(unit, ()):
            self._extra_name(unit, chain)
        for registered in unit.registered:
            self._add(registered, unit, registered.line)
        if unit.kind == "class":
            self._instantiate(unit)
        for start in starts_in(unit, self._libraries.hpo):
            self._found.append(TrialStart(unit, *start))
        for call in unit.uses.calls:
            for target in named_by_strings(call, unit):
                self._add(target, unit, call.lineno)

    def _is_library(self, unit: Unit, module: str) -> bool:
        if not is_of(module, self._libraries.transformers):
            return False
        parts = tuple(module.split("."))
        return unit.module.project.locate(unit.module.path, 0, parts) is None

    def _extra_name(self, unit: Unit, chain: tuple[str, ...]) -> None:
        located = unit.module.project.locate(unit.module.path, 0, chain)
        if located is None:
            if is_of(".".join(chain), self._libraries.transformers):
                self.transformers.setdefault(unit, (".".join(chain), unit.line))
            return
        module = unit.module.project.module(located.path)
        if module and located.rest:
            for target in module.resolve(located.rest).units:
                self._add(target, unit, unit.line)

    def _instantiate(self, owner: Unit) -> None:
        """Reach the methods of a class that are used, by whatever object."""
        for name, methods in owner.methods.items():
            self._methods.setdefault(name, {}).update(dict.fromkeys(methods))
            for method in methods:
                if name.startswith("__"):
                    self._add(method, owner, method.line)
                for user, line in list(self._users.get(name, {}).items()):
                    self._add(method, user, line)

    def _targets(self, links: Links) -> dict[Unit, int]:
        """The units that code leads to, methods of reached classes included."""
        units = dict(links.units)
        for attribute, line in links.attributes.items():
            for method in self._methods.get(attribute, ()):
                units.setdefault(method, line)
        return units

    def add_sweeper(self, unit: Unit, shown: str) -> None:
        """Let a Hydra application be the trial of the sweeper that it may run under."""
        how = "threads" if "joblib" in shown else "sequential"
        self._found.append(TrialStart(unit, None, shown, how, shown, unit.line))
        self._go_on()

    # -- asking -------------------------------------------------------------

    def __contains__(self, unit: Unit) -> bool:
        """Whether a unit is reached."""
        return unit in self._from

    def __iter__(self) -> Iterator[Unit]:
        """The units that are reached, in the order in which they were."""
        return iter(self._from)

    def names(self, unit: Unit) -> dict[str, None]:
        """The qualified names of other packages that a unit uses or imports."""
        names: dict[str, None] = {}
        for b in unit.uses.imports:
            parts = (*b.module.split("."), *filter(None, [b.name]))
            if not b.level and not unit.module.project.locate(
                unit.module.path, 0, parts
            ):
                names[".".join(parts)] = None
        return names | dict.fromkeys(unit.links.externals)

    def used_by(self, unit: Unit, nodes: Iterable[ast.AST]) -> set[Unit]:
        """The units that a piece of a unit's code uses."""
        return self._used(unit, unit.uses_in(nodes))

    def _used(self, unit: Unit, uses: Uses) -> set[Unit]:
        found = set(self._targets(unit.links_of(uses)))
        return found.union(*(named_by_strings(call, unit) for call in uses.calls))

    def leads(self, unit: Unit, nodes: Iterable[ast.AST]) -> bool:
        """Whether a piece of a unit's code leads to a trial start when it runs."""
        uses = unit.uses_in(nodes)
        calls = {id(start.call.node) for start in self.starts if start.call}
        if any(id(call) in calls for call in uses.calls):
            return True
        return not self.starting.isdisjoint(self._used(unit, uses))

    @property
    def starting(self) -> set[Unit]:
        """The units that lead to a trial start."""
        if self._starting is None:
            users: dict[Unit, list[Unit]] = {}
            for user, targets in self._edges.items():
                for target in targets:
                    users.setdefault(target, []).append(user)
            found = {start.unit for start in self.starts}
            self._starting = _closure(found, users)
        return self._starting

    def trial(self, start: TrialStart) -> set[Unit] | None:
        """The units of a trial; ``None`` where they cannot be told."""
        if start.call is None:
            return _closure({start.unit}, self._edges)
        if not start.call.trial:
            return None
        roots = self.used_by(start.unit, start.call.trial)
        if roots or all(map(start.unit.is_plain, start.call.trial)):
            return _closure(roots, self._edges)
        return None

    def trial_on_transformers(self, start: TrialStart) -> tuple[Step, ...]:
        """The way from a trial to transformers; empty where there is none.

        Where the trial cannot be told, the script counts as one.
        """
        if start.how == "subprocess":
            return ()
        direct = self._direct(start)
        if direct:
            return direct
        trial = self.trial(start)
        if trial and any(map(self._is_open, trial)):
            trial = None
        for unit, (name, line) in self.transformers.items():
            if trial is None or unit in trial:
                return self.way(unit, Step(unit.module.path, line, name))
        return ()

    def _is_open(self, unit: Unit) -> bool:
        """Whether code runs what it was given: a parameter, a configuration's class.

        ``self.build()``, where ``build`` is no method, is given as well.
        """
        if unit in self._instantiating:
            return True
        for call in unit.uses.calls:
            func = call.func
            if isinstance(func, ast.Name) and func.id in unit.parameters:
                return True
            if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
                is_own = unit.owner and func.value.id in unit.parameters[:1]
                if is_own and func.attr in unit.module.given:
                    return True
        return False

    def _direct(self, start: TrialStart) -> tuple[Step, ...]:
        """Transformers in the very call, such as a lambda or a Trainer's method."""
        path = start.unit.module.path
        if start.call is None:
            return ()
        if start.call.of_transformers:
            return (Step(path, start.line, start.shown),)
        uses = start.unit.uses_in(start.call.trial)
        for name, line in start.unit.links_of(uses).externals.items():
            if is_of(name, self._libraries.transformers):
                return (Step(path, line, name),)
        return ()

    def _counts(self, start: TrialStart) -> bool:
        """Whether a start is one: a pool's only where it runs transformers."""
        if start.call is None or not start.call.is_pool:
            return True
        return bool(self._direct(start) or self.trial(start)) and bool(
            self.trial_on_transformers(start)
        )

    def way(self, unit: Unit, last: Step) -> tuple[Step, ...]:
        """The steps from the script to something that a unit does."""
        steps = [last]
        before = self._from.get(unit)
        while before is not None:
            user, line = before
            steps.append(Step(user.module.path, line, unit.name))
            unit, before = user, self._from.get(user)
        return tuple(reversed(steps))


def _closure(
    found: set[Unit], edges: dict[Unit, list[Unit]] | dict[Unit, set[Unit]]
) -> set[Unit]:
    stack, seen = list(found), set(found)
    while stack:
        for unit in edges.get(stack.pop(), ()):
            if unit not in seen:
                seen.add(unit)
                stack.append(unit)
    return seen
