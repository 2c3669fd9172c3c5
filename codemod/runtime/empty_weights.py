"""Repair: an empty model in one thread puts others' layers on the meta device.

For accelerate 0.30 to 1.15 (``init_empty_weights``), peft 0.13 to 0.21
(``low_cpu_mem_usage=True``) and transformers 4.40 to 4.57, which build a model without
memory by replacing ``torch.nn.Module.register_parameter``. Each has its own copy of the
context manager; scripts and libraries import ``init_empty_weights`` by name, so it is
the function inside of that which is replaced.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Iterator
from typing import Any

import torch

from .confine import Replaced, dispatch, entered, observe
from .plan import Plan, UnexpectedError

__all__ = ["HAZARD", "plan"]

HAZARD = "threads that build empty models put others' layers on the meta device"

_HOMES = (
    ("accelerate.big_modeling", "init_on_device"),
    ("peft.utils.integrations", "_init_on_device"),
    ("transformers.integrations.accelerate", "init_on_device"),
)


def plan() -> Plan:
    """What to replace in those of the libraries that are installed.

    Raises:
        AttributeError: One lacks something that is expected.
        UnexpectedError: One works in another way than expected.
    """
    made = Plan()
    places = set()
    for module_name, name in _HOMES:
        module = _imported(module_name)
        outer = getattr(module, "init_empty_weights", None)
        # Some versions only import that of accelerate, or have none.
        if outer is not None and outer.__module__ == module_name:
            places |= set(_confine(made, module, name))
    dispatch(made, places)
    return made


def _imported(name: str) -> Any:
    """A module, ``None`` where it or its library is missing or broken."""
    try:
        return importlib.import_module(name)
    except Exception:
        return None


def _confine(plan: Plan, module: Any, name: str) -> Replaced:
    """Plan the replacement of one ``init_on_device``; what it replaces in torch."""
    usual = getattr(module, name)
    meta = torch.device("meta")
    # None asks an environment variable. With buffers nothing is confined: the newer
    # versions then use a device context, which is seen by its own thread only.
    cases = {
        flag: observe(functools.partial(usual, meta, flag), [torch.nn.Module])
        for flag in (False, None)
    }
    if [at for _, at in cases[False]] != ["register_parameter"]:
        raise UnexpectedError(f"{name} of {module.__name__} replaces something else")

    @functools.wraps(usual)
    @contextlib.contextmanager
    def on_device(device: Any, include_buffers: Any = None) -> Iterator[None]:
        empty = torch.device(device).type == "meta"
        replaced = cases.get(include_buffers) if empty else None
        manager = entered(replaced) if replaced else usual(device, include_buffers)
        with manager:
            yield

    plan.replace(module, name, on_device)
    return cases[False]
