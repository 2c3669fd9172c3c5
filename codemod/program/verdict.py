"""What a script is: its trials, the way to them, and its entry points."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from codemod.program.coarse import Coarse
from codemod.program.commands import hydra_decorator, runs_by_decorator
from codemod.program.dynamic import strings_in
from codemod.program.entry import Entries
from codemod.program.evidence import Step, TrialStart
from codemod.program.gate import Gate, make_gate
from codemod.program.libraries import COMMANDS, TRANSFORMERS, Libraries
from codemod.program.module import Module
from codemod.program.place import EntryPoint
from codemod.program.project import Read
from codemod.program.reach import Reach
from codemod.program.scripts import console_functions
from codemod.program.units import Unit
from codemod.python.source import Source, SourceError, parse

if TYPE_CHECKING:
    from codemod.search.hydra import Configuration

__all__ = ["Judge", "Judgement", "Verdict", "selected"]


_THREADED = ("threads", "unknown")
_MOST_OPTIONS = 100  # of a decorator
_MOST_PARTS = 8  # literal ones of a configuration's path


class Verdict(NamedTuple):
    """What a script is, with the evidence.

    Attributes:
        name: ``"affected"`` (its trials lead to transformers), ``"hpo"`` (it starts
            trials), or ``"none"``.
        start: The way to the trial start.
        how: How its trials run: ``"threads"``, ``"processes"``, ``"sequential"``,
            ``"subprocess"``, ``"unknown"``, or empty.
        why: What says so.
        transformers: The way to transformers.
        unread: A module that other trials may lead through and that cannot be read:
            where it is wrong, and how.
    """

    name: str
    start: tuple[Step, ...] = ()
    how: str = ""
    why: str = ""
    transformers: tuple[Step, ...] = ()
    unread: Step | None = None


class Judgement(NamedTuple):
    """A verdict, with what it was found by.

    Attributes:
        verdict: What the script is.
        entries: The entry points that it leads to its trials by.
        module: Its code.
        reach: What runs when it does.
    """

    verdict: Verdict
    entries: tuple[EntryPoint, ...]
    module: Module
    reach: Reach


def selected(verdict: Verdict, select: str) -> bool:
    """Tell whether ``--select`` takes a script with this verdict."""
    if select == "all":
        return True
    if select == "hpo":
        return verdict.name != "none"
    affected = verdict.name == "affected"
    return affected and (select == "affected" or verdict.how in _THREADED)


class Judge:
    """Decides what scripts are; one serves a run and remembers modules.

    Args:
        read: Returns at most so many bytes of a regular file; ``None`` for scripts
            that are looked at alone.
        hpo: Modules that a user names as libraries that start trials.
        transformers: Modules that count as transformers, beyond the built-in ones.
        gate: The one that files pass first, if there is one.
    """

    def __init__(
        self,
        read: Read | None,
        hpo: tuple[str, ...] = (),
        transformers: tuple[str, ...] = (),
        gate: Gate | None = None,
    ) -> None:
        self.gate = gate or make_gate(read, hpo, transformers)
        self.project = self.gate.project
        self._libraries = Libraries(TRANSFORMERS.union(transformers), frozenset(hpo))
        self._coarse = Coarse(self.gate.is_signed, self._libraries.hpo)
        self._last: tuple[bytes, Source] | None = None
        self._configurations: dict[tuple[str, str], Configuration] = {}

    def parsed(self, data: bytes) -> Source:
        """A script, parsed once where :meth:`may_lead` was the last to look at it.

        Raises:
            SourceError: It cannot be read as Python.
        """
        if self._last is None or self._last[0] is not data:
            self._last = data, parse(data)
        return self._last[1]

    def may_lead(self, path: str, data: bytes) -> bool:
        """Tell whether a file may lead to trials when it runs, by a coarse look.

        Args:
            path: Where it is.
            data: What was read from there.
        """
        path = os.path.abspath(path)
        if not self.project.knows(path):
            try:
                tree = self.parsed(data).tree
            except SourceError:
                return True  # its error is for who looks closer
            self.project.add(Module(path, tree, self.project))
        module = self.project.module(path)
        if module is None:
            return True
        if "hydra" in module.imported:
            return True
        roots = [module.code, *self._commands(module)]
        for other in module.imports(self.gate.may_add_commands):  # see Reach
            roots += [u for chain, u in other.registrations if chain[-1] in COMMANDS]
        return self._coarse.may_start(roots)

    def judge(self, path: str, source: Source, any_main: bool = False) -> Judgement:
        """Say what a script is, and where its entry points are.

        Args:
            path: Where it is, or would be.
            source: What it says.
            any_main: See :meth:`codemod.program.entry.Entries.of_any`.
        """
        path = os.path.abspath(path)
        module = self.project.module(path) if self.project.knows(path) else None
        if module is None or module.tree is not source.tree:
            module = Module(path, source.tree, self.project)
            self.project.add(module)
        commands = self._commands(module)
        reach = Reach(
            [module.code, *commands], self._libraries, self._instantiated(module)
        )
        if sweepers := self._sweepers(module):
            reach.add_sweepers(sweepers)
        if reach.starts and _verdict(reach).name != "affected":
            reach.widen()
        entries = Entries(reach)
        found_entries = self._entries(entries, reach, module, commands)
        if not found_entries:
            found_entries = entries.of_any(module.code, any_main)
        return Judgement(_verdict(reach), tuple(found_entries), module, reach)

    def _commands(self, module: Module) -> list[Unit]:
        """The functions that run though nothing in the file calls them."""
        functions = [
            unit
            for units in module.units.values()
            for unit in units
            if unit.kind == "function"
        ]
        console = console_functions(self.project, module.path)
        return [
            unit
            for unit in functions
            if unit.name in console
            or hydra_decorator(unit) is not None
            or runs_by_decorator(unit)
            or (unit.name == "main" and not module.uses_main)
        ]

    def _entries(
        self, entries: Entries, reach: Reach, module: Module, commands: list[Unit]
    ) -> list[EntryPoint]:
        found: list[EntryPoint] = []
        known: set[int] = set()

        def add(entry: EntryPoint) -> None:
            found.append(entry)
            known.update(id(scope.node) for scope in entry.scopes)

        for entry in entries.of_module(module.code):
            add(entry)
        leading = [unit for unit in commands if unit in reach.starting]
        for unit in leading:
            if id(unit.function) not in known and not entries.only_groups(unit):
                add(entries.of_function(unit))
        if not found:  # a group of commands that are other files'
            for unit in leading:
                add(entries.of_function(unit))
        unique = {entry.place: entry for entry in found}
        return sorted(unique.values(), key=lambda entry: entry.place)

    # -- Hydra ----------------------------------------------------------------

    def _sweepers(self, module: Module) -> list[tuple[Unit, str]]:
        found = self._hydra(module)
        return [(unit, config.sweeper) for unit, config in found if config.sweeper]

    def _instantiated(self, module: Module) -> dict[Unit, tuple[str, ...]]:
        return {unit: config.targets for unit, config in self._hydra(module)}

    def _hydra(self, module: Module) -> list[tuple[Unit, Configuration]]:
        found = []
        for units in module.units.values():
            for unit in units:
                decorator = hydra_decorator(unit) if unit.function else None
                if isinstance(decorator, ast.Call):
                    found.append((unit, self._configuration(module, decorator)))
        return found

    def _configuration(self, module: Module, call: ast.Call) -> Configuration:
        # Only now: few scripts are applications of Hydra.
        from codemod.search.hydra import Configuration, read_configuration

        given = {k.arg: k.value for k in call.keywords} | _unpacked(module, call)
        positional = dict(zip(("config_path", "config_name"), call.args, strict=False))
        folder = given.get("config_path") or positional.get("config_path")
        name = given.get("config_name") or positional.get("config_name")
        primary = name.value if isinstance(name, ast.Constant) else ""
        for place, file in self._places(module, folder):
            key = place, str(primary or file)
            if key not in self._configurations:
                self._configurations[key] = read_configuration(*key)
            if self._configurations[key] != Configuration():
                return self._configurations[key]
        return Configuration()

    def _places(
        self, module: Module, folder: ast.expr | None
    ) -> Iterator[tuple[str, str]]:
        """The folders, with files if they are named, that a ``config_path`` may mean.

        One that is worked out when the script runs is tried by its literal parts.
        """
        here = os.path.dirname(module.path)
        root = self.project.root(here)
        texts = strings_in(folder, module.code) if folder else iter(())
        for text in islice(texts, _MOST_PARTS):
            below = text.removeprefix("pkg://")
            if below != text:
                below = below.replace(".", os.sep)
            for base in (here, root, os.path.join(root, "src")):
                place = os.path.normpath(os.path.join(base, below))
                file = ""
                if place.endswith((".yaml", ".yml")):
                    place, file = os.path.split(place)
                if place == root or place.startswith(os.path.join(root, "")):
                    yield place, file


def _unpacked(module: Module, call: ast.Call) -> dict[str | None, ast.expr]:
    """The keywords of ``@hydra.main(**OPTIONS)``, a literal of the module's."""
    found: dict[str | None, ast.expr] = {}
    for keyword in call.keywords:
        name = keyword.value.id if isinstance(keyword.value, ast.Name) else ""
        for unit in module.units.get(name, ())[-1:] if keyword.arg is None else ():
            for node in unit.nodes[-1:]:
                keys = getattr(node, "keys", ())[:_MOST_OPTIONS]
                for key, value in zip(keys, getattr(node, "values", ()), strict=False):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = value
    return found


def _verdict(reach: Reach) -> Verdict:
    def rank(start: TrialStart) -> tuple[bool, bool]:
        return reach.is_affected(start), start.how == "threads"

    best = max(reach.starts, key=rank, default=None)
    if best is None:
        return Verdict("none")
    way = reach.way_to_start(best)
    if not reach.is_affected(best):
        return Verdict("hpo", way, best.how, best.why, unread=_unread(reach))
    to_transformers = reach.way_to_transformers(best)
    return Verdict("affected", way, best.how, best.why, to_transformers)


def _unread(reach: Reach) -> Step | None:
    """The first module that cannot be read, of those that the reached ones import."""
    for module in dict.fromkeys(unit.module for unit in reach):
        unread = module.project.unread
        for located in module.located() if unread else ():
            if error := unread.get(located.path):
                return Step(located.path, error.line or 1, error.message)
    return None
