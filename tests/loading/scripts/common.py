"""What the scripts share: the cure, small models, and what is wrong with one."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

import torch
import transformers

FOLDER = sys.argv[1]
WIDTH = 32
WAIT_SECONDS = 60

# New memory is filled with NaN, so that a forgotten initialisation always shows.
torch.use_deterministic_algorithms(True)
torch.set_num_threads(1)
transformers.logging.set_verbosity_error()

CONFIG = transformers.BertConfig(
    hidden_size=WIDTH,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=WIDTH,
    vocab_size=50,
)


def apply_cure() -> None:
    """Call the function under test, in the runs that have it."""
    if "CURED" in os.environ:
        runpy.run_path(os.path.join(FOLDER, "cure.py"))


def save_model() -> str:
    """Save a small model, and return its folder."""
    path = os.path.join(FOLDER, "model")
    transformers.BertModel(CONFIG).save_pretrained(path)
    return path


class Held(transformers.BertModel):  # type: ignore[misc]
    """A model that waits, in the middle of being loaded, until it is released.

    Its checkpoint knows nothing of the layer ``extra``, which is initialised last.
    """

    stage = "construction"
    inside: Any = None
    release: Any = None

    def __init__(self, config: Any, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        self.extra = torch.nn.Linear(WIDTH, WIDTH)
        self.wait_in("construction")

    def _init_weights(self, module: Any) -> None:
        if module is getattr(self, "extra", None):
            self.wait_in("initialisation")
        super()._init_weights(module)

    def wait_in(self, stage: str) -> None:
        """Let the others go on, and wait for them."""
        if stage == self.stage and self.inside is not None:
            self.inside.set()
            if not self.release.wait(WAIT_SECONDS):
                raise TimeoutError("nobody released the model")


def fault_of(module: Any) -> str:
    """Say what is wrong with a module's parameters; "fine" when nothing is."""
    for parameter in module.parameters():
        if parameter.device.type == "meta":
            return "meta device"
        if parameter.isnan().any():
            return "uninitialised"
    return "fine"
