"""Repair of accelerate's states: each thread has the settings that it asked for."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("has_accelerate")]

Found = dict[str, Any]


def test_each_thread_accumulates_as_asked(without: Found, after: Found) -> None:
    """Over 1 and over 4 of 8 batches, in step: 8 and 2 steps of the optimizer."""
    assert without["states"]["in step"] != [8, 2]
    assert after["states"]["in step"] == [8, 2]


def test_each_thread_has_its_precision(without: Found, after: Found) -> None:
    """accelerate refuses a second one where the first is shared."""
    assert "already been initialized" in without["states"]["precisions"]
    assert after["states"]["precisions"] == ["bf16", "no"]


@pytest.mark.parametrize(
    ("name", "steps"), [("of the main thread", 2), ("made in the main thread", 3)]
)
def test_objects_of_the_main_thread_work_in_another(
    without: Found, after: Found, name: str, steps: int
) -> None:
    """As they did: they ask for the values of the thread that uses them."""
    assert without["states"][name] == steps
    assert after["states"][name] == steps


def test_a_thread_begins_with_what_the_process_has(after: Found) -> None:
    """accelerate's logger needs a state, which only the main thread has made."""
    assert after["states"]["logging"] == "fine"


def test_trainers_in_threads(after: Found, version_4: bool) -> None:
    """Twelve in four threads: the steps, and from version 5 on the precision.

    Version 4 notes the first bf16 in the environment, and forgets it never.
    """
    found = after["states"]["trainers"]
    assert [steps for steps, _ in found] == [3] * 12
    if not version_4:
        assert [precision for _, precision in found] == ["no", "bf16"] * 6
