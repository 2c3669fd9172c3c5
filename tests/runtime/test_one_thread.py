"""In one thread, nothing may change: not a weight, not the next random number."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Run

pytestmark = [pytest.mark.race, pytest.mark.usefixtures("torch_and_transformers")]


@pytest.fixture(scope="module")
def plain(run: Run) -> dict[str, Any]:
    """What every way to build a model gives, as the libraries are."""
    found: dict[str, Any] = run("one_thread")
    return found


def test_same_values_from_the_same_seed(run: Run, plain: dict[str, Any]) -> None:
    """Every way of building a model gives the same bits with and without."""
    assert run("one_thread", repaired=True) == plain


def test_the_digests_see_a_difference(plain: dict[str, Any]) -> None:
    """What the test above compares does tell one model from another."""
    assert plain["classifier"] != plain["masked"]
    assert plain["from_pretrained"][1] != plain["constructor"][1]
    assert plain["half"][0] != plain["classifier"][0]


def test_models_of_many_types_were_loaded(plain: dict[str, Any]) -> None:
    """And most of them ran; what fails is compared by its error."""
    loaded = [outcome for name, outcome in plain.items() if ", torch." in name]
    ran = [outcome for outcome in loaded if len(outcome) > 1 and " " not in outcome[4]]
    assert len(loaded) > 80
    assert len(ran) > len(loaded) / 2


@pytest.mark.slow
def test_every_model_type_gives_the_same(run: Run) -> None:
    """All types that can be built small, in full and in half precision."""
    plain = run("architectures", seconds=3600)
    repaired = run("architectures", repaired=True, seconds=3600)
    differ = {name for name in plain if plain[name] != repaired.get(name)}
    loaded = sum(len(outcome) > 1 for outcome in plain.values())
    print(f"{loaded} loads of {len({name.split(',')[0] for name in plain})} types")
    assert differ == set()
    assert loaded > 300
