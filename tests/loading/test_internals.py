"""The function meets versions and installations that it was not written for."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import pytest

from .conftest import Run

NEEDED = {
    "4": ["no_init_weights", "TORCH_INIT_FUNCTIONS", "_init_weights"],
    "5": ["PreTrainedModel"],
}
MAJOR = version("transformers")[0] if find_spec("transformers") else "4"


@pytest.mark.race
@pytest.mark.usefixtures("torch_and_transformers")
@pytest.mark.parametrize("name", NEEDED.get(MAJOR, []))
def test_unknown_internals_are_one_warning(run: Run, name: str) -> None:
    """Where something is missing, the function says so once, and loading works."""
    found = run("internals", name, cured=True)
    assert len(found["warnings"]) == 1
    assert name in found["warnings"][0]
    assert found["faults"] == ["fine", "fine"]


@pytest.mark.race
@pytest.mark.usefixtures("torch_and_transformers")
def test_second_call_changes_nothing(run: Run) -> None:
    """Nothing is wrapped twice, and nothing is said."""
    found = run("internals", "twice", cured=True)
    assert found == {"warnings": [], "changed again": False, "faults": ["fine"] * 2}


@pytest.mark.parametrize("name", ["torch", "transformers"])
def test_silent_without_the_libraries(run: Run, name: str) -> None:
    """Where a library is missing there is nothing to do, and nothing to say."""
    assert run("without_libraries", name, cured=True) == []
