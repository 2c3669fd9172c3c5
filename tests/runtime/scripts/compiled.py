"""torch's compilers after the repairs, and before: what works, by a line each."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import torch
import transformers

from .common import CONFIG, repair

X = torch.rand(3)


class Layer(torch.nn.Module):  # type: ignore[misc]
    """A module to script, trace and export."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """One layer."""
        return self.linear(x)


def in_default(x: torch.Tensor) -> torch.Tensor:
    """Ask for the default dtype."""
    return x.to(torch.get_default_dtype()) + torch.zeros(3)


def sets_default(x: torch.Tensor) -> torch.Tensor:
    """Set the default dtype, and put it back."""
    torch.set_default_dtype(torch.float64)
    made = x + torch.zeros(3)
    torch.set_default_dtype(torch.float32)
    return made


def legacy(x: torch.Tensor) -> torch.Tensor:
    """Make a tensor in the old way."""
    return x + torch.Tensor([1.0, 2.0, 3.0])


def line(x: torch.Tensor) -> torch.Tensor:
    """Use a function that transformers replaces."""
    return x + torch.linspace(0, 1, 3)


def uniform(x: torch.Tensor) -> torch.Tensor:
    """Use an initialisation that transformers replaces."""
    return torch.nn.init.uniform_(x)


def zeros(x: torch.Tensor) -> torch.Tensor:
    """Use another one."""
    return torch.nn.init.zeros_(x)


def compiled(function: Any, *arguments: Any) -> Any:
    """What a function gives, compiled in one graph."""
    return torch.compile(function, fullgraph=True, backend="eager")(*arguments)


def scripted(function: Any, *arguments: Any) -> Any:
    """What a function gives, made TorchScript."""
    return torch.jit.script(function)(*arguments)


def model() -> Any:
    """The hidden states of a compiled model."""
    bert = transformers.BertModel(CONFIG).eval()
    return compiled(bert, torch.arange(5)[None]).last_hidden_state


WORKS: dict[str, Callable[[], Any]] = {
    **{
        f"compile {function.__name__}": functools.partial(compiled, function, X.clone())
        for function in (in_default, sets_default, legacy, line, uniform, zeros)
    },
    "compile a model": model,
    **{
        f"script {function.__name__}": functools.partial(scripted, function, X.clone())
        for function in (line, uniform, zeros)
    },
    "script a module": lambda: torch.jit.script(Layer())(X),
    "script attention": lambda: torch.jit.script(torch.nn.MultiheadAttention(4, 2)),
    "trace": lambda: torch.jit.trace(Layer(), X)(X),
    "export": lambda: torch.export.export(Layer(), (X,)).module()(X),
}


def attempt(work: Callable[[], Any]) -> str:
    """The dtype of what something gives, or its error."""
    try:
        return str(getattr(work(), "dtype", "fine"))
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]


before = {name: attempt(work) for name, work in WORKS.items()}
torch.compiler.reset()
repair()
after = {name: attempt(work) for name, work in WORKS.items()}
print(json.dumps({"before": before, "after": after}))
