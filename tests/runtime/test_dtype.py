"""Repair of half precision: a load's dtype is seen by its own thread only."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Run

pytestmark = pytest.mark.race

Found = dict[str, Any]
HALF = [
    f"{what}, bfloat16, {stage}"
    for what in ("layer", "tied_model", "new_values")
    for stage in ("construction", "initialisation")
]
#: torch computes these in single precision, and then makes them double.
FEWER_DIGITS = [
    "torch.float64 torch.where(torch.tensor([True, False]), 0.1, 0.2)",
    "torch.float64 torch.tensor([True, False]) * 0.1",
    "torch.float64 torch.Tensor([0.1, 0.2])",
]


@pytest.mark.parametrize("name", HALF)
def test_whole_after_the_repair(after: Found, name: str) -> None:
    """What is built in single precision, and what is loaded in half."""
    assert after["loads"][name] == ["fine", "fine"]


def test_broken_without_it(without: Found) -> None:
    """A layer gets the dtype of another thread's load, if it gets memory at all."""
    assert without["loads"]["layer, bfloat16, construction"][0] != "fine"


def test_the_default_is_not_left_behind(without: Found, after: Found) -> None:
    """Loads that overlap put back each other's default dtype, for good."""
    default = 3
    assert without["loads"]["overlap, bfloat16"][default] == "torch.bfloat16"
    fine = ["fine", "fine", "fine", "torch.float32", "linspace"]
    assert after["loads"]["overlap, bfloat16"] == fine


def test_loads_in_other_dtypes(after: Found) -> None:
    """Each gets its own, and a thread that loads nothing is told of neither."""
    assert after["loads"]["other dtypes"] == ["fine", "torch.float32", "fine"]


@pytest.mark.usefixtures("torch_and_transformers")
def test_a_threads_default_makes_what_the_process_made(run: Run) -> None:
    """A hundred expressions: dtype, every bit, and the random numbers after it."""
    found = run("expressions", repaired=True)
    assert found["count"] >= 100
    assert found["differ"] == FEWER_DIGITS
