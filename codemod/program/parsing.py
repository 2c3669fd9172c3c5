"""What parses a command line: argparse and its relatives, helpers included.

The question "does this statement parse arguments?" is asked of scripts and of the
first-party modules that their helpers come from. A helper's name proves nothing: of
72 imported helpers that looked right in real repositories, 9 parsed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Protocol

from codemod.python.tree import (
    Binding,
    Function,
    bindings,
    calls,
    dotted,
    module_level,
    own_nodes,
    statements,
)

__all__ = ["FAMILY", "Module", "Resolver"]


class Resolver(Protocol):
    """Looks into the first-party modules that a script imports from."""

    def is_module(self, binding: Binding) -> bool:
        """Whether a binding is a first-party module rather than an object."""

    def parses(self, binding: Binding, name: str) -> bool:
        """Whether the function ``name`` of a binding's module really parses."""


FAMILY = frozenset(
    {
        "argparse",
        "configargparse",
        "jsonargparse",
        "simple_parsing",
        "tap",
        "transformers",
        "trl",
    }
)
"""Modules with parsers that are ``argparse.ArgumentParser`` or derive from it."""

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
# HfArgumentParser's and jsonargparse's other entrances have names that other
# classes use too: they count only where such a parser is imported.
_SPECIAL_METHODS = {
    "HfArgumentParser": {"parse_dict", "parse_json_file", "parse_yaml_file"},
    "TrlParser": {"parse_dict", "parse_json_file", "parse_yaml_file"},
    "jsonargparse": {"parse_env", "parse_object", "parse_path", "parse_string"},
}
_FUNCTIONS = frozenset({"simple_parsing.parse", "simple_parsing.parse_known_args"})
RUNNERS = frozenset({"jsonargparse.CLI", "jsonargparse.auto_cli", "tap.tapify"})
"""Functions that parse and then call what they were given, in one go."""


