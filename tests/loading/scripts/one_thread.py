"""Load and build in one thread, and print digests of every value and of the dice."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

import torch
import transformers

from .common import CONFIG, FOLDER, WIDTH, apply_cure, save_model

PATH = os.path.join(FOLDER, "model")
ATTENTIVE = os.path.join(FOLDER, "attentive")
VISION = os.path.join(FOLDER, "vision")


class Nested(transformers.BertModel):  # type: ignore[misc]
    """A model that loads another one while it is itself being loaded."""

    def __init__(self, config: Any, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.before = torch.nn.Conv1d(WIDTH, WIDTH, 1)
        self.inner = transformers.BertModel.from_pretrained(PATH)
        self.after = torch.nn.Conv1d(WIDTH, WIDTH, 1)


class Plain(transformers.BertModel):  # type: ignore[misc]
    """A model with a layer that its checkpoint does not have, like the one above."""

    def __init__(self, config: Any, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.after = torch.nn.Conv1d(WIDTH, WIDTH, 1)


class Attentive(transformers.PreTrainedModel):  # type: ignore[misc]
    """A model with layers of torch that initialise themselves by other names.

    torch.nn.modules.activation imported ``xavier_uniform_`` from torch.nn.init.
    """

    config_class = transformers.PretrainedConfig

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.attention = torch.nn.MultiheadAttention(WIDTH, 2)
        self.mixer = torch.nn.TransformerEncoderLayer(WIDTH, 2, WIDTH)
        self.post_init()


def vision() -> Any:
    """A model of transformers' own that has such a layer."""
    config = transformers.SiglipVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=8,
        patch_size=4,
    )
    return transformers.SiglipVisionModel(config)


def digest(tensors: Any) -> str:
    """The SHA-256 of what tensors hold; of their shape, on the meta device."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(f"{tensor.device} {tensor.dtype} {tuple(tensor.shape)}".encode())
        if tensor.device.type != "meta":
            found.update(tensor.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def fails() -> Any:
    """A load that ends with an error, and what is built after it."""
    try:
        transformers.BertModel.from_pretrained(PATH, hidden_size=WIDTH * 2)
    except RuntimeError:
        return torch.nn.Linear(WIDTH, WIDTH)
    raise AssertionError("the sizes do not fit, so this must fail")


def classifier() -> Any:
    """A model with layers that its checkpoint does not have."""
    return transformers.BertForSequenceClassification.from_pretrained(PATH)


def masked() -> Any:
    """A model with tied weights that its checkpoint does not have."""
    return transformers.BertForMaskedLM.from_pretrained(PATH)


def slow() -> Any:
    """What version 4 calls without fast initialisation."""
    if transformers.__version__ >= "4.52":
        return classifier()  # the argument is gone
    model = transformers.BertForSequenceClassification
    return model.from_pretrained(PATH, _fast_init=False)


def nested() -> Any:
    """A load within a load, which version 5 refuses."""
    if transformers.__version__.startswith("5."):
        return Plain.from_pretrained(PATH)
    return Nested.from_pretrained(PATH)


BUILDERS: dict[str, Callable[[], Any]] = {
    "from_pretrained": lambda: transformers.BertModel.from_pretrained(PATH),
    "classifier": classifier,
    "masked": masked,
    "slow": slow,
    "from_config": lambda: transformers.AutoModel.from_config(CONFIG),
    "constructor": lambda: transformers.BertForMaskedLM(CONFIG),
    "nested": nested,
    "attentive": lambda: Attentive.from_pretrained(ATTENTIVE),
    "vision": lambda: transformers.SiglipVisionModel.from_pretrained(VISION),
    "after an error": fails,
    "torch": lambda: torch.nn.Transformer(WIDTH, 2, 1, 1, WIDTH),
}

# The cure comes after saving, so that the checkpoint is the same with and without it.
torch.manual_seed(0)
save_model()
Attentive(transformers.PretrainedConfig()).save_pretrained(ATTENTIVE)
vision().save_pretrained(VISION)
apply_cure()
found = {}
for name, build in BUILDERS.items():
    torch.manual_seed(1)
    module = build()
    found[name] = [
        digest(module.state_dict().values()),
        digest([torch.get_rng_state()]),
    ]
print(json.dumps(found))
