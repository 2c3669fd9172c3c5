"""What the trials of a script lead to: transformers, or what nobody can tell.

All trial starts are answered together, by walks from the end: a script may have
thousands, and each of them may lead through all of its code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from codemod.program.dynamic import named_by_strings
from codemod.program.evidence import TrialStart
from codemod.program.facts import Facts, facts_of
from codemod.program.graph import Edges, Node, closure, users_of
from codemod.program.libraries import Libraries, is_of
from codemod.program.units import LOCAL, STRINGS, Unit, Uses, methods_of

__all__ = ["TrialReach", "used_by"]

_Named = tuple[str, int]
"""How something of transformers is named, and the 1-based line."""


class _Trial(NamedTuple):
    """What the call that starts a trial says of it.

    Attributes:
        roots: What the trial begins with.
        variables: The variables that it is handed over by.
        direct: Transformers in the very call, such as a lambda or a Trainer's method.
    """

    roots: set[Node]
    variables: list[Unit]
    direct: _Named | None


class TrialReach:
    """Answers about the trials of some starts.

    Args:
        starts: The starts.
        edges: What each unit of the script leads to.
        transformers: The units that use transformers.
        libraries: What counts as transformers.
    """

    def __init__(
        self,
        starts: list[TrialStart],
        edges: Edges,
        transformers: dict[Unit, _Named],
        libraries: Libraries,
    ) -> None:
        self._edges = dict(edges)
        self._transformers = transformers
        self._libraries = libraries
        self._trials = {id(start): self._trial(start) for start in starts}
        self.users = users_of(self._edges)
        units = [node for node in self._edges if isinstance(node, Unit)]
        variables = [unit for unit in units if unit.kind == LOCAL]
        named = [unit for unit in variables if self._named_in(unit)]
        code = [unit for unit in units if unit.kind not in (LOCAL, STRINGS)]
        self._direct = closure(named, self.users)
        self._told = closure(code, self.users)
        self._open = closure((u for u in code if self._facts(u).is_open), self.users)
        self._leading = closure(transformers, self.users)

    def is_affected(self, start: TrialStart) -> bool:
        """Whether a trial leads to transformers inside this process.

        Where the trial cannot be told, the script counts as one; but not for a pool,
        which runs many things.
        """
        if start.how == "subprocess":
            return False
        trial = self._trials[id(start)]
        if trial.direct or not self._direct.isdisjoint(trial.variables):
            return True
        if self._is_anything(start):
            is_pool = start.call is not None and start.call.is_pool
            return bool(self._transformers) and not is_pool
        return not self._leading.isdisjoint(trial.roots)

    def direct(self, start: TrialStart) -> _Named | None:
        """Transformers in the call itself, or in the variables that it is handed."""
        trial = self._trials[id(start)]
        if trial.direct or self._direct.isdisjoint(trial.variables):
            return trial.direct
        return next(filter(None, map(self._named_in, _followed(trial.variables))))

    def user(self, start: TrialStart) -> Unit:
        """The first unit that an affected trial uses transformers in."""
        if self._is_anything(start):
            return next(iter(self._transformers))
        trial = closure(self._trials[id(start)].roots, self._edges)
        return next(unit for unit in self._transformers if unit in trial)

    def _is_anything(self, start: TrialStart) -> bool:
        """Whether a trial cannot be told, or runs what it was given."""
        roots = self._trials[id(start)].roots
        if start.call is None:
            return not self._open.isdisjoint(roots)
        if not self._told.isdisjoint(roots):
            return not start.call.is_pool and not self._open.isdisjoint(roots)
        trial = start.call.trial
        return not trial or not all(map(start.unit.is_plain, trial))

    def _trial(self, start: TrialStart) -> _Trial:
        unit = start.unit
        if start.call is None:
            return _Trial({unit, self._made(unit)}, [], None)
        uses = unit.uses_in(start.call.trial)
        variables = _variables(unit, uses)
        self._add(variables)
        roots = used_by(unit, uses).union(variables)
        named = (start.shown, start.line) if start.call.of_transformers else None
        for name, line in unit.links_of(uses).externals.items():
            if named is None and is_of(name, self._libraries.transformers):
                named = name, line
        return _Trial(roots.union(map(self._made, roots)), variables, named)

    def _add(self, variables: list[Unit]) -> None:
        """Note what variables, and those in their values, lead to."""
        waiting = list(variables)
        while waiting:
            variable = waiting.pop()
            if variable not in self._edges:
                facts = self._facts(variable)
                more = _variables(variable, variable.uses)
                self._edges[variable] = {*facts.units, *facts.attributes, *more}
                waiting += more

    def _made(self, node: Node) -> Node:
        """A node for the ``__init__`` of the objects that a method belongs to.

        ``self.model.encode`` in it uses what ``__init__`` has loaded.
        """
        if isinstance(node, Unit) and not node.owner:
            return node
        made = f"{id(node) if isinstance(node, Unit) else node}.__init__"
        if made not in self._edges:
            methods = {node} if isinstance(node, Unit) else self._edges.get(node, set())
            owners = {m.owner for m in methods if isinstance(m, Unit) and m.owner}
            inits = [m for owner in owners for m in methods_of(owner, "__init__")]
            self._edges[made] = set(inits)
        return made

    def _named_in(self, unit: Unit) -> _Named | None:
        return self._facts(unit).transformers

    def _facts(self, unit: Unit) -> Facts:
        return facts_of(unit, self._libraries)


def used_by(unit: Unit, uses: Uses) -> set[Node]:
    """What a piece of a unit's code leads to."""
    links = unit.links_of(uses)
    found: set[Node] = {*links.attributes, *links.units}
    return found.union(*(named_by_strings(call, unit) for call in uses.calls))


def _variables(unit: Unit, uses: Uses) -> list[Unit]:
    """The variables of functions that code names, as units of what they are given."""
    found = [unit.variable(chain[0]) for chain in uses.chains]
    return list(dict.fromkeys(one for one in found if one))


def _followed(variables: list[Unit]) -> Iterator[Unit]:
    """Variables, and those in what they are given."""
    waiting, seen = list(variables), set(variables)
    for unit in waiting:
        yield unit
        more = [u for u in _variables(unit, unit.uses) if u not in seen]
        seen.update(more)
        waiting += more
