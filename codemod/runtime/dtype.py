"""Repair: a load in half precision makes the layers of other threads half precision.

For transformers 4.40 to 5.24. ``from_pretrained`` and ``from_config`` set torch's
default dtype, which is one for the whole process, while they build a model; version 5
does so at every load. Loads that overlap put back each other's, for good.

Here the two functions leave the process's default alone. While a thread is in one of
them, it has a default dtype of its own, which ``torch.set_default_dtype`` sets and
``torch.get_default_dtype`` tells, and a mode gives it to what torch would make in the
default dtype. The dtype must be there while a model is built: to build it in single
precision and to convert it afterwards gives other values (125 of 340 loads).
"""

from __future__ import annotations

import contextlib
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map
from transformers import modeling_utils

from .plan import Plan

__all__ = ["HAZARD", "plan"]

HAZARD = "threads that load in half precision change the dtype of others' layers"

_LOADERS = ("from_pretrained", "_from_config")


def _functions(names: str) -> frozenset[Any]:
    return frozenset(getattr(torch, name) for name in names.split())


# What makes a tensor of the default dtype unless it is given one.
_CREATING = (
    "bartlett_window blackman_window empty empty_strided eye hamming_window hann_window"
    " kaiser_window linspace logspace normal ones rand randn scalar_tensor zeros"
)
# What does so unless the values it is given are no fractions.
_INFERRING = "arange as_tensor asarray full tensor"
# What makes float32 because it was told to.
_CONVERTING = frozenset([torch.Tensor.float, torch.Tensor.type])
_NUMBERS = frozenset([torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64])
_WHOLE = _NUMBERS | {torch.bool}


class _Here(threading.local):
    dtype: Any = None  # this thread's default while it loads


_here = _Here()


def plan() -> Plan:
    """What to replace in torch and transformers.

    Raises:
        AttributeError: One lacks something that is expected.
    """
    made = Plan()
    mode = _mode(torch.get_default_dtype)
    for name in _LOADERS:
        usual = getattr(modeling_utils.PreTrainedModel, name).__func__
        loader = classmethod(_with_own_dtype(usual, mode))
        made.replace(modeling_utils.PreTrainedModel, name, loader)
    made.replace(torch, "get_default_dtype", _getter(torch.get_default_dtype))
    made.replace(torch, "set_default_dtype", _setter(torch.set_default_dtype))
    made.replace(torch.Tensor, "__new__", staticmethod(_new(torch.Tensor.__new__)))
    return made


def _getter(usual: Callable[[], Any]) -> Callable[[], Any]:
    @functools.wraps(usual)
    def get_default_dtype() -> Any:
        return _here.dtype or usual()

    return get_default_dtype


def _setter(usual: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(usual)
    def set_default_dtype(d: Any) -> None:
        if _here.dtype:
            _here.dtype = d
        else:
            usual(d)

    return set_default_dtype


def _new(usual: Callable[..., Any]) -> Callable[..., Any]:
    """``torch.Tensor(3)``, of the default dtype too, which no mode gets to see."""

    @functools.wraps(usual)
    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = usual(cls, *args, **kwargs)
        if _here.dtype and type(made) is torch.Tensor:
            return made.to(_here.dtype)
        return made

    return new


def _with_own_dtype(
    usual: Callable[..., Any], mode: type[TorchFunctionMode]
) -> Callable[..., Any]:
    @functools.wraps(usual)
    def load(*args: Any, **kwargs: Any) -> Any:
        with _own_dtype(), mode():
            return usual(*args, **kwargs)

    return load


@contextlib.contextmanager
def _own_dtype() -> Iterator[None]:
    before = _here.dtype
    _here.dtype = torch.get_default_dtype()
    try:
        yield
    finally:
        _here.dtype = before


def _mode(process_default: Callable[[], Any]) -> type[TorchFunctionMode]:
    """The mode that supplies a thread's own default dtype.

    Args:
        process_default: Tells the default of the process, as long as nobody replaces
            the function of that name.
    """
    creating, inferring = _functions(_CREATING), _functions(_INFERRING)

    class OwnDtype(TorchFunctionMode):  # type: ignore[misc]
        """Calls of torch by the thread that entered it, and by no other."""

        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            kwargs, default = kwargs or {}, process_default()
            if _here.dtype == default:
                return func(*args, **kwargs)
            dtypes = set(map(_dtype_of, tree_flatten((args, kwargs))[0])) - {None}
            if func in creating and not dtypes:
                return func(*args, **{**kwargs, "dtype": _here.dtype})
            made = func(*args, **kwargs)
            if _dtype_of(made) != default or func in _CONVERTING:
                return made
            if func in inferring and not dtypes:
                return func(*args, **{**kwargs, "dtype": _here.dtype})
            if dtypes and dtypes <= _WHOLE:  # arithmetic made fractions of integers
                args, kwargs = tree_map(_promoted, (args, kwargs))
                return func(*args, **kwargs).to(_here.dtype)
            return made

    return OwnDtype


def _dtype_of(value: Any) -> Any:
    """The dtype that a value has or is, ``None`` without one."""
    if isinstance(value, torch.dtype):
        return value
    # numpy.float64 has one, and is a plain number for torch all the same.
    return None if isinstance(value, float) else getattr(value, "dtype", None)


def _promoted(value: Any) -> Any:
    return value.to(_here.dtype) if _dtype_of(value) in _NUMBERS else value
