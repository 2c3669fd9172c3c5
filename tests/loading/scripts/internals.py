"""Call the function where transformers' internals are not what it expects, or twice."""

from __future__ import annotations

import json
import os
import runpy
import sys
import warnings

import torch
from transformers import BertModel, modeling_utils

from .common import FOLDER, WIDTH, fault_of, save_model


def patched() -> list[int]:
    """What tells whether anything was replaced: the identity of the functions."""
    register = torch.nn.Module.register_parameter
    return [*map(id, vars(torch.nn.init).values()), id(register)]


def call() -> list[str]:
    """Call the function, and return its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runpy.run_path(os.path.join(FOLDER, "cure.py"))
    return [str(warning.message) for warning in caught]


path = save_model()
if sys.argv[2] == "twice":
    said = call()
    before = patched()
    said += call()
    changed = patched() != before
else:
    owner = (
        modeling_utils if hasattr(modeling_utils, sys.argv[2]) else modeling_utils.init
    )
    value = getattr(owner, sys.argv[2])
    delattr(owner, sys.argv[2])
    said = call()
    changed = False
    setattr(owner, sys.argv[2], value)
model = BertModel.from_pretrained(path)
faults = [fault_of(model), fault_of(torch.nn.Linear(WIDTH, WIDTH))]
print(json.dumps({"warnings": said, "changed again": changed, "faults": faults}))
