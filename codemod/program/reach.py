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
from codemod.program.facts import facts_of
from codemod.program.libraries import Libraries, is_of
from codemod.program.module import Module
from codemod.program.starts import starts_in
from codemod.program.units import STRINGS, Unit, Uses, methods_of

__all__ = ["Reach"]


_Node = Unit | str
"""A unit, or the name of an attribute that stands between its users and methods."""


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
        self._edges: dict[_Node, set[_Node]] = {}
        self._methods: dict[str, dict[Unit, None]] = {}  # of reached classes
        self._users: dict[str, tuple[Unit, int]] = {}  # the first one of an attribute
        self._starting: set[_Node] | None = None
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
        if unit not in self._from:
            self._from[unit] = (user, line) if user else None
            self._todo.append(unit)

    def _visit(self, unit: Unit) -> None:
        facts = facts_of(unit, self._libraries)
        edges = self._edges.setdefault(unit, set())
        edges.update(facts.units)
        for target, line in facts.units.items():
            if target not in self._from:
                self._add(target, unit, line)
        for attribute, line in facts.attributes.items():
            edges.add(attribute)
            if attribute not in self._users:
                self._users[attribute] = unit, line
                for method in self._methods.get(attribute, ()):
                    self._add(method, unit, line)
        if facts.transformers:
            self.transformers[unit] = facts.transformers
        if facts.instantiates:
            self._instantiating.add(unit)
        for chain in self._extra.get(unit, ()):
            self._extra_name(unit, chain)
        if unit.kind == "class":
            self._instantiate(unit)
        for start in starts_in(unit, self._libraries.hpo):
            self._found.append(TrialStart(unit, *start))

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
            self._edges.setdefault(name, set()).update(methods)
            for method in methods:
                if name.startswith("__") or owner.is_of_a_framework:
                    self._add(method, owner, method.line)
                if name in self._users and method not in self._from:
                    self._add(method, *self._users[name])

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

    def _used(self, unit: Unit, uses: Uses) -> set[_Node]:
        """What a piece of a unit's code leads to."""
        links = unit.links_of(uses)
        found: set[_Node] = {name for name in links.attributes if name in self._methods}
        return found.union(
            links.units, *(named_by_strings(call, unit) for call in uses.calls)
        )

    def leads(self, unit: Unit, nodes: Iterable[ast.AST]) -> bool:
        """Whether a piece of a unit's code leads to a trial start when it runs."""
        uses = unit.uses_in(nodes)
        calls = {id(start.call.node) for start in self.starts if start.call}
        if any(id(call) in calls for call in uses.calls):
            return True
        return not self.starting.isdisjoint(self._used(unit, uses))

    @property
    def starting(self) -> set[_Node]:
        """The units that lead to a trial start."""
        if self._starting is None:
            users: dict[_Node, set[_Node]] = {}
            for user, targets in self._edges.items():
                for target in targets:
                    users.setdefault(target, set()).add(user)
            self._starting = _closure({start.unit for start in self.starts}, users)
        return self._starting

    def trial(self, start: TrialStart) -> set[_Node] | None:
        """The units of a trial; ``None`` where they cannot be told."""
        if start.call is None:
            return self._run_by({start.unit})
        if not start.call.trial:
            return None
        roots = self._used(start.unit, start.unit.uses_in(start.call.trial))
        found = self._run_by(roots)
        is_told = any(isinstance(n, Unit) and n.kind != STRINGS for n in found)
        if is_told or all(map(start.unit.is_plain, start.call.trial)):
            return found
        return None

    def _run_by(self, roots: set[_Node]) -> set[_Node]:
        """What runs with a trial, and what made the object if that is a method.

        ``self.model.encode`` in it uses what ``__init__`` has loaded.
        """
        methods = roots.union(
            *(self._edges.get(r, ()) for r in roots if type(r) is str)
        )
        owners = {m.owner for m in methods if isinstance(m, Unit) and m.owner}
        made = {m for owner in owners for m in methods_of(owner, "__init__")}
        return _closure(roots.union(made), self._edges)

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
        is_pool = start.call is not None and start.call.is_pool
        if trial and not is_pool and any(map(self._is_open, trial)):
            trial = None
        for unit, (name, line) in self.transformers.items():
            if trial is None or unit in trial:
                return self.way(unit, Step(unit.module.path, line, name))
        return ()

    def _is_open(self, unit: _Node) -> bool:
        """Whether code runs what it was given: a parameter, a configuration's class.

        ``self.build()``, where ``build`` is no method, is given as well.
        """
        if unit in self._instantiating:
            return True
        if isinstance(unit, str):
            return False
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
            while user.kind == STRINGS and (above := self._from[user]):
                user, line = above  # what stands for many is nowhere to be seen
            steps.append(Step(user.module.path, line, unit.name))
            unit, before = user, self._from.get(user)
        return tuple(reversed(steps))


def _closure(found: set[_Node], edges: dict[_Node, set[_Node]]) -> set[_Node]:
    stack, seen = list(found), set(found)
    while stack:
        more = edges.get(stack.pop(), set()) - seen
        seen |= more
        stack += more
    return seen
