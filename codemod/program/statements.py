"""What the statements of an entry point do; each is looked at once."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.program.commands import EXITS
from codemod.program.parsing import Parsing
from codemod.program.reach import Reach
from codemod.program.units import Unit, Uses
from codemod.program.uses import assigned, registered
from codemod.python.tree import (
    Function,
    dotted,
    is_main_block,
    last_name,
    own_nodes,
)

__all__ = ["Statement", "Statements", "entered", "may_be_left"]

_ENTERED = ("body", "orelse", "finalbody")
_ENDS = EXITS - {"SystemExit"}  # which has to be raised
_ENVIRONMENT = frozenset({"environ", "putenv", "unsetenv", "load_dotenv"})
_NAMING = (
    *(ast.Name, ast.Attribute, ast.Constant, ast.expr_context),
    *(ast.Dict, ast.List, ast.Set, ast.Tuple),
)
_READS = frozenset({"copy", "get", "items", "keys", "values"})


class Statement(NamedTuple):
    """What a statement does when it runs.

    Attributes:
        leads: Whether it leads to trials.
        names: Whether it only names what does: ``COMMANDS = {"tune": tune}``.
        may_lead: Whether it does, or calls what cannot be looked at.
        parses: Whether it parses a command line.
        sets: Whether it sets something in the environment, or a helper does.
    """

    leads: bool = False
    names: bool = False
    may_lead: bool = False
    parses: bool = False
    sets: bool = False


class Statements:
    """Looks at the statements of one script.

    Args:
        reach: What the script reaches.
        parsing: Knows what parses.
    """

    def __init__(self, reach: Reach, parsing: Parsing) -> None:
        self._reach = reach
        self._parsing = parsing
        self._known: dict[ast.stmt, Statement] = {}
        self._setters: dict[Unit, bool] = {}

    def of(self, unit: Unit, stmt: ast.stmt) -> Statement:
        """What a statement of a unit's code does."""
        if stmt not in self._known:
            self._known[stmt] = self._look(unit, stmt)
        return self._known[stmt]

    def part_leads(self, unit: Unit, node: ast.AST) -> bool:
        """Whether a part of a statement leads to trials."""
        return self._reach.leads(unit, unit.uses_in([node]))

    def _look(self, unit: Unit, stmt: ast.stmt) -> Statement:
        names = entered(stmt)
        found = self._look_at(unit, stmt, _rest(stmt, names) if names else [stmt])
        inner = [s for name in names for s in getattr(stmt, name)]
        for one in inner:  # each is looked at once, however deep the blocks are
            both = zip(found, self.of(unit, one), strict=True)
            found = Statement(*(a or b for a, b in both))
        return found

    def _look_at(self, unit: Unit, stmt: ast.stmt, nodes: list[ast.AST]) -> Statement:
        uses = unit.uses_in(nodes)
        parses = self._parsing.in_calls(unit, uses.calls)
        if isinstance(stmt, Function | ast.ClassDef):
            leads = self._definition_leads(unit, stmt)
            return Statement(leads, may_lead=leads, parses=parses)
        leads = registered(stmt) is None and self._reach.leads(unit, uses)
        names = leads and _only_names(unit, stmt, uses)
        leads = leads and not names
        may_lead = leads or self._parsing.calls_what_is_not_there(unit, uses.calls)
        sets = self._sets(unit, nodes, uses)
        return Statement(leads, names, may_lead, parses, sets)

    def _definition_leads(self, unit: Unit, stmt: Function | ast.ClassDef) -> bool:
        """Whether what is called where something is defined leads to trials.

        The call may stand in the body of a class or in a default. What a decorator
        registers does not run by that, nor what is handed to a ``field()``.
        """
        nodes = [node for part in _defining(stmt) for node in own_nodes(part)]
        return any(
            self._reach.is_start(node) or self.part_leads(unit, node.func)
            for node in nodes
            if isinstance(node, ast.Call)
        )

    def _sets(self, unit: Unit, nodes: list[ast.AST], uses: Uses) -> bool:
        return _set_environment(nodes, uses) or any(
            self._is_setter(helper)
            for call in uses.calls
            for helper in self._parsing.callee(call, unit).functions
        )

    def _is_setter(self, helper: Unit) -> bool:
        if helper not in self._setters:
            self._setters[helper] = _set_environment(helper.nodes, helper.uses)
        return self._setters[helper]


