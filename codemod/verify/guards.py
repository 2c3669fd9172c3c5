"""A script's guard, and what running it would do, found without running it.

The probe runs a guard's definition. A guard may have been edited, and a check that
promises not to run the script must not run what an edit put there. So only a definition
that does nothing but import from transformers, in ``try`` or ``with suppress(...)``, is
run at all.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from codemod.edits.guard import FUNCTION, GUARD, extra_names
from codemod.program.module import Module
from codemod.program.units import Unit
from codemod.python.tree import Function, dotted, is_docstring, last_name
from codemod.settings import Settings

__all__ = [
    "REWRITE",
    "Guard",
    "calls_of",
    "definition_of",
    "find",
    "is_name",
    "normalised",
]

_LIBRARY = "transformers"
_SUPPRESS = "contextlib.suppress"
REWRITE = "let eager-codemod write it: delete the definition, run it again"
_ADD = "run eager-codemod {path}, which adds the call"


@dataclass(frozen=True)
class Guard:
    """What a script does to load transformers before its trials start.

    Attributes:
        source: Its definition, without docstring, comments and layout, so that equal
            guards have equal sources; empty when it cannot be run.
        names: What it imports: ``BertConfig``, ``transformers.onnx.OnnxConfig``.
        renewal: How a run rewrites it: ``--upgrade``, or nothing where a plain run
            does; ``None`` where none does, since a person wrote or edited it.
        home: The file of a definition that the script imports.
        problem: Why it proves nothing without a run; empty when it can be run.
        advice: What to do about that, with ``{path}`` for the script's.
        line: The 1-based line that the problem is about, if it is about one.
    """

    source: str = ""
    names: tuple[str, ...] = ()
    renewal: str | None = None
    home: str = ""
    problem: str = ""
    advice: str = ""
    line: int | None = None


class _RefusedError(Exception):
    """A definition holds something that is not run; the text says what and where."""


def is_name(text: str) -> bool:
    """Whether a text names something of transformers, as in ``Guard.names``."""
    *module, name = text.split(".")
    if module and module[0] != _LIBRARY:
        return False
    return all(part.isidentifier() for part in (*module, name))


def find(module: Module) -> Guard | None:
    """Find a script's guard: its own, or one that it imports from a first-party module.

    Args:
        module: The script.

    Returns:
        ``None`` when the script has none.
    """
    unit = definition_of(FUNCTION, module)
    called = calls_of(FUNCTION, module.tree)
    if unit is None or unit.function is None:
        if not called and FUNCTION not in module.bindings:
            return None
        return Guard(problem="its definition was not found", advice=REWRITE)
    if not called:
        return Guard(problem="it is defined but never called", advice=_ADD)
    names: dict[str, None] = {}
    try:
        source = normalised(unit.function, _Imports(unit, names).all())
    except _RefusedError as refusal:
        problem = f"it was edited and is not run here: {refusal}"
        return Guard(problem=problem, advice=REWRITE)
    home = "" if unit.module is module else unit.module.path
    return Guard(source, tuple(names), _renewal(unit.function), home)


def _renewal(definition: Function) -> str | None:
    if extra_names(definition) is not None:
        return ""
    outdated = GUARD.update(definition, Settings(upgrade=True)) is not None
    return "--upgrade" if outdated else None


def definition_of(name: str, module: Module) -> Unit | None:
    """The definition of a function: the script's own, or a first-party module's.

    Args:
        name: The function.
        module: The script.
    """
    called = [dotted(call.func) or name for call in calls_of(name, module.tree)]
    for chain in dict.fromkeys([name, *called]):
        for unit in module.resolve(tuple(chain.split("."))).units:
            if unit.function and unit.function.name == name:
                return unit
    return None


def calls_of(name: str, tree: ast.Module) -> list[ast.Call]:
    """The calls of a function of this name, wherever in a module they stand."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and last_name(node.func) == name
    ]


def normalised(definition: Function, body: Sequence[ast.stmt] | None = None) -> str:
    """A definition's source without docstring, comments and layout.

    Args:
        definition: The function.
        body: What it does, if that is not to be its own body.
    """
    if body is None:
        body = definition.body[is_docstring(definition.body[0]) :]
    plain = ast.FunctionDef(
        definition.name,
        ast.arguments([], [], None, [], [], None, []),
        [*body] or [ast.Pass()],
        [],
        None,
        None,
    )
    return ast.unparse(ast.fix_missing_locations(plain)) + "\n"


