"""Repair: threads that train share accelerate's states, and with them their settings.

For accelerate 0.30 to 1.15, which Trainer is made of. ``PartialState``,
``AcceleratorState`` and ``GradientState`` are one each for the whole process: a trial
that accumulates gradients steps when another one's counter says so, and one in half
precision takes it off, or forces it on, the others.

accelerate has a dictionary for each thread, for TPUs, but an object of the main thread
keeps that of the main thread, and then disagrees with what its thread makes. Here the
objects ask for their thread's values each time.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

from accelerate import state

from .plan import Plan, UnexpectedError

__all__ = ["HAZARD", "plan"]

HAZARD = "threads that train share accelerate's settings"

_STATES = ("PartialState", "AcceleratorState", "GradientState")


def plan() -> Plan:
    """What to replace in the accelerate that is installed.

    Raises:
        AttributeError: It lacks something that is expected.
        UnexpectedError: It works in another way than expected.
    """
    made = Plan()
    for name in _STATES:
        cls = getattr(state, name)
        shared = vars(cls)["_shared_state"]
        if type(shared) is state.ThreadLocalSharedDict:
            continue  # as on a TPU: accelerate itself does it
        if type(shared) is not dict:
            raise UnexpectedError(f"{name} does not share a dictionary")
        values = _ThreadValues(shared, threading.get_ident())
        made.replace(cls, "_shared_state", values)
        made.replace(cls, "__getattribute__", _getter(cls, values))
        made.replace(cls, "__setattr__", _setter(cls, values))
        made.replace(cls, "__delattr__", _deleter(cls, values))
    return made


class _ThreadValues(threading.local):
    """The values of a state, for each thread its own; a descriptor that gives them.

    Args:
        shared: Those that the process has, which its first thread keeps. Another one
            begins with a copy of what they are when it first asks.
        first: That thread's identifier.
    """

    # threading.local calls this once in every thread, with the same arguments.
    def __init__(self, shared: dict[str, Any], first: int) -> None:
        is_first = threading.get_ident() == first
        self.values = shared if is_first else _copied(shared)

    def __get__(self, instance: object, owner: object = None) -> dict[str, Any]:
        return self.values


def _copied(values: dict[str, Any]) -> dict[str, Any]:
    """A copy, with lists and dictionaries of its own: they are changed in place."""
    return {
        name: copy.copy(value) if isinstance(value, list | dict) else value
        for name, value in values.items()
    }


def _getter(cls: Any, values: _ThreadValues) -> Callable[[Any, str], Any]:
    usual = cls.__getattribute__

    def __getattribute__(self: Any, name: str) -> Any:  # noqa: N807
        if name == "__dict__":
            return values.values
        if name in values.values and not _is_property(cls, name):
            return values.values[name]
        return usual(self, name)

    return __getattribute__


def _setter(cls: Any, values: _ThreadValues) -> Callable[[Any, str, Any], None]:
    usual = cls.__setattr__

    def __setattr__(self: Any, name: str, value: Any) -> None:  # noqa: N807
        if name == "__dict__":  # `self.__dict__ = self._shared_state`, which it is
            values.values.update(value)
        elif _is_property(cls, name):
            usual(self, name, value)
        else:
            values.values[name] = value

    return __setattr__


def _deleter(cls: Any, values: _ThreadValues) -> Callable[[Any, str], None]:
    usual = cls.__delattr__

    def __delattr__(self: Any, name: str) -> None:  # noqa: N807
        if name in values.values and not _is_property(cls, name):
            del values.values[name]
        else:
            usual(self, name)

    return __delattr__


def _is_property(cls: Any, name: str) -> bool:
    return isinstance(getattr(cls, name, None), property)
