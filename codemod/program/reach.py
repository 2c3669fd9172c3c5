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
from codemod.program.evidence import Step, TrialStart
from codemod.program.facts import facts_of
from codemod.program.graph import Edges, Node, closure
from codemod.program.libraries import Libraries, is_of
from codemod.program.module import Module
from codemod.program.starts import starts_in
from codemod.program.trial_reach import TrialReach, used_by
from codemod.program.units import STRINGS, Unit, Uses

__all__ = ["Reach"]


class Reach:
    """What a script reaches; the units of a run are shared, their edges are not.

    Args:
        roots: The units that run when the script does.
        libraries: What counts as transformers, and as trials.
        targets: What the configurations of Hydra applications instantiate.
    """

    def __init__(
        self,
        roots: list[Unit],
        libraries: Libraries,
        targets: dict[Unit, tuple[str, ...]] | None = None,
    ) -> None:
        self._libraries = libraries
        self._instantiated = targets or {}
        self._from: dict[Unit, tuple[Unit, int] | None] = {}
        self._todo: deque[Unit] = deque()
        self._edges: Edges = {}
        self._methods: dict[str, dict[Unit, None]] = {}  # of reached classes
        self._users: dict[str, tuple[Unit, int]] = {}  # the first one of an attribute
        self._held: dict[Unit, dict[Unit, None]] = {}  # what others register with it
        self._configured: dict[int, tuple[Unit, str]] = {}
        self._lines: dict[Unit, int] = {}  # see first_line
        self._trials: TrialReach | None = None
        self._calls: set[int] = set()
        self.starting: set[Node] = set()
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
        self._settle()

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
        self._take(met)
        self._go_on()
        self._settle()

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
                for holder in [h for one in owners for h in (one, *one.stores)]:
                    self._held.setdefault(holder, {}).update(dict.fromkeys(units))
        for holder in [unit for unit in self._from if unit in self._held]:
            self._add_held(holder)

    def _add_held(self, holder: Unit) -> None:
        for unit in self._held.get(holder, ()):
            self._add(unit, holder, unit.line)

    def _go_on(self) -> None:
        while self._todo:
            self._visit(self._todo.popleft())

    def _settle(self) -> None:
        """Find out, once all is reached, which starts count and what leads to them."""
        if not self._found:
            return
        trials = self._trials = TrialReach(
            self._found, self._edges, self.transformers, self._libraries
        )
        # A pool runs many things: it only counts where it runs transformers.
        self.starts = [
            start
            for start in self._found
            if not (start.call and start.call.is_pool) or trials.is_affected(start)
        ]
        self._calls = {id(start.call.node) for start in self.starts if start.call}
        self.starting = closure((start.unit for start in self.starts), trials.users)

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
        if targets := self._instantiated.get(unit):
            self._configure(unit, targets)
        self._add_held(unit)
        if unit.kind == "class":
            self._instantiate(unit)
        for start in starts_in(unit, self._libraries.hpo):
            self._found.append(TrialStart(unit, *start))

    def _configure(self, unit: Unit, targets: tuple[str, ...]) -> None:
        """Reach what a configuration instantiates, which applications may share."""
        if id(targets) not in self._configured:
            self._configured[id(targets)] = self._targets(unit.module, targets)
        found, name = self._configured[id(targets)]
        self._add(found, unit, unit.line)
        if name:
            self.transformers.setdefault(unit, (name, unit.line))

    def _targets(self, module: Module, targets: tuple[str, ...]) -> tuple[Unit, str]:
        """A unit that stands for what is instantiated, and a name of transformers."""
        found, name = Unit(module, "", STRINGS, [], 0), ""
        for target in targets:
            located = module.project.locate(module.path, 0, tuple(target.split(".")))
            if located is None:
                if not name and is_of(target, self._libraries.transformers):
                    name = target
            elif located.rest and (other := module.project.module(located.path)):
                for unit in other.resolve(located.rest).units:
                    found.register(unit)
        return found, name

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

    def add_sweepers(self, sweepers: list[tuple[Unit, str]]) -> None:
        """Let Hydra applications be the trials of sweepers that they may run under.

        Args:
            sweepers: The applications, each with how its sweeper is named.
        """
        for unit, shown in sweepers:
            if unit in self._from:
                how = "threads" if "joblib" in shown else "sequential"
                self._found.append(TrialStart(unit, None, shown, how, shown, unit.line))
        self._settle()

    # -- asking -------------------------------------------------------------

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

    def is_start(self, node: ast.AST) -> bool:
        """Whether a node is a call that starts trials."""
        return id(node) in self._calls

    def leads(self, unit: Unit, uses: Uses) -> bool:
        """Whether a piece of a unit's code leads to a trial start when it runs."""
        if not self.starting:
            return False
        if any(id(call) in self._calls for call in uses.calls):
            return True
        return not self.starting.isdisjoint(used_by(unit, uses))

    def is_affected(self, start: TrialStart) -> bool:
        """Whether a trial leads to transformers inside this process."""
        return self._trials is not None and self._trials.is_affected(start)

    def first_line(self, start: TrialStart) -> int:
        """The 1-based line of the script's own code that leads to a trial start."""
        unit, line, passed = start.unit, start.line, list[Unit]()
        while unit not in self._lines and (before := self._from.get(unit)):
            passed.append(unit)
            unit, line = before
        line = self._lines.get(unit, line)
        self._lines.update(dict.fromkeys(passed, line))
        return line

    def way_to_start(self, start: TrialStart) -> tuple[Step, ...]:
        """The way from the script to a trial start."""
        path = start.unit.module.path
        return self._way(start.unit, Step(path, start.line, start.shown))

    def way_to_transformers(self, start: TrialStart) -> tuple[Step, ...]:
        """The way to what an affected trial uses of transformers."""
        assert self._trials is not None
        if direct := self._trials.direct(start):
            name, line = direct
            return (Step(start.unit.module.path, line, name),)
        unit = self._trials.user(start)
        name, line = self.transformers[unit]
        return self._way(unit, Step(unit.module.path, line, name))

    def _way(self, unit: Unit, last: Step) -> tuple[Step, ...]:
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
