"""Repair: a thread that makes a Trainer empties the environment of the process.

For accelerate 0.30 to 1.15. To learn which settings of a plugin are not the usual ones,
it makes another plugin, and empties ``os.environ`` for the time, since that has a say
in them. Other threads then find no variable at all; and of two that do so at the same
moment, one puts back the emptiness that it found, for good, or fails with a KeyError.

Here the usual settings are asked for once, before there are threads.
"""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Callable
from typing import Any

from accelerate.utils import clear_environment, dataclasses

from .plan import Plan, UnexpectedError

__all__ = ["HAZARD", "plan"]

HAZARD = "threads that make a Trainer empty the environment of the process"


def plan() -> Plan:
    """What to replace in the accelerate that is installed.

    Raises:
        AttributeError: It lacks something that is expected.
        UnexpectedError: It works in another way than expected.
    """
    made = Plan()
    handler = dataclasses.KwargsHandler
    examples = _examples(handler)
    if dataclasses.GradientAccumulationPlugin not in examples:
        raise UnexpectedError("GradientAccumulationPlugin is made in another way")
    defaults = {cls: example.to_dict() for cls, example in examples.items()}
    to_kwargs = _to_kwargs(handler.to_kwargs, defaults)
    for example in examples.values():
        if to_kwargs(example) != handler.to_kwargs(example):
            raise UnexpectedError("to_kwargs tells other settings")
    made.replace(handler, "to_kwargs", to_kwargs)
    return made


def _examples(handler: Any) -> dict[Any, Any]:
    """By kind, settings of each kind that can be made without arguments."""
    found = {}
    with clear_environment(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of kinds that are deprecated
        for cls in handler.__subclasses__():
            # What some are for is not installed; they are made as before.
            with contextlib.suppress(Exception):
                found[cls] = cls()
    return found


def _to_kwargs(
    usual: Callable[[Any], dict[str, Any]], defaults: dict[Any, dict[str, Any]]
) -> Callable[[Any], dict[str, Any]]:
    @functools.wraps(usual)
    def to_kwargs(self: Any) -> dict[str, Any]:
        default = defaults.get(type(self))
        if default is None:
            return usual(self)
        return {k: v for k, v in self.to_dict().items() if v != default[k]}

    return to_kwargs
