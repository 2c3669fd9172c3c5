"""Threads that are made to meet in the middle of a load: no test depends on timing."""

from __future__ import annotations

import sys
from importlib.metadata import version
from importlib.util import find_spec

import pytest

from codemod.verify.processes import NoAnswerError, ask

from .conftest import Run
from .source import function_text

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("torch_and_transformers")]

DURING_CONSTRUCTION = [
    "a layer, during construction",
    "a model with tied weights, during construction",
    "a loaded layer's new values, during construction",
]
AFTER_OVERLAP = "a layer, after loads that overlapped"
Checks = dict[str, str | None]


def checks(function: str | None) -> Checks:
    """What --verify's probe finds broken that was built beside a load."""
    (answer,) = ask(sys.executable, [{"do": "load", "function": function}])
    assert not isinstance(answer, NoAnswerError), answer
    found: Checks = answer["checks"]
    return found


@pytest.fixture(scope="module")
def without() -> Checks:
    """What is broken as transformers is."""
    return checks(None)


@pytest.fixture(scope="module")
def after() -> Checks:
    """What is broken after the function."""
    return checks(function_text())


@pytest.fixture
def version_4() -> None:
    """Skip where transformers no longer has what the test breaks."""
    if not version("transformers").startswith("4."):
        pytest.skip("transformers 5 builds models on a device of the thread's own")


@pytest.fixture
def version_5() -> None:
    """Skip where transformers does not yet have what the test breaks."""
    if version("transformers").startswith("4."):
        pytest.skip("transformers 4 replaces nothing while it initialises")


@pytest.mark.usefixtures("version_5")
def test_new_values_are_lost_without_the_function(without: Checks) -> None:
    """While a thread initialises, what was loaded keeps its values in all others."""
    assert without["a loaded layer's new values, during initialisation"] is not None


@pytest.mark.usefixtures("version_4")
@pytest.mark.parametrize("name", DURING_CONSTRUCTION)
def test_broken_without_the_function(without: Checks, name: str) -> None:
    """What is built while another thread constructs a model is broken."""
    assert without[name] is not None


def test_whole_with_the_function(without: Checks, after: Checks) -> None:
    """What is built at any moment of another thread's load is whole."""
    assert after.keys() == without.keys()
    assert set(DURING_CONSTRUCTION) < after.keys()
    assert set(after.values()) == {None}


@pytest.mark.skipif(
    version("transformers") < "4.51" if find_spec("transformers") else True,
    reason="before 4.51 a model is not constructed on the meta device by default",
)
@pytest.mark.usefixtures("version_4")
def test_overlapping_loads_leave_the_process_broken(without: Checks) -> None:
    """Two threads restore what they found in the wrong order, for good."""
    assert without[AFTER_OVERLAP] == "on the meta device"


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
