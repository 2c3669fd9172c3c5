"""Which calls start trials, what they are handed, and how the trials run."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.program.libraries import (
    METHODS,
    POOL_METHODS,
    STARTS,
    THREAD_POOLS,
    THREADS,
    Start,
    is_of,
)
from codemod.program.units import Unit, alias_of
from codemod.python.tree import dotted

__all__ = ["Call", "find_start", "starts_in"]

_NAMES: dict[str, list[Start]] = {}
for _start in STARTS:
    _NAMES.setdefault(_start.name, []).append(_start)
_METHODS: dict[str, list[Start]] = {}
for _start in METHODS:
    _METHODS.setdefault(_start.name, []).append(_start)
_THREADING = {"prefer": "threads", "backend": "threading", "require": "sharedmem"}


class Call(NamedTuple):
    """A call that may start trials.

    Attributes:
        node: The call.
        trial: The expressions that the trial comes from.
        is_pool: Whether it is a thread pool's, which runs whatever it is given.
        of_transformers: Whether the trial is transformers' own.
    """

    node: ast.Call
    trial: tuple[ast.expr, ...]
    is_pool: bool = False
    of_transformers: bool = False


Found = tuple[Call, str, str, str, int]
"""A call, how it is shown, how its trials run, what says so, and its line."""


def starts_in(unit: Unit, own: frozenset[str]) -> list[Found]:
    """The calls in a unit's code that start trials; looked for once a run."""
    if unit.starts is None:
        found = [find_start(call, unit, own) for call in unit.uses.calls]
        unit.starts = [start for start in found if start]
    return unit.starts


def find_start(node: ast.Call, unit: Unit, own: frozenset[str]) -> Found | None:
    """Tell whether a call in a unit's code starts trials.

    Args:
        node: The call.
        unit: The code that it stands in.
        own: Modules of which every call does, as the user says.
    """
    func = node.func
    if isinstance(func, ast.Attribute) and (start := _method(func.attr, node, unit)):
        return _found(start, node, f".{func.attr}()")
    if found := _handed_over(node, unit):
        return found
    if found := _pool(node, unit):
        return found
    if isinstance(func, ast.Call):
        return _joblib(node, func, unit)
    for name in _qualified(func, unit):
        last = name.rpartition(".")[2]
        for start in _NAMES.get(last, ()):
            if name.startswith(f"{start.package}."):
                return _found(start, node, f"{start.package}.{start.name}")
        if is_of(name, own):
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            return Call(node, tuple(values)), name, "unknown", name, node.lineno
        # One thread more races with nobody.
        if name in THREADS and id(node) in unit.repeated:
            trial = tuple(k.value for k in node.keywords if k.arg == "target")
            if any(_is_of_loaded(target, unit) for target in trial):
                continue  # model.generate has nothing left to import
            call = Call(node, trial, is_pool=True)
            return call, name, "threads", name, node.lineno
    return None


def _handed_over(node: ast.Call, unit: Unit) -> Found | None:
    """``pool.submit(study.optimize, objective)``, ``Thread(target=study.optimize)``."""
    values = [*node.args, *(keyword.value for keyword in node.keywords)]
    for value in values:
        if isinstance(value, ast.Attribute) and value.attr in _METHODS:
            for start in _METHODS[value.attr]:
                if start.trial and start.package in unit.module.imported:
                    trial = tuple(v for v in values if v is not value)
                    threads = _pool(node, unit) or "hread" in ast.unparse(node.func)
                    how = "threads" if threads else "unknown"
                    why = f"{ast.unparse(node.func)} is given .{value.attr}"
                    return Call(node, trial), f".{value.attr}", how, why, node.lineno
    return None


def _found(start: Start, node: ast.Call, shown: str) -> Found:
    own = not start.package
    how, why = _how(start, node)
    call = Call(node, _trial(start, node), of_transformers=own)
    return call, shown, how, why, node.lineno


def _method(name: str, node: ast.Call, unit: Unit) -> Start | None:
    for start in _METHODS.get(name, ()):
        if not start.package:
            return start
        if not node.args and not node.keywords and start.trial:
            continue
        keywords = {keyword.arg for keyword in node.keywords}
        is_signed = not keywords.isdisjoint(start.signs)
        if (start.package in unit.module.imported or is_signed) and not _is_foreign(
            node, unit, start.package
        ):
            return start
    return None


def _is_foreign(node: ast.Call, unit: Unit, package: str) -> bool:
    """Whether it is of something that comes from elsewhere: ``torch.ask()``.

    A function of a first-party module is one that can be looked at.
    """
    func = node.func
    assert isinstance(func, ast.Attribute)
    for name in _qualified(func.value, unit):
        if name.partition(".")[0] != package:
            return True
    name = dotted(func) or ""
    found = unit.lookup(tuple(name.split("."))) if name else None
    return any(u.name == func.attr for u in (found.units if found else ()))


