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
from codemod.program.units import MODULE, Unit
from codemod.program.uses import registered
from codemod.python.tree import (
    Function,
    is_docstring,
    is_main_block,
    last_name,
    own_nodes,
)

__all__ = ["Entries"]

_ENTERED = ("body", "orelse", "finalbody")
_ENVIRONMENT = frozenset({"environ", "putenv", "unsetenv", "load_dotenv"})
_READS = frozenset({"copy", "get", "items", "keys", "values"})


class Entries:
    """Finds the entry points of one script.

    Args:
        reach: What the script reaches.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._parsing = Parsing(reach)
        self._ways: dict[ast.stmt, tuple[Step, ...]] | None = None

    # -- scripts that lead to trials -----------------------------------------

    def of_module(self, code: Unit) -> list[EntryPoint]:
        """The entry points that a module's own code leads to trials by."""
        body = code.module.tree.body
        found = self._leading(code, body, ())
        if found is None:
            return []
        path, stmt = found
        scope = Scope(code.module.tree, _position(stmt))
        if functions := self._enterable(code, stmt):
            return [self.of_function(*called, (scope,)) for called in functions]
        node: ast.If | ast.Module = code.module.tree
        name, kind = MODULE, "module"
        for block in _blocks_on(body, path):
            if isinstance(block, ast.If) and is_main_block(block):
                node, name, kind = block, "__main__", "block"
        place = Place(path[:-1], path[-1][0])
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
            found = self._leading(unit, unit.function.body, ())
            limit = _position(found[1]) if found else None
            scopes = (*scopes, Scope(unit.function, limit))
            inner = self._enterable(unit, found[1]) if found and kind == "main" else []
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

    def _way_into(self, unit: Unit) -> tuple[Step, ...]:
        if self._ways is None:
            self._ways = ways_in(unit.module.tree.body)
        assert unit.function is not None
        return self._ways[unit.function]

    def _leading(
        self, unit: Unit, body: Sequence[ast.stmt], path: tuple[Step, ...]
    ) -> tuple[tuple[Step, ...], ast.stmt] | None:
        """The first statement that leads to trials, and the way to it.

        ``__main__`` blocks, ``try`` and ``with`` are looked into.
        """
        for index, stmt in enumerate(body):
            if not self._leads(unit, stmt):
                continue
            if not self._header_leads(unit, stmt):
                for name in _entered(stmt):
                    inner = getattr(stmt, name)
                    way = (*path, (index, name))
                    if found := self._leading(unit, inner, way):
                        return found
            return (*path, (index, "")), stmt
        return None

    def _leads(self, unit: Unit, stmt: ast.AST) -> bool:
        if isinstance(stmt, Function | ast.ClassDef):
            return False  # to define and register something runs nothing
        if isinstance(stmt, ast.stmt) and registered(stmt):
            return False
        return self._reach.leads(unit, [stmt])

    def _may_lead(self, unit: Unit, stmt: ast.stmt) -> bool:
        """Whether a statement leads to trials, or calls what cannot be looked at."""
        if isinstance(stmt, Function | ast.ClassDef):
            return False
        return self._leads(unit, stmt) or self._parsing.calls_what_is_not_there(
            unit, [stmt]
        )

    def _header_leads(self, unit: Unit, stmt: ast.stmt) -> bool:
        parts = [*getattr(stmt, "items", ()), *getattr(stmt, "handlers", ())]
        return any(self._leads(unit, part) for part in parts)

    def _enterable(self, unit: Unit, stmt: ast.stmt) -> list[Called]:
        """The functions of this file that a statement does nothing but call."""
        leading = [
            called
            for called in called_once(stmt, unit)
            if called.unit in self._reach.starting and not self.only_groups(called.unit)
        ]
        if any(called.unit.module is not unit.module for called in leading):
            return []
        return [
            called
            for called in leading
            if called.kind != "function" or self._is_main(called.unit)
        ]

    def only_groups(self, unit: Unit) -> bool:
        """Whether a function leads to trials by the commands that it groups alone."""
        assert unit.function is not None
        body = unit.function.body
        return bool(unit.registered) and self._leading(unit, body, ()) is None

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
            found = self._leading(unit, unit.function.body, ())
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
            end = next((i for i, s in enumerate(body) if self._may_lead(unit, s)), end)
            if found := self._behind_parse(unit, body, end, path):
                return found
        else:
            end = next(
                (i for i in range(first, end) if not self._sets(unit, body[i])), end
            )
        return Place(path, self._behind_environment(unit, body, first, end))

    def _behind_environment(
        self, unit: Unit, body: Sequence[ast.stmt], gap: int, end: int
    ) -> int:
        """Behind the settings of the environment that stand in front of ``end``.

        What they set is read when transformers is imported.
        """
        settings = [i for i in range(gap, end) if self._sets(unit, body[i])]
        return settings[-1] + 1 if settings else gap

    def _sets(self, unit: Unit, stmt: ast.stmt) -> bool:
        """Whether a statement sets something in the environment, or a helper does."""
        if isinstance(stmt, Function | ast.ClassDef):
            return False
        return sets_environment(stmt) or any(
            sets_environment(inner)
            for call in unit.uses_in([stmt]).calls
            for helper in self._parsing.callees(call, unit)
            for inner in helper.nodes
            if isinstance(inner, ast.stmt)
        )

    def _behind_parse(
        self, unit: Unit, body: Sequence[ast.stmt], end: int, path: tuple[Step, ...]
    ) -> Place | None:
        """The gap behind the last statement in front of ``end`` that parses."""
        # What leads there may be a `with` in which something parses before.
        if end < len(body) and (inner := self._in_block(unit, body, end, path)):
            return inner
        for index in range(end - 1, -1, -1):
            stmt = body[index]
            if not self._parsing.holds_parse(unit, stmt):
                continue
            if inner := self._in_block(unit, body, index, path):
                return inner
            if self._parsing.only_parses(unit, stmt):
                return Place(path, self._behind_environment(unit, body, index + 1, end))
            end = index  # perhaps it starts trials
        return None

    def _in_block(
        self, unit: Unit, body: Sequence[ast.stmt], index: int, path: tuple[Step, ...]
    ) -> Place | None:
        """The gap in the one block of a ``try`` or ``with`` that parses."""
        stmt = body[index]
        names = _entered(stmt)
        if not names or self._parsing.holds_parse(unit, *getattr(stmt, "items", ())):
            return None
        handlers = getattr(stmt, "handlers", ())
        if self._header_leads(unit, stmt) or self._parsing.holds_parse(unit, *handlers):
            return None  # one block would leave the other way out unguarded
        parsing = [
            name
            for name in names
            if self._parsing.holds_parse(unit, *getattr(stmt, name))
        ]
        if len(parsing) != 1:
            return None
        inner = getattr(stmt, parsing[0])
        end = len(inner)
        end = next((i for i, s in enumerate(inner) if self._may_lead(unit, s)), end)
        return self._behind_parse(unit, inner, end, (*path, (index, parsing[0])))


