"""Repair of loading: what is built at any moment of another thread's load is whole."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.race

Found = dict[str, Any]
FULL = [
    f"{what}, float32, {stage}"
    for what in ("layer", "tied_model", "new_values")
    for stage in ("construction", "initialisation")
]


@pytest.mark.parametrize("name", FULL)
def test_whole_after_the_repair(after: Found, name: str) -> None:
    """What is built, and what is loaded meanwhile."""
    assert after["loads"][name] == ["fine", "fine"]


def test_broken_without_it(without: Found, version_4: bool) -> None:
    """Version 4 breaks what is built during construction, 5 what is initialised."""
    built = {name: without["loads"][name][0] for name in FULL}
    broken = {name for name, fault in built.items() if fault != "fine"}
    if version_4:
        assert broken == {name for name in FULL if name.endswith("construction")}
    else:
        assert "new_values, float32, initialisation" in broken


def test_loads_that_overlap_leave_nothing_behind(after: Found) -> None:
    """Though the one that began first ends first."""
    fine = ["fine", "fine", "fine", "torch.float32", "linspace"]
    assert after["loads"]["overlap, float32"] == fine
