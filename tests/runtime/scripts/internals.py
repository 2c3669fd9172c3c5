"""Alter one internal, and see that the repair concerned says so and changes nothing."""

from __future__ import annotations

import functools
import importlib
import json
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
import transformers.integrations
from transformers import modeling_utils

from codemod import runtime

from .common import VERSION_4, WIDTH, fault_of, in_child, save_model

Place = tuple[Any, str]


def places(repair: str) -> list[Place]:
    """What a repair replaces where all is as expected."""
    module = importlib.import_module(f"codemod.runtime.{repair}")
    return [(owner, name) for owner, name, _ in module.plan()._steps]


def attribute(place: Place) -> Any:
    """What stands at a place itself, not what it gives."""
    owner, name = place
    return vars(owner).get(name)


def call() -> list[str]:
    """Repair; the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runtime.make_thread_safe()
    return [
        str(warning.message) for warning in caught if warning.category is RuntimeWarning
    ]


def altered(repair: str, alter: Callable[[], Place]) -> dict[str, Any]:
    """What is said and changed when something is not as expected."""
    concerned = places(repair)
    _, name = alter()
    before = [attribute(place) for place in concerned]
    said = call()
    after = [attribute(place) for place in concerned]
    changed = [
        place[1]
        for place, old, new in zip(concerned, before, after, strict=True)
        if old is not new
    ]
    others = [
        place for each in runtime._REPAIRS if each != repair for place in REPAIRED[each]
    ]
    made = sum(hasattr(attribute(place), "__wrapped__") for place in others)
    return {"said": said, "changed": changed, "name": name, "others": made > 0}


def without(owner: Any, name: str) -> Callable[[], Place]:
    """An alteration: something is gone."""

    def alter() -> Place:
        delattr(owner, name)
        return owner, name

    return alter


def other(owner: Any, name: str, value: Any) -> Callable[[], Place]:
    """An alteration: something is another one."""

    def alter() -> Place:
        setattr(owner, name, value)
        return owner, name

    return alter


def alterations() -> dict[str, tuple[str, Callable[[], Place]]]:
    """By what they are called: the repair that is concerned, and the alteration."""
    model = modeling_utils.PreTrainedModel
    found = {
        "no loader": ("dtype", without(model, "_from_config")),
        "no default dtype": ("dtype", without(torch, "set_default_dtype")),
    }
    if VERSION_4:
        found["no manager"] = ("loading", without(modeling_utils, "no_init_weights"))
        found["no flag"] = ("loading", without(modeling_utils, "_init_weights"))
    else:
        init = modeling_utils.init
        usual = model.initialize_weights
        guard = "guard_torch_init_functions"
        found["no manager"] = ("loading", without(init, guard))
        found["no modules"] = ("loading", without(init, "TORCH_MODULES_TO_PATCH"))
        found["idle manager"] = ("loading", other(init, guard, idle))
        plain = usual.__wrapped__.__wrapped__
        found["no decorator"] = ("loading", other(model, usual.__name__, plain))
    if find_spec("accelerate"):
        from accelerate import big_modeling, state
        from accelerate.utils import dataclasses

        found["no state"] = ("accelerate_states", without(state, "GradientState"))
        shared = other(state.AcceleratorState, "_shared_state", ())
        found["other state"] = ("accelerate_states", shared)
        found["no settings"] = (
            "accelerate_environment",
            without(dataclasses.KwargsHandler, "to_kwargs"),
        )
        found["no device"] = ("empty_weights", without(big_modeling, "init_on_device"))
        found["idle device"] = (
            "empty_weights",
            other(big_modeling, "init_on_device", lambda *arguments: idle()),
        )
    return found


class idle:  # noqa: N801
    """A context manager that replaces nothing."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        pass


def twice() -> dict[str, Any]:
    """What a second call says and changes."""
    concerned = [
        place for repair in runtime._REPAIRS for place in REPAIRED.get(repair, ())
    ]
    said = call()
    before = [attribute(place) for place in concerned]
    said += call()
    after = [attribute(place) for place in concerned]
    same = all(old is new for old, new in zip(before, after, strict=True))
    model = transformers.BertModel.from_pretrained(save_model())
    faults = [fault_of(model), fault_of(torch.nn.Linear(WIDTH, WIDTH))]
    return {"said": said, "same": same, "faults": faults}


REPAIRED = {
    repair: places(repair)
    for repair in runtime._REPAIRS
    if not repair.startswith("accelerate") or find_spec("accelerate")
}
save_model()
print(
    json.dumps(
        {
            "twice": in_child(twice),
            "altered": {
                name: in_child(functools.partial(altered, *case))
                for name, case in alterations().items()
            },
        }
    )
)