def _entered(stmt: ast.stmt) -> list[str]:
    """The blocks of a statement that run whenever it does."""
    if isinstance(stmt, ast.With | ast.AsyncWith):
        return ["body"]
    if type(stmt).__name__ in ("Try", "TryStar"):  # TryStar is new in 3.11
        return [name for name in _ENTERED if getattr(stmt, name)]
    return ["body"] if is_main_block(stmt) else []


def _position(stmt: ast.stmt) -> tuple[int, int]:
    decorators: list[ast.expr] = getattr(stmt, "decorator_list", [])
    return min([(stmt.lineno, stmt.col_offset), *((d.lineno, 0) for d in decorators)])


def _blocks_on(body: Sequence[ast.stmt], path: tuple[Step, ...]) -> Iterator[ast.stmt]:
    for index, name in path[:-1]:
        yield body[index]
        body = getattr(body[index], name)


def sets_environment(stmt: ast.stmt) -> bool:
    """Whether a statement sets something in ``os.environ``, or may."""
    reads = {
        id(node.value)
        for node in own_nodes(stmt)
        if (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Attribute) and node.attr in _READS)
    }
    return any(
        last_name(node) in _ENVIRONMENT and id(node) not in reads
        for node in own_nodes(stmt)
        if isinstance(node, ast.Name | ast.Attribute)
    )