class _Imports:
    """What of a guard's definition is run: its imports, and what is around them.

    Args:
        unit: The definition.
        names: Takes the names that it imports from transformers.
    """

    def __init__(self, unit: Unit, names: dict[str, None]) -> None:
        self._unit = unit
        self._names = names
        self._suppresses = False

    def all(self) -> list[ast.stmt]:
        """The statements to run.

        Raises:
            _RefusedError: The definition does anything else.
        """
        definition = self._unit.function
        if not isinstance(definition, ast.FunctionDef):
            raise _RefusedError("it is an async function")
        if definition.decorator_list:
            raise _RefusedError("it has a decorator")
        if any(ast.iter_child_nodes(definition.args)):
            raise _RefusedError("it takes arguments")
        body = definition.body[is_docstring(definition.body[0]) :]
        found = self._block(body)
        module, _, name = _SUPPRESS.rpartition(".")
        # Wherever the script has it from.
        first = [ast.ImportFrom(module, [ast.alias(name)], 0)]
        return [*(first if self._suppresses else ()), *found]

    def _block(self, body: Sequence[ast.stmt]) -> list[ast.stmt]:
        return [kept for stmt in body for kept in self._statement(stmt)]

    def _statement(self, stmt: ast.stmt) -> list[ast.stmt]:
        if isinstance(stmt, ast.Import | ast.ImportFrom):
            return self._import(stmt)
        if isinstance(stmt, ast.Try):
            return [self._try(stmt)]
        if isinstance(stmt, ast.With):
            return [self._with(stmt)]
        if not _does_nothing(stmt):
            raise _refused(stmt)
        return [stmt]

    def _try(self, stmt: ast.Try) -> ast.stmt:
        body = self._block(stmt.body) or [ast.Pass()]
        handlers = []
        for handler in stmt.handlers:
            if not _are_names(handler.type):
                raise _refused(handler)
            inner = self._block(handler.body) or [ast.Pass()]
            handlers.append(ast.ExceptHandler(handler.type, None, inner))
        rest = self._block(stmt.orelse), self._block(stmt.finalbody)
        return ast.Try(body, handlers, *rest)

    def _with(self, stmt: ast.With) -> ast.stmt:
        """``with suppress(...)``, by whatever name, under the name of `contextlib`."""
        items = []
        for item in stmt.items:
            call = item.context_expr
            if not isinstance(call, ast.Call) or call.keywords or item.optional_vars:
                raise _refused(stmt)
            if not self._is_suppress(call.func) or not all(map(_are_names, call.args)):
                raise _refused(stmt)
            name = ast.Name(_SUPPRESS.rpartition(".")[2], ast.Load())
            items.append(ast.withitem(ast.Call(name, call.args, [])))
        self._suppresses = True
        return ast.With(items, self._block(stmt.body) or [ast.Pass()])

    def _is_suppress(self, func: ast.expr) -> bool:
        found = self._unit.lookup(tuple((dotted(func) or "").split(".")))
        return found is not None and found.externals == (_SUPPRESS,)

    def _import(self, stmt: ast.Import | ast.ImportFrom) -> list[ast.stmt]:
        """Keep an import from transformers; one of `contextlib` is in place already."""
        names = [alias.name for alias in stmt.names]
        if isinstance(stmt, ast.ImportFrom):
            module = "." * stmt.level + (stmt.module or "")
            prefix = "" if module == _LIBRARY else f"{module}."
            modules = [module]
        else:
            prefix = ""
            modules = names
            names = [name for name in names if name != _LIBRARY]
        if modules == [_SUPPRESS.partition(".")[0]]:
            return []
        if "*" in names or any(m.partition(".")[0] != _LIBRARY for m in modules):
            raise _refused(stmt)
        self._names.update(dict.fromkeys(prefix + name for name in names))
        return [stmt]


def _does_nothing(stmt: ast.stmt) -> bool:
    if isinstance(stmt, ast.Return):
        return stmt.value is None or isinstance(stmt.value, ast.Constant)
    if isinstance(stmt, ast.Expr):
        return isinstance(stmt.value, ast.Constant)
    return isinstance(stmt, ast.Pass)


def _are_names(kinds: ast.expr | None) -> bool:
    """Whether exceptions are nothing but names: to work them out does nothing."""
    elements = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    return all(isinstance(kind, ast.Name | None) for kind in elements)


def _refused(node: ast.stmt | ast.ExceptHandler) -> _RefusedError:
    place = f"line {node.lineno} is no import from transformers"
    try:
        text = ast.unparse(node).partition("\n")[0]
    except RecursionError:  # an expression of a thousand terms
        return _RefusedError(place)
    return _RefusedError(f"{place}: {text[:200]}")
