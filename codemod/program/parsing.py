"""What parses a command line, for certain: argparse, its relatives, helpers.

A helper's name proves nothing: of 72 imported helpers that looked right in real
repositories, 9 parsed. So each is looked at.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from typing import NamedTuple

from codemod.program.graph import Edges, Node, closure
from codemod.program.reach import Reach
from codemod.program.units import Unit, methods_of
from codemod.python.tree import dotted, own_nodes

__all__ = ["Callee", "Parsing"]

_METHODS = frozenset(
    {
        "parse_args",
        "parse_args_and_config",
        "parse_args_into_dataclasses",
        "parse_intermixed_args",
        "parse_known_args",
        "parse_known_intermixed_args",
    }
)
# HfArgumentParser's and jsonargparse's other entrances have names that other classes
# use too: they count only where such a parser is imported.
_OTHER_METHODS = {
    "transformers": frozenset({"parse_dict", "parse_json_file", "parse_yaml_file"}),
    "trl": frozenset({"parse_dict", "parse_json_file", "parse_yaml_file"}),
    "jsonargparse": frozenset(
        {"parse_env", "parse_object", "parse_path", "parse_string"}
    ),
}
_FUNCTIONS = frozenset(
    {
        "docopt.docopt",
        "pyrallis.parse",
        "simple_parsing.parse",
        "simple_parsing.parse_known_args",
    }
)
# These parse and then call what they were given.
_PARSE_AND_RUN = frozenset(
    {"jsonargparse.CLI", "jsonargparse.auto_cli", "tap.tapify", "tyro.cli"}
)
_DIRECT = _FUNCTIONS | _PARSE_AND_RUN
_BUILTINS = frozenset(dir(builtins))


class Callee(NamedTuple):
    """What a call calls, as far as names tell.

    Attributes:
        functions: The first-party functions.
        is_parser: Whether it is ``parse_args`` or a relative, not a helper around it.
        is_missing: Whether it is a function that nobody can look at.
    """

    functions: list[Unit]
    is_parser: bool = False
    is_missing: bool = False


class Parsing:
    """Answers about the code that a script reaches.

    Args:
        reach: What the script reaches.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._parses: dict[Unit, bool] = {}
        self._mentions: dict[Unit, bool] = {}
        self._callees: dict[tuple[Unit, str], Callee] = {}

    def parses(self, unit: Unit) -> bool:
        """Whether a function parses a command line, itself or by a helper.

        One that starts trials does not count, nor one that calls what is not there.
        """
        return self._leads(unit, self._parses, self._is_out_of_question)

    def mentions_parse(self, unit: Unit, *nodes: ast.AST) -> bool:
        """Whether code parses, be it by a helper that also does the work."""
        called = [self.callee(call, unit) for call in unit.uses_in(nodes).calls]
        return any(one.is_parser for one in called) or any(
            self._leads(target, self._mentions, lambda _: False)
            for one in called
            for target in one.functions
        )

    def _is_out_of_question(self, unit: Unit) -> bool:
        starts = unit in self._reach.starting
        return starts or self.calls_what_is_not_there(unit, unit.uses.calls)

    def _leads(
        self, asked: Unit, known: dict[Unit, bool], is_left_out: Callable[[Unit], bool]
    ) -> bool:
        """Whether a function calls what parses, through whatever it calls.

        Args:
            asked: The function.
            known: The answers for those that were asked about before.
            is_left_out: Whether the answer for a function is no, whatever it calls.
        """
        if asked in known:
            return known[asked]
        callers: Edges = {}
        waiting, parsing = [asked], list[Node]()
        while waiting:
            unit = waiting.pop()
            if unit in known:
                continue
            known[unit] = False
            if is_left_out(unit):
                continue
            for call in unit.uses.calls:
                callee = self.callee(call, unit)
                if callee.is_parser:
                    parsing.append(unit)
                for target in callee.functions:
                    callers.setdefault(target, set()).add(unit)
                    waiting.append(target)
        parsing += [unit for unit in callers if isinstance(unit, Unit) and known[unit]]
        known.update(
            (u, True) for u in closure(parsing, callers) if isinstance(u, Unit)
        )
        return known[asked]

    def holds_parse(self, unit: Unit, *nodes: ast.AST) -> bool:
        """Whether a piece of a unit's code parses when it runs."""
        return self.in_calls(unit, unit.uses_in(nodes).calls)

    def in_calls(self, unit: Unit, calls: list[ast.Call]) -> bool:
        """Whether one of the calls in a unit's code parses."""
        return any(self._is_parse(call, unit) for call in calls)

    def only_parses(self, unit: Unit, stmt: ast.stmt) -> bool:
        """Whether a statement that parses does nothing else that might start trials."""
        if self._reach.leads(unit, unit.uses_in([stmt])):
            return False
        calls = [node for node in own_nodes(stmt) if isinstance(node, ast.Call)]
        return not any(
            self._is_unknown(call, unit)
            for call in calls
            if not self._is_parse(call, unit) and self._works_on_parse(call, unit)
        ) and not any(self._runs_something(call, unit) for call in calls)

    def _works_on_parse(self, call: ast.Call, unit: Unit) -> bool:
        parts = [*call.args, *(keyword.value for keyword in call.keywords)]
        return self.holds_parse(unit, *parts)

    def _runs_something(self, call: ast.Call, unit: Unit) -> bool:
        return bool(_PARSE_AND_RUN.intersection(_names(call.func, unit)))

    def _is_unknown(self, call: ast.Call, unit: Unit) -> bool:
        """Whether nobody can say what a call does: it is another package's."""
        name = dotted(call.func)
        if name is None:
            return False
        found = unit.lookup(tuple(name.split(".")))
        if found is None:  # a variable: what it holds is called, or a method of that
            return "." not in name
        if found.missing or (found.externals and not found.units):
            roots = {name.partition(".")[0] for name in found.externals}
            return found.missing or not roots <= sys.stdlib_module_names
        return not found.units and "." not in name and name not in _BUILTINS

    def calls_what_is_not_there(self, unit: Unit, calls: list[ast.Call]) -> bool:
        """Whether one of some calls is of a function that nobody can look at."""
        return any(self.callee(call, unit).is_missing for call in calls)

    def _is_parse(self, call: ast.Call, unit: Unit) -> bool:
        callee = self.callee(call, unit)
        return callee.is_parser or any(map(self.parses, callee.functions))

    def callee(self, call: ast.Call, unit: Unit) -> Callee:
        """What a call in a unit's code calls."""
        func, name = call.func, dotted(call.func)
        if name is not None:
            if (unit, name) not in self._callees:
                self._callees[unit, name] = self._named(unit, name)
            return self._callees[unit, name]
        functions: list[Unit] = []
        if not isinstance(func, ast.Attribute):
            return Callee(functions)
        if isinstance(func.value, ast.Call):
            functions = self._of_made(func.value, unit, func.attr)
        return Callee(functions, _is_method(func.attr, unit) and not functions)

    def _named(self, unit: Unit, name: str) -> Callee:
        chain = tuple(name.split("."))
        found = unit.lookup(chain)
        units = list(found.units) if found else []
        if len(chain) == 2:
            units += self._methods(unit, *chain)
        functions = [u for u in units if u.kind == "function"]
        if len(chain) == 1:  # a class is called
            functions += [m for u in units for m in methods_of(u, "__init__")]
        is_method = len(chain) > 1 and _is_method(chain[-1], unit) and not functions
        if found is None:
            return Callee(functions, is_method)
        is_parser = is_method or not _DIRECT.isdisjoint(found.externals)
        is_known = bool(found.units or found.externals or found.modules)
        is_builtin = len(chain) > 1 or name in _BUILTINS
        is_missing = not is_known and (found.missing or not is_builtin)
        return Callee(functions, is_parser, is_missing)

    def _methods(self, unit: Unit, root: str, method: str) -> list[Unit]:
        """The methods that ``options.parse`` may be, by what ``options`` is."""
        if unit.owner and root == next(iter(unit.parameters), None):
            return methods_of(unit.owner, method)
        makers = (*unit.values(root), *unit.module.values(root))
        calls = [value for value in makers if isinstance(value, ast.Call)]
        return [found for call in calls for found in self._of_made(call, unit, method)]

    def _of_made(self, call: ast.Call, unit: Unit, method: str) -> list[Unit]:
        """The methods of what a call makes: ``Options().parse``, ``super().parse``."""
        name = dotted(call.func)
        if name == "super" and unit.owner:
            return [m for b in unit.owner.bases for m in methods_of(b, method)]
        found = unit.lookup(tuple(name.split("."))) if name else None
        return [
            m for u in (found.units if found else ()) for m in methods_of(u, method)
        ]


def _is_method(name: str, unit: Unit) -> bool:
    """Whether a method's name is a parser's in a module with such imports."""
    others = _OTHER_METHODS.items()
    imported = unit.module.imported
    return name in _METHODS or any(name in m and p in imported for p, m in others)


def _names(func: ast.expr, unit: Unit) -> tuple[str, ...]:
    name = dotted(func)
    found = unit.lookup(tuple(name.split("."))) if name else None
    return found.externals if found else ()