def _how(start: Start, node: ast.Call) -> tuple[str, str]:
    # Without a function, wandb's agent runs the sweep's program.
    if (
        start.name == "agent"
        and len(node.args) < 2
        and not any(keyword.arg in ("function", None) for keyword in node.keywords)
    ):
        return "subprocess", "no function is given: the sweep's program is run"
    for keyword in node.keywords:
        if keyword.arg == start.jobs and start.jobs:
            value = keyword.value
            one = isinstance(value, ast.Constant) and value.value in (1, None)
            why = f"{start.jobs}={ast.unparse(value)}"
            return ("sequential" if one else "threads"), why
        if keyword.arg is None and start.jobs:
            return "threads", f"perhaps: **{ast.unparse(keyword.value)}"
    return start.how, start.package


def _trial(start: Start, node: ast.Call) -> tuple[ast.expr, ...]:
    found: list[ast.expr] = []
    for where in start.trial:
        if isinstance(where, int):
            found += node.args[where : where + 1]
        else:
            found += [k.value for k in node.keywords if k.arg == where]
    return tuple(found)


def _pool(node: ast.Call, unit: Unit) -> Found | None:
    """A pool's method that runs a function in threads."""
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr not in POOL_METHODS:
        return None
    pools = unit.module.thread_pools
    if not node.args or not pools:
        return None
    receiver = func.value
    kinds = set(pools)
    if isinstance(receiver, ast.Name):
        kinds = set(_makers(receiver.id, unit, pools))
    elif isinstance(receiver, ast.Call):
        kinds = set(_qualified(receiver.func, unit))
    if not kinds & THREAD_POOLS:
        return None
    call = Call(node, tuple(node.args[:1]), is_pool=True)
    shown = min(kinds & THREAD_POOLS)
    return call, shown, "threads", shown, node.lineno


def _is_of_loaded(target: ast.expr, unit: Unit) -> bool:
    """Whether it is a method of a model that ``from_pretrained`` has loaded."""
    owner = target.value if isinstance(target, ast.Attribute) else None
    if not isinstance(owner, ast.Name):
        return False
    if owner.id not in unit.loaded:  # looked for once, as in _makers
        unit.loaded[owner.id] = _is_loaded(owner.id, unit)
    return unit.loaded[owner.id]


def _is_loaded(name: str, unit: Unit) -> bool:
    """``model = model.to(device)`` is still the model that was loaded."""
    values = unit.values(name) or unit.module.values(name)
    first = [v for v in values if not any(_is(node, name) for node in ast.walk(v))]
    made = [_qualified(_maker(value), unit) for value in first]
    return bool(made) and all(
        any(one.endswith(".from_pretrained") for one in names) for names in made
    )


def _is(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _maker(value: ast.AST) -> ast.AST:
    """``Model.load`` of ``Model.load("tiny").to(device).eval()``."""
    func = value.func if isinstance(value, ast.Call) else value
    while isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call):
        func = func.value.func
    return func


def _makers(name: str, unit: Unit, pools: list[str]) -> frozenset[str]:
    """What other packages' calls make the values of a variable; looked for once.

    One that is given nothing, such as a parameter, may be any pool.
    """
    if name not in unit.makers:
        values = unit.values(name) or unit.module.values(name)
        calls = [n for v in values for n in ast.walk(v) if isinstance(n, ast.Call)]
        made = (name for call in calls for name in _qualified(call.func, unit))
        unit.makers[name] = frozenset(made if values else pools)
    return unit.makers[name]


def _joblib(node: ast.Call, maker: ast.Call, unit: Unit) -> Found | None:
    """``Parallel(prefer="threads")(delayed(f)(x) for x in xs)``."""
    if "joblib.Parallel" not in _qualified(maker.func, unit):
        return None
    for keyword in maker.keywords:
        value = keyword.value
        if (
            keyword.arg in _THREADING
            and isinstance(value, ast.Constant)
            and value.value == _THREADING[keyword.arg]
        ):
            call = Call(node, tuple(node.args), is_pool=True)
            why = f'{keyword.arg}="{value.value}"'
            return call, "joblib.Parallel", "threads", why, node.lineno
    return None


def _qualified(node: ast.AST, unit: Unit) -> tuple[str, ...]:
    """The names of other packages that an expression may be."""
    name = dotted(node)
    if name is None:
        return ()
    found = unit.lookup(tuple(name.split(".")))
    if found is not None:
        return found.externals
    names: list[str] = []
    root, _, rest = name.partition(".")
    for value in unit.values(root):
        if alias := alias_of(value):
            more = unit.module.resolve((*alias, *rest.split(".")) if rest else alias)
            names += more.externals
    return tuple(names)
