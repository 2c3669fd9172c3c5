"""Scenarios: what is built while another thread stands in the middle of a load."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
import transformers

from .common import CONFIG, DTYPE, WIDTH, Held, Meeting, fault_of, save_model

KEPT = 7.0  # a value that no initialisation gives
HALF = torch.bfloat16


def load_held(dtype: Any, stage: str) -> Meeting:
    """A load of another thread that stands still at a stage."""

    def load(inside: Any, release: Any) -> str:
        events = {"inside": inside, "release": release, "stage": stage}
        model = type("Held", (Held,), events).from_pretrained(  # type: ignore[attr-defined]
            save_model(), **{DTYPE: dtype}
        )
        return fault_of(model, dtype)

    return Meeting(load)


def layer() -> str:
    """A layer of torch."""
    return fault_of(torch.nn.Linear(WIDTH, WIDTH))


def tied_model() -> str:
    """A model whose ends share a weight, built as scripts do."""
    model = transformers.BertForMaskedLM(CONFIG)
    ends = model.get_input_embeddings(), model.get_output_embeddings()
    return fault_of(model) if ends[0].weight is ends[1].weight else "not tied"


def new_values() -> str:
    """A loaded layer that is initialised again."""
    weight = LOADED.pooler.dense.weight
    with torch.no_grad():
        weight.fill_(KEPT)
    torch.nn.init.normal_(weight)
    return "not initialised" if (weight == KEPT).any() else "fine"


def beside(dtype: Any, stage: str, build: Callable[[], str]) -> list[str]:
    """What is wrong with what is built beside a load, and with what is loaded."""
    held = load_held(dtype, stage)
    built = build()
    return [built, held.finish()]


def overlap(dtype: Any) -> list[str]:
    """What is wrong with a layer when the load that began first has ended first."""
    loads = [load_held(dtype, "construction") for _ in range(2)]
    loaded = [held.finish() for held in loads]
    return [layer(), *loaded, str(torch.get_default_dtype()), torch.linspace.__name__]


def other_dtypes() -> list[str]:
    """Two dtypes at a time, and what each thread is told is the default."""
    held = load_held(HALF, "construction")
    model = transformers.AutoModel.from_pretrained(
        save_model(), **{DTYPE: torch.float16}
    )
    told = str(torch.get_default_dtype())
    return [fault_of(model, torch.float16), told, held.finish()]


LOADED: Any = transformers.BertModel.from_pretrained(save_model())
SCENARIOS: dict[str, Callable[[], Any]] = {
    f"{build.__name__}, {str(dtype).removeprefix('torch.')}, {stage}": (
        functools.partial(beside, dtype, stage, build)
    )
    for build in (layer, tied_model, new_values)
    for dtype in (torch.float32, HALF)
    for stage in ("construction", "initialisation")
}
SCENARIOS["overlap, float32"] = functools.partial(overlap, torch.float32)
SCENARIOS["overlap, bfloat16"] = functools.partial(overlap, HALF)
SCENARIOS["other dtypes"] = other_dtypes
