"""Two loads overlap, the first one in ends first; then the main thread builds."""

from __future__ import annotations

import json

import torch

from .common import WIDTH, apply_cure, fault_of, hold, save_model

path = save_model()
apply_cure()
_, release_first, first = hold(path)
_, release_second, second = hold(path)
for release, thread in ((release_first, first), (release_second, second)):
    release.set()
    thread.join()
print(json.dumps(fault_of(torch.nn.Linear(WIDTH, WIDTH))))
