"""Entry points, and where in them a call goes.

As late as the arguments are known, as early as nothing has begun. Too early costs a
slower ``--help``, too late costs the trials: in doubt, early.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.program.commands import Called, called_once, kind_of
from codemod.program.parsing import Parsing
from codemod.program.place import EntryPoint, Place, Scope, Step, ways_in
from codemod.program.reach import Reach
from codemod.program.statements import Statements, entered, may_be_left
from codemod.program.units import MODULE, Unit
from codemod.python.tree import is_docstring, is_main_block

__all__ = ["Entries"]


_Found = tuple[tuple[Step, ...], ast.stmt]
"""The way to a statement, and the statement."""


class Entries:
    """Finds the entry points of one script.

    Args:
        reach: What the script reaches.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._parsing = Parsing(reach)
        self._statements = Statements(reach, self._parsing)
        self._ways: dict[ast.stmt, tuple[Step, ...]] | None = None
        self._first: dict[Unit, _Found | None] = {}

    # -- scripts that lead to trials -----------------------------------------

    def of_module(self, code: Unit) -> list[EntryPoint]:
        """The entry points that a module's own code leads to trials by."""
        body = code.module.tree.body
        # Failing all else, where what leads to them is named for somebody else.
        found = self._leading(code, body, ()) or self._leading(code, body, (), True)
        if found is None:
            return []
        path, stmt = found
        scope = Scope(code.module.tree, _position(stmt))
        if functions := self._enterable(code, body, found):
            return [self.of_function(*called, (scope,)) for called in functions]
        node: ast.If | ast.Module = code.module.tree
        name, kind = MODULE, "module"
        for block in _blocks_on(body, path):
            if isinstance(block, ast.If) and is_main_block(block):
                node, name, kind = block, "__main__", "block"
        depth = self._safe_depth(code, body, path)
        place = Place(path[:depth], path[depth][0])
        return [EntryPoint(name, kind, node, place, self._scopes(code, (scope,), stmt))]

    def of_function(
        self, unit: Unit, kind: str = "", scopes: tuple[Scope, ...] = ()
    ) -> EntryPoint:
        """The entry point that a function is, or that it only calls.

        Args:
            unit: A function at module level.
            kind: What runs it, if that is known already.
            scopes: The code that calls it.
        """
        seen = {unit}
        kind = kind or kind_of(unit)
        scopes = scopes or (Scope(unit.module.tree, None),)
        while True:
            assert unit.function is not None
            found = self._leading_in(unit)
            limit = _position(found[1]) if found else None
            scopes = (*scopes, Scope(unit.function, limit))
            body = unit.function.body
            inner = self._enterable(unit, body, found) if kind == "main" else []
            if len(inner) != 1 or inner[0].unit in seen:
                break
            unit, kind = inner[0]
            seen.add(unit)
        way = self._way_into(unit)
        if kind in ("main", "function") and self._parsing.holds_parse(
            unit, *unit.function.body
        ):
            kind = "argparse"
        place = self._place(unit, unit.function.body, way, kind == "hydra")
        more = self._scopes(unit, scopes, found[1] if found else None)
        return EntryPoint(unit.name, kind, unit.function, place, more)

    def _leading_in(self, unit: Unit) -> _Found | None:
        """The first statement of a function that leads to trials; looked for once."""
        if unit not in self._first:
            assert unit.function is not None
            self._first[unit] = self._leading(unit, unit.function.body, ())
        return self._first[unit]

    def _way_into(self, unit: Unit) -> tuple[Step, ...]:
        if self._ways is None:
            self._ways = ways_in(unit.module.tree.body)
        assert unit.function is not None
        return self._ways[unit.function]

    def _leading(
        self,
        unit: Unit,
        body: Sequence[ast.stmt],
        path: tuple[Step, ...],
        names: bool = False,
    ) -> _Found | None:
        """The first statement that leads to trials, or names what does.

        ``__main__`` blocks, ``try`` and ``with`` are looked into.
        """
        for index, stmt in enumerate(body):
            known = self._statements.of(unit, stmt)
            if not (known.names if names else known.leads):
                continue
            if not self._header_leads(unit, stmt):
                for name in entered(stmt):
                    inner = getattr(stmt, name)
                    way = (*path, (index, name))
                    if found := self._leading(unit, inner, way, names):
                        return found
            return (*path, (index, "")), stmt
        return None

    def _header_leads(self, unit: Unit, stmt: ast.stmt) -> bool:
        parts = [*getattr(stmt, "items", ()), *getattr(stmt, "handlers", ())]
        return any(self._statements.part_leads(unit, part) for part in parts)

    def _enterable(
        self, unit: Unit, body: Sequence[ast.stmt], found: _Found | None
    ) -> list[Called]:
        """The functions of this file that a statement does nothing but call."""
        if found is None or self._safe_depth(unit, body, found[0]) < len(found[0]) - 1:
            return []
        leading = [
            called
            for called in called_once(found[1], unit)
            if called.unit in self._reach.starting and not self.only_groups(called.unit)
        ]
        if any(called.unit.module is not unit.module for called in leading):
            return []
        return [
            called
            for called in leading
            if called.kind != "function" or self._is_main(called.unit)
        ]

    def _safe_depth(
        self, unit: Unit, body: Sequence[ast.stmt], path: tuple[Step, ...]
    ) -> int:
        """How many blocks on a way end early only where no more trials follow."""
        for depth, (index, name) in enumerate(path[:-1]):
            stmt = body[index]
            behind = list(body[index + 1 :]) if may_be_left(stmt) else []
            if name != "finalbody":
                behind += getattr(stmt, "finalbody", [])
            if any(self._statements.of(unit, one).leads for one in behind):
                return depth
            body = getattr(stmt, name)
        return len(path) - 1

    def only_groups(self, unit: Unit) -> bool:
        """Whether a function leads to trials by the commands that it groups alone."""
        return bool(unit.registered) and self._leading_in(unit) is None

    def _is_main(self, unit: Unit) -> bool:
        assert unit.function is not None
        return self._parsing.mentions_parse(unit, *unit.function.body)

    def _scopes(
        self, unit: Unit, scopes: tuple[Scope, ...], stmt: ast.stmt | None
    ) -> tuple[Scope, ...]:
        """The scopes, with those of functions that are called from there on."""
        seen = {unit}
        while stmt is not None:
            called = called_once(stmt, unit)
            if len(called) != 1 or called[0].unit in seen:
                break
            if called[0].unit.module is not unit.module:
                break
            unit = called[0].unit
            assert unit.function is not None
            seen.add(unit)
            found = self._leading_in(unit)
            stmt = found[1] if found else None
            if stmt is not None:
                scopes = (*scopes, Scope(unit.function, _position(stmt)))
        return scopes

    # -- scripts that lead nowhere --------------------------------------------

    def of_any(self, code: Unit, any_main: bool) -> list[EntryPoint]:
        """The entry points of a script that starts no trials that can be seen.

        Args:
            code: The module's own code.
            any_main: Whether a ``main()`` that parses nothing counts as well, and
                failing that the ``__main__`` block.
        """
        module = code.module
        parses = self._parsing.mentions_parse(code, *module.tree.body)
        found = [
            self.of_function(unit)
            for units in module.units.values()
            for unit in units
            if unit.kind == "function"
            and (
                kind_of(unit) == "hydra"
                or (unit.name == "main" and (any_main or parses or self._is_main(unit)))
            )
        ]
        if found or not any_main:
            return sorted(found, key=lambda entry: entry.place)
        return [
            EntryPoint(
                "__main__",
                "block",
                stmt,
                self._place(code, stmt.body, ((index, "body"),), False),
                (Scope(module.tree, None),),
            )
            for index, stmt in enumerate(module.tree.body)
            if isinstance(stmt, ast.If) and is_main_block(stmt)
        ]

    # -- the place ------------------------------------------------------------

    def _place(
        self, unit: Unit, body: Sequence[ast.stmt], path: tuple[Step, ...], hydra: bool
    ) -> Place:
        first = int(is_docstring(body[0])) if unit.function else 0
        end = len(body)
        if not hydra:
            end = self._first_that_may_lead(unit, body)
            if found := self._behind_parse(unit, body, end, path):
                return found
        else:
            others = (i for i in range(first, end) if not self._sets(unit, body[i]))
            end = next(others, end)
        return Place(path, self._behind_environment(unit, body, first, end))

    def _first_that_may_lead(self, unit: Unit, body: Sequence[ast.stmt]) -> int:
        """The index of the first statement that may lead to trials."""
        known = (self._statements.of(unit, stmt) for stmt in body)
        return next((i for i, one in enumerate(known) if one.may_lead), len(body))

    def _sets(self, unit: Unit, stmt: ast.stmt) -> bool:
        return self._statements.of(unit, stmt).sets

    def _behind_environment(
        self, unit: Unit, body: Sequence[ast.stmt], gap: int, end: int
    ) -> int:
        """Behind the settings of the environment that stand in front of ``end``.

        What they set is read when transformers is imported.
        """
        settings = [i for i in range(gap, end) if self._sets(unit, body[i])]
        return settings[-1] + 1 if settings else gap

    def _behind_parse(
        self,
        unit: Unit,
        body: Sequence[ast.stmt],
        end: int,
        path: tuple[Step, ...],
        later: bool = False,
    ) -> Place | None:
        """The gap behind the last statement in front of ``end`` that parses.

        ``later`` tells whether what stands behind the body may lead to trials.
        """
        # What leads there may be a `with` in which something parses before.
        if end < len(body):
            rest = body[end + 1 :]
            behind = later or self._first_that_may_lead(unit, rest) < len(rest)
            if inner := self._in_block(unit, body, end, path, behind):
                return inner
            later = True
        for index in range(end - 1, -1, -1):
            stmt = body[index]
            if not self._statements.of(unit, stmt).parses:
                continue
            if inner := self._in_block(unit, body, index, path, later):
                return inner
            if self._parsing.only_parses(unit, stmt):
                return Place(path, self._behind_environment(unit, body, index + 1, end))
            end = index  # perhaps it starts trials
        return None

    def _in_block(
        self,
        unit: Unit,
        body: Sequence[ast.stmt],
        index: int,
        path: tuple[Step, ...],
        later: bool,
    ) -> Place | None:
        """The gap in the one block of a ``try`` or ``with`` that parses."""
        stmt = body[index]
        names = entered(stmt)
        if not names or self._parsing.holds_parse(unit, *getattr(stmt, "items", ())):
            return None
        handlers = getattr(stmt, "handlers", ())
        if self._header_leads(unit, stmt) or self._parsing.holds_parse(unit, *handlers):
            return None  # one block would leave the other way out unguarded
        parsing = [
            name
            for name in names
            if any(self._statements.of(unit, s).parses for s in getattr(stmt, name))
        ]
        if len(parsing) != 1 or (later and may_be_left(stmt)):
            return None
        (name,) = parsing
        inner, last = getattr(stmt, name), getattr(stmt, "finalbody", [])
        if inner is not last and self._first_that_may_lead(unit, last) < len(last):
            return None
        end = self._first_that_may_lead(unit, inner)
        return self._behind_parse(unit, inner, end, (*path, (index, name)), later)


def _position(stmt: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(stmt, "decorator_list", [])
    return min([(stmt.lineno, stmt.col_offset), *((d.lineno, 0) for d in decorators)])


def _blocks_on(body: Sequence[ast.stmt], path: tuple[Step, ...]) -> Iterator[ast.stmt]:
    for index, name in path[:-1]:
        yield body[index]
        body = getattr(body[index], name)
