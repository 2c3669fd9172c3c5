"""Scenarios: what is built while another thread builds an empty model."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
import transformers
from accelerate import init_empty_weights

from .common import CONFIG, FOLDER, WAIT_SECONDS, WIDTH, Meeting, digest, fault_of


def held() -> Meeting:
    """A thread that stands inside of the context manager, and then builds a layer."""

    def build(inside: Any, release: Any) -> str:
        with init_empty_weights():
            inside.set()
            release.wait(WAIT_SECONDS)
            return layer()

    return Meeting(build)


def layer() -> str:
    """What is wrong with a new layer."""
    return fault_of(torch.nn.Linear(WIDTH, WIDTH))


def beside() -> list[str]:
    """What another thread builds meanwhile, and what the thread inside does."""
    empty = held()
    return [layer(), empty.finish()]


def overlap() -> list[str]:
    """A layer after two that overlapped, of which the first ended first."""
    both = [held(), held()]
    return [*(empty.finish() for empty in both), layer()]


def alone() -> list[Any]:
    """Every way to use it, in one thread."""
    found = [layer()]
    with init_empty_weights():
        found.append(layer())
        with init_empty_weights():
            found.append(layer())
        norm = torch.nn.BatchNorm1d(4)
        found += [str(buffer.device) for buffer in norm.buffers()]
    with init_empty_weights(include_buffers=True):
        norm = torch.nn.BatchNorm1d(4)
        found += [str(buffer.device) for buffer in norm.buffers()]
        found.append(layer())
    try:
        with init_empty_weights():
            raise LookupError
    except LookupError:
        found.append(layer())
    parameter = torch.nn.Parameter(torch.zeros(2), requires_grad=False)
    with init_empty_weights():
        module = torch.nn.Module()
        module.register_parameter("kept", parameter)
        module.register_parameter("none", None)
    return [*found, module.kept.requires_grad, str(module.kept.device)]


class Waiting(torch.nn.Linear):  # type: ignore[misc]
    """A layer that waits when peft asks for its size, to make an adapter for it."""

    inside: Any = None
    release: Any = None

    def __getattribute__(self, name: str) -> Any:
        if name == "in_features" and Waiting.inside is not None:
            Waiting.inside.set()
            Waiting.release.wait(WAIT_SECONDS)
        return super().__getattribute__(name)


def base() -> Any:
    """A model for an adapter, of which one layer may wait."""
    torch.manual_seed(0)
    model = transformers.BertModel(CONFIG)
    model.encoder.layer[0].attention.self.query = Waiting(WIDTH, WIDTH)
    return model


def adapters() -> list[str]:
    """The layers of another thread while peft loads an adapter, and the adapter."""
    from peft import LoraConfig, PeftModel, get_peft_model

    path = os.path.join(FOLDER, "adapter")
    saved = get_peft_model(base(), LoraConfig(init_lora_weights=False))
    saved.save_pretrained(path)

    def load(inside: Any, release: Any) -> Any:
        Waiting.inside, Waiting.release = inside, release
        return PeftModel.from_pretrained(base(), path, low_cpu_mem_usage=True)

    loading = Meeting(load)
    beside = layer()
    loaded = loading.finish()
    same = digest(loaded.state_dict().values()) == digest(saved.state_dict().values())
    return [beside, "the saved values" if same else "other values", layer()]


SCENARIOS: dict[str, Callable[[], Any]] = {
    "beside": beside,
    "overlap": overlap,
    "alone": alone,
}
if find_spec("peft"):
    SCENARIOS["adapters"] = adapters
