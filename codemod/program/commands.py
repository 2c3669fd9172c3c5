"""How scripts run their functions: ``main()``, click, typer, fire, absl, Hydra."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from codemod.program.libraries import COMMANDS
from codemod.program.units import Unit
from codemod.python.tree import dotted

__all__ = [
    "EXITS",
    "Called",
    "called_once",
    "hydra_decorator",
    "kind_of",
    "runs_by_decorator",
]

EXITS = frozenset({"exit", "quit", "sys.exit", "SystemExit", "os._exit"})
"""What leaves the script, with the result of what it is given."""
_RUNNERS = {
    "absl.app.run": "absl",
    "anyio.run": "",
    "asyncio.run": "",
    "fire.Fire": "fire",
    "fire.core.Fire": "fire",
    "trio.run": "",
    "typer.run": "typer",
}
_HYDRA = frozenset({"hydra.main", "hydra.main.main"})
_CLICK = frozenset({"click.command", "click.group", "click.core.command"})


def kind_of(unit: Unit) -> str:
    """What runs a function: ``hydra``, ``click``, ``main``, or ``function``."""
    if hydra_decorator(unit) is not None:
        return "hydra"
    if runs_by_decorator(unit):
        return "click"
    return unit.name if unit.name == "main" else "function"


def hydra_decorator(unit: Unit) -> ast.expr | None:
    """The ``@hydra.main(...)`` of a function, if it has one."""
    for decorator in _decorators(unit):
        for node in _made_before(decorator, unit):
            func = node.func if isinstance(node, ast.Call) else node
            if _HYDRA.intersection(_names(func, unit)):
                return node
    return None


def runs_by_decorator(unit: Unit) -> bool:
    """Whether a decorator makes a function a command of click or typer."""
    for decorator in _decorators(unit):
        func = decorator.func if isinstance(decorator, ast.Call) else decorator
        names = _names(func, unit)
        if _CLICK.intersection(names):
            return True
        if (
            isinstance(func, ast.Attribute)
            and func.attr in COMMANDS
            and (
                any(n.partition(".")[0] in ("click", "typer") for n in names)
                or not names
            )
        ):
            return True
    return False


class Called(NamedTuple):
    """A function that a statement calls.

    Attributes:
        unit: The function.
        kind: What runs it: ``fire``, ``typer``, ``absl``, else as :func:`kind_of`.
    """

    unit: Unit
    kind: str


def called_once(stmt: ast.stmt, unit: Unit) -> list[Called]:
    """The functions of a unit's file that a statement does nothing but call.

    ``main()``, ``sys.exit(main() or 0)``, ``asyncio.run(main())``, ``app()``,
    ``fire.Fire(main)``, ``app.run(main)``; several where ``app`` has several commands.
    """
    value = _value(stmt)
    while isinstance(value, ast.BoolOp | ast.Await | ast.Call):
        if isinstance(value, ast.BoolOp):
            value = value.values[0]
        elif isinstance(value, ast.Await):
            value = value.value
        elif EXITS.intersection(_all_names(value.func, unit)) and value.args:
            value = value.args[0]
        else:
            return _called(value, unit)
    return []


def _value(stmt: ast.stmt) -> ast.expr | None:
    if isinstance(stmt, ast.Expr | ast.Assign | ast.AnnAssign | ast.Return):
        return stmt.value
    return stmt.exc if isinstance(stmt, ast.Raise) else None


def _called(call: ast.Call, unit: Unit) -> list[Called]:
    runner = [n for n in _names(call.func, unit) if n in _RUNNERS]
    if runner and call.args:
        first = call.args[0]
        if isinstance(first, ast.Call) and not _RUNNERS[runner[0]]:
            return _called(first, unit)  # asyncio.run(main())
        found = _own_functions(first, unit)
        kind = _RUNNERS[runner[0]]
        return [Called(one, kind or kind_of(one)) for one in found]
    return [Called(one, kind_of(one)) for one in _own_functions(call.func, unit)]


def _own_functions(node: ast.expr, unit: Unit) -> list[Unit]:
    """The functions of this file behind a name, and the commands of an app."""
    name = dotted(node)
    found = unit.lookup(tuple(name.split("."))) if name else None
    functions: list[Unit] = []
    for target in found.units if found else ():
        if target.module is not unit.module:
            return []
        functions += (u for u in _registered(target) if runs_by_decorator(u))
        if target.kind == "function" and target.outer is None and not target.owner:
            functions.append(target)
    return list(dict.fromkeys(functions))


def _registered(group: Unit) -> list[Unit]:
    """The commands of an application or group, those of groups in it included."""
    found = dict.fromkeys(group.registered)
    waiting = list(found)
    for unit in waiting:
        more = [one for one in unit.registered if one not in found]
        found.update(dict.fromkeys(more))
        waiting += more
    return waiting


def _decorators(unit: Unit) -> list[ast.expr]:
    return unit.function.decorator_list if unit.function else []


def _made_before(node: ast.expr, unit: Unit) -> Iterator[ast.expr]:
    """A decorator, or what was assigned to its name: ``app = hydra.main(...)``."""
    yield node
    func = node.func if isinstance(node, ast.Call) else node
    if isinstance(func, ast.Name):
        values = unit.module.values(func.id)
        yield from (value for value in values if isinstance(value, ast.expr))


def _names(func: ast.expr, unit: Unit) -> tuple[str, ...]:
    name = dotted(func)
    if not name:
        return ()
    found = unit.module.resolve(tuple(name.split(".")))
    return found.externals


def _all_names(func: ast.expr, unit: Unit) -> tuple[str, ...]:
    """The names of other packages, or a builtin's."""
    name = dotted(func)
    return (*_names(func, unit), name) if name else ()
