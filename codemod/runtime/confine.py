"""What a context manager replaces in the whole process, confined to one thread.

Models are built under context managers that replace functions of torch, and put back
what they found. In threads, others run what was replaced, and two that overlap put back
each other's replacements, for good. Here each such function becomes a dispatcher, once,
and the context manager only notes, for its own thread, what that is to call.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from .plan import Plan, UnexpectedError

__all__ = ["Place", "confine", "dispatch", "entered", "observe"]

Place = tuple[Any, str]
"""A module or a class, and the name of an attribute."""

Replaced = Mapping[Place, Any]
"""What stands at some places inside a context manager."""


class _Here(threading.local):
    replaced: Replaced = {}  # noqa: RUF012  # never changed, but exchanged


_here = _Here()


def observe(
    enter: Callable[[], AbstractContextManager[Any]], owners: Iterable[Any]
) -> Replaced:
    """Enter a context manager, and see what it replaces.

    Only for the time before threads start: it is the original that is entered.

    Args:
        enter: Gives the context manager.
        owners: Modules and classes to look at.

    Returns:
        What stands there inside, where that is not what stands there outside.
    """
    before = {owner: dict(vars(owner)) for owner in owners}
    with enter():
        inside = {owner: dict(vars(owner)) for owner in before}
    return {
        (owner, name): value
        for owner, values in inside.items()
        for name, value in values.items()
        if name in before[owner] and value is not before[owner][name]
    }


def dispatch(plan: Plan, places: Iterable[Place]) -> None:
    """Plan that functions ask their thread which one is to be called.

    Args:
        plan: Takes the replacements.
        places: Where the functions are; a flag that is read for its truth will do.

    Raises:
        UnexpectedError: Something else is there.
    """
    for place in places:
        owner, name = place
        usual = vars(owner)[name]
        if isinstance(usual, bool):
            plan.replace(owner, name, _Flag(place, usual))
        elif callable(usual) and not isinstance(usual, type):
            plan.replace(owner, name, _dispatcher(place, usual))
        else:
            raise UnexpectedError(f"{name} is a {type(usual).__name__}")


def _dispatcher(place: Place, usual: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(usual)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _here.replaced.get(place, usual)(*args, **kwargs)

    # torch.jit.script and torch.compile then take the function itself, as before.
    setattr(call, "__original_fn", usual)
    setattr(call, "__script_if_tracing_wrapper", True)
    return call


class _Flag:
    """A flag that each thread reads for itself."""

    def __init__(self, place: Place, usual: bool) -> None:
        self._place = place
        self._usual = usual

    def __bool__(self) -> bool:
        return bool(_here.replaced.get(self._place, self._usual))


@contextlib.contextmanager
def entered(replaced: Replaced, ends: Iterable[Place] = ()) -> Iterator[None]:
    """Let this thread, and no other, run what was replaced.

    Args:
        replaced: What :func:`observe` saw.
        ends: Where the end of this one puts back what stands there outside of every
            context manager, even inside of another.
    """
    before = _here.replaced
    _here.replaced = {**before, **replaced}
    try:
        yield
    finally:
        ended = set(ends)
        _here.replaced = {p: v for p, v in before.items() if p not in ended}


def confine(
    plan: Plan, module: Any, name: str, owners: Iterable[Any]
) -> Callable[[], AbstractContextManager[None]]:
    """Plan that a context manager without arguments replaces for its thread alone.

    Args:
        plan: Takes the replacements.
        module: Where the context manager is.
        name: Its name.
        owners: Modules and classes that it changes.

    Returns:
        The context manager that takes its place.

    Raises:
        UnexpectedError: It changes nothing there.
    """
    usual = getattr(module, name)
    replaced = observe(usual, owners)
    if not replaced:
        raise UnexpectedError(f"{name} replaces nothing")
    dispatch(plan, replaced)

    @functools.wraps(usual)
    def confined() -> AbstractContextManager[None]:
        return entered(replaced)

    plan.replace(module, name, confined)
    return confined
