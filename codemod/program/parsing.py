"""What parses a command line, for certain: argparse, its relatives, helpers.

A helper's name proves nothing: of 72 imported helpers that looked right in real
repositories, 9 parsed. So each is looked at.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable

from codemod.program.reach import Reach
from codemod.program.units import Unit, methods_of
from codemod.python.tree import dotted, own_nodes

__all__ = ["Parsing"]

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
_RUNNERS = frozenset(
    {"jsonargparse.CLI", "jsonargparse.auto_cli", "tap.tapify", "tyro.cli"}
)
_BUILTINS = frozenset(dir(builtins))


class Parsing:
    """Answers about the code that a script reaches.

    Args:
        reach: What the script reaches.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._parses: dict[Unit, bool] = {}

    def parses(self, unit: Unit) -> bool:
        """Whether a function parses a command line, itself or by a helper.

        One that starts trials does not count, nor one that calls what is not there.
        """
        if unit not in self._parses:
            self._parses[unit] = False  # for a circle of calls
            found = (
                unit not in self._reach.starting
                and not self.calls_what_is_not_there(unit, unit.nodes)
            )
            self._parses[unit] = found and self.holds_parse(unit, *unit.nodes)
        return self._parses[unit]

    def mentions_parse(self, unit: Unit, *nodes: ast.AST) -> bool:
        """Whether code parses, be it by a helper that also does the work."""
        seen: set[Unit] = set()
        waiting = [(call, unit) for call in unit.uses_in(nodes).calls]
        while waiting:
            call, here = waiting.pop()
            if self.is_direct(call, here):
                return True
            for target in self.callees(call, here):
                if target not in seen:
                    seen.add(target)
                    waiting += [(inner, target) for inner in target.uses.calls]
        return False

    def holds_parse(self, unit: Unit, *nodes: ast.AST) -> bool:
        """Whether a piece of a unit's code parses when it runs."""
        return any(self._is_parse(call, unit) for call in unit.uses_in(nodes).calls)

    def only_parses(self, unit: Unit, stmt: ast.stmt) -> bool:
        """Whether a statement that parses does nothing else that might start trials."""
        if self._reach.leads(unit, [stmt]):
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
        return bool(_RUNNERS.intersection(_names(call.func, unit)))

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

    def calls_what_is_not_there(self, unit: Unit, nodes: Iterable[ast.AST]) -> bool:
        """Whether code calls a function that nobody can look at."""
        for call in unit.uses_in(nodes).calls:
            name = dotted(call.func)
            found = unit.lookup(tuple(name.split("."))) if name else None
            if found is None or found.units or found.externals or found.modules:
                continue
            if found.missing or not ("." in str(name) or name in _BUILTINS):
                return True
        return False

    def _is_parse(self, call: ast.Call, unit: Unit) -> bool:
        if self.is_direct(call, unit):
            return True
        return any(self.parses(target) for target in self.callees(call, unit))

    def is_direct(self, call: ast.Call, unit: Unit) -> bool:
        """Whether a call is ``parse_args`` or a relative, not a helper around it."""
        if (_FUNCTIONS | _RUNNERS).intersection(_names(call.func, unit)):
            return True
        func = call.func
        if not isinstance(func, ast.Attribute):
            return False
        names = set(_METHODS)
        for package, more in _OTHER_METHODS.items():
            if package in unit.module.imported:
                names |= more
        return func.attr in names and not self.callees(call, unit)

    def callees(self, call: ast.Call, unit: Unit) -> list[Unit]:
        """The first-party functions that a call may call, as far as names tell."""
        func, name = call.func, dotted(call.func)
        if name is None:
            if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
                return self._of_made(func.value, unit, func.attr)
            return []
        chain = tuple(name.split("."))
        found = unit.lookup(chain)
        units = list(found.units) if found else []
        if len(chain) == 2:
            units += self._methods(unit, *chain)
        functions = [u for u in units if u.kind == "function"]
        if len(chain) == 1:  # a class is called
            functions += [m for u in units for m in methods_of(u, "__init__")]
        return functions

    def _methods(self, unit: Unit, root: str, method: str) -> list[Unit]:
        """The methods that ``options.parse`` may be, by what ``options`` is."""
        if (
            unit.owner
            and unit.function
            and unit.function.args.args[:1]
            and unit.function.args.args[0].arg == root
        ):
            return methods_of(unit.owner, method)
        makers: list[ast.AST] = [*unit.values(root)]
        for variable in unit.module.units.get(root, ()):
            makers += variable.nodes if variable.kind == "variable" else []
        calls = [value for value in makers if isinstance(value, ast.Call)]
        return [found for call in calls for found in self._of_made(call, unit, method)]

    def _of_made(self, call: ast.Call, unit: Unit, method: str) -> list[Unit]:
        """The methods of what a call makes: ``Options().parse``, ``super().parse``."""
        name = dotted(call.func)
        if name == "super" and unit.owner:
            return [m for b in unit.owner.bases() for m in methods_of(b, method)]
        found = unit.lookup(tuple(name.split("."))) if name else None
        return [
            m for u in (found.units if found else ()) for m in methods_of(u, method)
        ]


def _names(func: ast.expr, unit: Unit) -> tuple[str, ...]:
    name = dotted(func)
    found = unit.lookup(tuple(name.split("."))) if name else None
    return found.externals if found else ()
