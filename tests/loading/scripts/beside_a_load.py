"""Do something in the main thread while another thread is in the middle of a load."""

from __future__ import annotations

import json
import sys

import torch
import transformers

from .common import CONFIG, KEPT, WIDTH, apply_cure, fault_of, hold, save_model


def build_head() -> str:
    """A layer of one's own."""
    return fault_of(torch.nn.Linear(WIDTH, WIDTH))


def build_tied() -> str:
    """A model whose output layer shares the input embedding's weight."""
    model = transformers.BertForMaskedLM(CONFIG)
    ends = (model.get_input_embeddings(), model.get_output_embeddings())
    return fault_of(model) if ends[0].weight is ends[1].weight else "not tied"


def reset_layer() -> str:
    """A loaded weight that is initialised again."""
    weight = LOADED.pooler.dense.weight
    with torch.no_grad():
        weight.fill_(KEPT)
    torch.nn.init.normal_(weight)
    return "kept its value" if bool((weight == KEPT).all()) else "fine"


ACTIONS = {"head": build_head, "tied": build_tied, "reset": reset_layer}

path = save_model()
apply_cure()
LOADED = transformers.BertModel.from_pretrained(path)
_, release, thread = hold(path, stage=sys.argv[3])
try:
    fault = ACTIONS[sys.argv[2]]()
finally:
    release.set()
    thread.join()
print(json.dumps(fault))
