"""Repair of empty weights: the meta device is for the thread that asked for it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("has_accelerate")]

Found = dict[str, Any]


def test_others_layers_have_memory(without: Found, after: Found) -> None:
    """While the thread inside of the context manager gets none."""
    assert without["empties"]["beside"] == ["meta device", "meta device"]
    assert after["empties"]["beside"] == ["fine", "meta device"]


def test_nothing_is_left_behind(without: Found, after: Found) -> None:
    """Two that overlap would leave the process without memory for layers."""
    assert without["empties"]["overlap"] == ["meta device", "fine", "meta device"]
    assert after["empties"]["overlap"] == ["meta device", "meta device", "fine"]


def test_one_thread_sees_no_difference(without: Found, after: Found) -> None:
    """Nested, with buffers, after an error, with frozen parameters."""
    assert "meta device" in without["empties"]["alone"]
    assert after["empties"]["alone"] == without["empties"]["alone"]


@pytest.mark.usefixtures("has_peft")
def test_adapters_of_peft(after: Found) -> None:
    """`low_cpu_mem_usage=True`; versions before 0.12 have no such thing."""
    assert after["empties"]["adapters"] == ["fine", "the saved values", "fine"]
