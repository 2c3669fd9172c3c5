"""Load and build in one thread, and print digests of every value and of the dice."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import torch
import transformers

from . import architectures
from .common import CONFIG, DTYPE, FOLDER, WIDTH, digest, repair, save, save_model

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


def fails() -> Any:
    """A load that ends with an error, and what is built after it."""
    try:
        transformers.BertModel.from_pretrained(PATH, hidden_size=WIDTH * 2)
    except RuntimeError:
        return torch.nn.Linear(WIDTH, WIDTH)
    raise AssertionError("the sizes do not fit, so this must fail")


def classifier(**arguments: Any) -> Any:
    """A model with layers that its checkpoint does not have."""
    model = transformers.BertForSequenceClassification
    return model.from_pretrained(PATH, **arguments)


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
    "half": lambda: classifier(**{DTYPE: torch.float16}),
    "half, from_config": lambda: transformers.AutoModel.from_config(
        CONFIG, **{DTYPE: torch.bfloat16}
    ),
}
#: Model types of different kinds: text, vision, speech, both, and with odd parts.
TYPES = (
    "albert bart bert clip convnext deberta-v2 electra gpt2 llama mistral siglip t5"
    " vit wav2vec2 whisper xlnet"
).split()

# Repaired after saving, so that the checkpoints are the same with and without.
save_model()
save(ATTENTIVE, lambda: Attentive(transformers.PretrainedConfig()))
save(VISION, vision)
saved = architectures.save(TYPES)
repair()
found = {}
for name, build in BUILDERS.items():
    torch.manual_seed(1)
    module = build()
    found[name] = [
        digest(module.state_dict().values()),
        digest([torch.get_rng_state()]),
    ]
for path in saved:
    found.update(architectures.loads(path))
print(json.dumps(found))