def entered(stmt: ast.stmt) -> list[str]:
    """The names of a statement's blocks that run whenever it does."""
    if isinstance(stmt, ast.With | ast.AsyncWith):
        return ["body"]
    if type(stmt).__name__ in ("Try", "TryStar"):  # TryStar is new in 3.11
        return [name for name in _ENTERED if getattr(stmt, name)]
    return ["body"] if is_main_block(stmt) else []


def may_be_left(stmt: ast.stmt) -> bool:
    """Whether a block may end early and what stands behind the statement still runs.

    So it is with a ``try`` whose handlers go on, and with ``suppress(...)``.
    """
    handlers: list[ast.ExceptHandler] = getattr(stmt, "handlers", [])
    items: list[ast.withitem] = getattr(stmt, "items", [])
    calls = [i.context_expr for i in items if isinstance(i.context_expr, ast.Call)]
    suppresses = any(last_name(call.func) == "suppress" for call in calls)
    return suppresses or not all(_leaves(handler.body) for handler in handlers)


def _leaves(body: list[ast.stmt]) -> bool:
    """Whether nothing behind a block runs after it."""
    ways = [body]  # a chain of `elif` may be longer than Python's stack
    for way in ways:
        last = way[-1]
        call = last.value if isinstance(last, ast.Expr) else None
        if isinstance(last, ast.If) and last.orelse:
            ways += [last.body, last.orelse]
        elif not isinstance(last, ast.Return | ast.Raise) and not (
            isinstance(call, ast.Call) and dotted(call.func) in _ENDS
        ):
            return False
    return True


def _defining(stmt: Function | ast.ClassDef) -> list[ast.AST]:
    """What of a definition runs at once, decorators left out."""
    if isinstance(stmt, Function):
        return [*stmt.args.defaults, *filter(None, stmt.args.kw_defaults)]
    found: list[ast.AST] = [*stmt.bases, *stmt.keywords]
    for inner in stmt.body:
        if isinstance(inner, Function | ast.ClassDef):
            found += _defining(inner)
        else:
            found.append(inner)
    return found


def _only_names(unit: Unit, stmt: ast.stmt, uses: Uses) -> bool:
    """Whether a statement names what others run, and runs nothing itself.

    Only at module level, where it is known who uses the variable. An attribute of an
    object may be a property, which runs.
    """
    if unit.kind != "module" or not isinstance(stmt, ast.Assign | ast.AnnAssign):
        return False
    pairs = list(assigned(stmt))
    is_table = bool(pairs) and all(
        isinstance(target, ast.Name)
        and all(isinstance(node, _NAMING) for node in ast.walk(value))
        for target, value in pairs
    )
    return is_table and not unit.links_of(uses).attributes


def _rest(stmt: ast.stmt, names: list[str]) -> list[ast.AST]:
    """What of a statement is in none of some blocks."""
    values = [getattr(stmt, field) for field in stmt._fields if field not in names]
    lists = [value if isinstance(value, list) else [value] for value in values]
    return [node for nodes in lists for node in nodes if isinstance(node, ast.AST)]


def _set_environment(nodes: list[ast.AST], uses: Uses) -> bool:
    """Whether code sets something in ``os.environ``, or may."""
    names = uses.attributes.keys() | {part for chain in uses.chains for part in chain}
    return not _ENVIRONMENT.isdisjoint(names) and any(map(_sets_environment, nodes))


def _sets_environment(stmt: ast.AST) -> bool:
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