class Module:
    """A module's answers about parsing; each is worked out once, when asked.

    Args:
        tree: The module.
        resolver: Answers for functions imported from elsewhere; ``None`` knows of
            no first-party module.
    """

    def __init__(self, tree: ast.Module, resolver: Resolver | None = None) -> None:
        self.tree = tree
        self.resolver = resolver
        self._parses: dict[str, bool] = {}

    @cached_property
    def bindings(self) -> dict[str, Binding]:
        """What the module's imports bind."""
        return bindings(self.tree)

    @cached_property
    def functions(self) -> dict[str, Function]:
        """Module-level functions by name, methods as ``Class.method``."""
        found: dict[str, Function] = {}
        for stmt in module_level(self.tree.body):
            if isinstance(stmt, Function):
                found[stmt.name] = stmt
            elif isinstance(stmt, ast.ClassDef):
                for method in stmt.body:
                    if isinstance(method, Function):
                        found[f"{stmt.name}.{method.name}"] = method
        return found

    @cached_property
    def _nested(self) -> dict[str, Function]:
        """Functions inside of functions; only those around them can call them."""
        return {
            stmt.name: stmt
            for function in self.functions.values()
            for stmt in statements(function.body)
            if isinstance(stmt, Function)
        }

    @cached_property
    def _instances(self) -> dict[str, set[str]]:
        """The classes (or functions) whose result is assigned to a name."""
        found: dict[str, set[str]] = {}
        for target, value in _assignments(statements(self.tree.body)):
            if isinstance(value, ast.Call) and (owner := dotted(value.func)):
                found.setdefault(target, set()).add(owner)
        return found

    @cached_property
    def _aliases(self) -> dict[str, ast.expr]:
        """What else may be called by a module-level name: ``parse = get_args``."""
        return dict(_assignments(module_level(self.tree.body)))

    @cached_property
    def _bases(self) -> dict[str, list[str]]:
        return {
            stmt.name: [name for base in stmt.bases if (name := dotted(base))]
            for stmt in module_level(self.tree.body)
            if isinstance(stmt, ast.ClassDef)
        }

    @cached_property
    def _methods(self) -> frozenset[str]:
        """The method names that parse, given what the module imports."""
        names = set(_METHODS)
        for binding in self.bindings.values():
            for key in (binding.name or "", binding.module):
                names |= _SPECIAL_METHODS.get(key, set())
        return frozenset(names)

    @cached_property
    def _optparse(self) -> Callable[[ast.expr], bool]:
        """Whether a receiver is a parser of optparse, which has the same method."""
        imported = {binding.module for binding in self.bindings.values()}
        if "optparse" not in imported:
            return lambda receiver: False
        if not imported & FAMILY:
            return lambda receiver: True
        parsers: set[str | None] = set()
        for stmt in statements(self.tree.body):
            if not isinstance(stmt, ast.Assign) or not isinstance(stmt.value, ast.Call):
                continue
            if self.qualified(stmt.value.func) == "optparse.OptionParser":
                parsers.update(dotted(target) for target in stmt.targets)
        return lambda receiver: dotted(receiver) in parsers

    def qualified(self, node: ast.AST) -> str | None:
        """The dotted name of an expression, its imported root spelt out."""
        name = dotted(node)
        if name is None:
            return None
        root, _, rest = name.partition(".")
        binding = self.bindings.get(root)
        if binding is None:
            return name
        return f"{binding.qualified}.{rest}" if rest else binding.qualified

    def parse_calls(self, root: ast.AST) -> Iterator[ast.Call]:
        """The calls that parse arguments when ``root`` runs."""
        return (call for call in calls(root) if self._is_parse(call))

    def holds_parse(self, root: ast.AST) -> bool:
        """Whether ``root`` parses arguments when it runs."""
        return any(True for _ in self.parse_calls(root))

    def any_parses(self, body: Sequence[ast.stmt]) -> bool:
        """Whether any statement parses; looked up elsewhere only where need be."""
        return any(
            self.is_direct_parse(call) for stmt in body for call in calls(stmt)
        ) or any(map(self.holds_parse, body))

    def runs_what_it_parses(self, call: ast.Call) -> bool:
        """Whether a parsing call also does the work (``jsonargparse.CLI(train)``)."""
        return self.qualified(call.func) in RUNNERS

    def helper(self, call: ast.Call) -> Function | None:
        """The function of this module that a call calls, if it is one."""
        name = self._callee(call) or ""
        return self.functions.get(name) or self._nested.get(name)

    def function_parses(self, name: str) -> bool:
        """Whether the function ``name`` (or ``Class.method``) parses arguments.

        Followed through functions of this module and, by the resolver, through
        what it imports from first-party modules. Recursion ends at ``False``.
        """
        if name not in self._parses:
            self._parses[name] = False
            self._parses[name] = self._work_out(name)
        return self._parses[name]

    def parses_at_module_level(self) -> bool:
        """Whether importing or running the module parses, main block included."""
        return self._parses_at_module_level

    @cached_property
    def _parses_at_module_level(self) -> bool:
        return any(
            self.holds_parse(part)
            for stmt in module_level(self.tree.body)
            for part in _header(stmt)
        )

    def _work_out(self, name: str) -> bool:
        owner, _, method = name.partition(".")
        if function := self.functions.get(name):
            return self.any_parses(function.body) or any(
                self._is_own_parse(call, owner, function)
                for stmt in function.body
                for call in calls(stmt)
            )
        if owner in self._bases:
            if not method:  # a class is called
                return self.function_parses(f"{owner}.__init__")
            return self._inherits_parse(owner, method)
        if binding := self.bindings.get(owner):
            return self._imported(binding, method)
        if nested := self._nested.get(name):
            return self.any_parses(nested.body)
        stars = (b for key, b in self.bindings.items() if key.startswith("*"))
        return (
            self._parses_as_instance(name)
            or self._parses_as_alias(name)
            or any(self._imported(star, name) for star in stars)
        )

    def _parses_as_instance(self, name: str) -> bool:
        """Whether ``options.parse`` does, after ``options = Options()``."""
        instance, _, method = name.rpartition(".")
        classes = self._instances.get(instance, set())
        return any(self.function_parses(f"{owner}.{method}") for owner in classes)

    def _parses_as_alias(self, name: str) -> bool:
        """Whether a name does that was assigned to a function."""
        value = self._aliases.get(name)
        if isinstance(value, ast.Call) and value.args:
            if self.qualified(value.func) != "functools.partial":
                return False
            value = value.args[0]
        if isinstance(value, ast.Lambda):
            return self.holds_parse(value.body)
        if isinstance(value, ast.Attribute) and self._is_parse_method(value):
            return True
        function = dotted(value) if value else None
        return function is not None and self.function_parses(function)

    def _is_own_parse(self, call: ast.Call, owner: str, function: Function) -> bool:
        """Whether a method calls one of its object's that parses: ``self.gather()``."""
        func = call.func
        if owner not in self._bases or not isinstance(func, ast.Attribute):
            return False
        if isinstance(func.value, ast.Call):
            inherited = dotted(func.value.func) == "super"
            return inherited and self._inherits_parse(owner, func.attr)
        receivers = [arg.arg for arg in function.args.args[:1]]
        return (
            isinstance(func.value, ast.Name)
            and func.value.id in receivers
            and self.function_parses(f"{owner}.{func.attr}")
        )

    def _inherits_parse(self, owner: str, method: str) -> bool:
        bases = self._bases[owner]
        return any(self.function_parses(f"{base}.{method}") for base in bases)

    def _imported(self, binding: Binding, attribute: str) -> bool:
        path = [part for part in (binding.name, attribute) if part and part != "*"]
        if self.resolver is None or not path:
            return False
        return self.resolver.parses(binding, ".".join(path))

    def is_direct_parse(self, call: ast.Call) -> bool:
        """Whether a call is ``parse_args`` or a relative, not a helper around it."""
        qualified = self.qualified(call.func)
        if qualified in _FUNCTIONS or qualified in RUNNERS:
            return True
        return isinstance(call.func, ast.Attribute) and self._is_parse_method(call.func)

    def _is_parse_method(self, method: ast.Attribute) -> bool:
        """Whether ``x.parse_args`` is the parser's own method, as far as one sees."""
        receiver = method.value
        return (
            method.attr in self._methods
            and not self._is_other_module(receiver)
            and not self._optparse(receiver)
            and not self._is_other_class(receiver, method.attr)
        )

    def _is_parse(self, call: ast.Call) -> bool:
        if self.is_direct_parse(call):
            return True
        callee = self._callee(call)
        return callee is not None and self.function_parses(callee)

    def _is_other_module(self, receiver: ast.expr) -> bool:
        """Whether a receiver is a module whose ``parse_args`` must be looked at."""
        if not isinstance(receiver, ast.Name):
            return False
        binding = self.bindings.get(receiver.id)
        if binding is None or binding.module.partition(".")[0] in FAMILY:
            return False
        if binding.name is None or self.resolver is None:
            return binding.name is None
        return self.resolver.is_module(binding)

    def _is_other_class(self, receiver: ast.expr, method: str) -> bool:
        """Whether a receiver's class has a method of its own, to be looked at."""
        if isinstance(receiver, ast.Call):
            owner = dotted(receiver.func)
            owners = {owner} if owner else set()
        else:
            owners = self._instances.get(dotted(receiver) or "", set())
        own = [f"{owner}.{method}" in self.functions for owner in owners]
        return bool(own) and all(own)

    def _callee(self, call: ast.Call) -> str | None:
        """The key in ``functions`` that a call may mean."""
        func = call.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
            owner = dotted(func.value.func)  # Options().parse()
            return f"{owner}.{func.attr}" if owner else None
        return dotted(func)


def _header(stmt: ast.stmt) -> Sequence[ast.AST]:
    """The parts of a statement that are not statements of their own."""
    if isinstance(stmt, Function | ast.ClassDef):
        return stmt.decorator_list
    children = ast.iter_child_nodes(stmt)
    nested = (ast.stmt, ast.ExceptHandler, ast.match_case)
    return [child for child in children if not isinstance(child, nested)]


def _assignments(stmts: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """The dotted names that are assigned to, with their values."""
    for stmt in stmts:
        if isinstance(stmt, ast.Assign):
            targets = stmt.targets
        elif isinstance(stmt, ast.AnnAssign):
            targets = [stmt.target]
        else:
            continue
        for target in targets:
            if stmt.value and (name := dotted(target)):
                yield name, stmt.value


def uses_global(function: Function) -> bool:
    """Whether a function binds global names: it hands its result over by them."""
    return any(
        isinstance(node, ast.Global)
        for stmt in function.body
        for node in own_nodes(stmt)
    )
