"""Repair: loading a model in one thread changes functions for all threads.

For transformers 4.40 to 5.24. Version 4 switches initialisation off in torch.nn.init
while it builds a model, so that what other threads build has no values. Version 5 makes
torch's functions skip what was loaded, so that others cannot initialise theirs again;
from 5.1 on it replaces ``tie_weights``, and from 5.23 on ``torch.linspace``.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from transformers import __version__, modeling_utils

from .confine import confine, dispatch, entered, observe
from .plan import Plan, UnexpectedError

__all__ = ["HAZARD", "plan"]

HAZARD = "threads that load models spoil layers and models of others"


def plan() -> Plan:
    """What to replace in the transformers that is installed.

    Raises:
        AttributeError: It lacks something that is expected.
        UnexpectedError: It works in another way than expected.
    """
    made = Plan()
    if __version__.startswith("4."):
        _confine_version_4(made, modeling_utils)
    else:
        _confine_version_5(made, modeling_utils.init, modeling_utils.PreTrainedModel)
    return made


def _confine_version_4(plan: Plan, library: Any) -> None:
    usual = library.no_init_weights
    replaced = observe(usual, (torch.nn.init, library))
    functions = [place for place in replaced if place[0] is torch.nn.init]
    if len(replaced) != len(functions) + 1 or not functions:
        raise UnexpectedError("no_init_weights replaces something else")
    dispatch(plan, replaced)

    @functools.wraps(usual)
    @contextlib.contextmanager
    def no_init_weights(_enable: bool = True) -> Iterator[None]:
        # The original ends that of an outer one for torch.nn.init, not for its flag.
        with entered(replaced, functions) if _enable else contextlib.nullcontext():
            yield

    plan.replace(library, "no_init_weights", no_init_weights)


def _confine_version_5(plan: Plan, init: Any, model: Any) -> None:
    modules = [
        sys.modules[name] for name in init.TORCH_MODULES_TO_PATCH if name in sys.modules
    ]
    for name in ("no_init_weights", "no_tie_weights"):
        if hasattr(init, name):
            confine(plan, init, name, [*modules, model])
    guarded = confine(plan, init, "guard_torch_init_functions", modules)
    # A decorator holds on to the original of that.
    initialize = _decorated_again(model.initialize_weights, guarded)
    plan.replace(model, "initialize_weights", initialize)
    if hasattr(init, "meta_device_safe_creation_ops"):
        plan.replace(init, "meta_device_safe_creation_ops", _LinspaceOnCPU)


def _decorated_again(
    function: Any, guarded: Callable[[], AbstractContextManager[None]]
) -> Any:
    """A function under ``no_grad`` and the guard that it is under, but for this one."""
    layers = [function]
    while hasattr(layers[-1], "__wrapped__"):
        layers.append(layers[-1].__wrapped__)
    if len(layers) != 3:
        raise UnexpectedError("initialize_weights has other decorators")

    @functools.wraps(layers[-1])
    def initialize_weights(*args: Any, **kwargs: Any) -> Any:
        with torch.no_grad(), guarded():
            return layers[-1](*args, **kwargs)

    return initialize_weights


class _LinspaceOnCPU(TorchFunctionMode):  # type: ignore[misc]
    """Makes ``torch.linspace`` compute on the CPU, on a model without memory too.

    The original replaces the function; a mode is seen by its own thread only.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is torch.linspace:
            kwargs = {"device": "cpu", **kwargs}
        return func(*args, **kwargs)
