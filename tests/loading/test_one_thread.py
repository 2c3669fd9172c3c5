"""In one thread, nothing may change: not a weight, not the next random number."""

from __future__ import annotations

import pytest

from .conftest import Run

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("torch_and_transformers")]


def test_same_values_from_the_same_seed(run: Run) -> None:
    """Every way of building a model gives the same bits with and without."""
    without = run("one_thread", cured=False)
    assert run("one_thread", cured=True) == without


def test_the_digests_see_a_difference(run: Run) -> None:
    """What the test above compares does tell one model from another."""
    found = run("one_thread", cured=False)
    assert found["classifier"] != found["masked"]
    assert found["from_pretrained"][1] != found["constructor"][1]
