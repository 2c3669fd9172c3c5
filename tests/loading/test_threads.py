"""Threads that are made to meet in the middle of a load: no test depends on timing."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec

import pytest

from .conftest import Run

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("torch_and_transformers")]

STAGES = ("construction", "initialisation")


@pytest.fixture
def version_4() -> None:
    """Skip where transformers no longer has what the test breaks."""
    if not version("transformers").startswith("4."):
        pytest.skip("transformers 5 builds models on a device of the thread's own")


@pytest.mark.usefixtures("version_4")
@pytest.mark.parametrize("action", ["head", "tied", "reset"])
def test_broken_without_the_function(run: Run, action: str) -> None:
    """What is built while another thread constructs a model is broken."""
    assert run("beside_a_load", action, "construction", cured=False) != "fine"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", ["head", "tied", "reset"])
def test_whole_with_the_function(run: Run, action: str, stage: str) -> None:
    """What is built at any moment of another thread's load is whole."""
    assert run("beside_a_load", action, stage, cured=True) == "fine"


@pytest.mark.skipif(
    version("transformers") < "4.51" if find_spec("transformers") else True,
    reason="before 4.51 a model is not constructed on the meta device by default",
)
@pytest.mark.usefixtures("version_4")
def test_overlapping_loads_leave_the_process_broken(run: Run) -> None:
    """Two threads restore what they found in the wrong order, for good."""
    assert run("overlapping_loads", cured=False) == "meta device"


def test_overlapping_loads_leave_nothing_behind(run: Run) -> None:
    """With the function there is nothing to restore."""
    assert run("overlapping_loads", cured=True) == "fine"


@pytest.mark.usefixtures("version_4")
def test_study_is_broken_without_the_function(run: Run) -> None:
    """A trial that builds its head while its neighbour loads gets a broken one."""
    pytest.importorskip("optuna", reason="Optuna is not installed")
    heads = run("study", cured=False)[1::2]
    # A load that ends restores what the others need, so not every head is broken; but
    # the first load to end lasts longer than the building of its neighbour's head.
    assert set(heads) & {"meta device", "uninitialised"}


def test_study_is_whole_with_the_function(run: Run) -> None:
    """All twelve models and heads of a study with four threads are whole."""
    pytest.importorskip("optuna", reason="Optuna is not installed")
    assert run("study", cured=True) == ["fine"] * 12
