"""What threads that load and train do to each other, with the repairs or without."""

from __future__ import annotations

import importlib
import tempfile
from typing import Any

from . import models, repairs, trainings
from .imports import uses_torch

__all__ = ["load"]


def load(request: dict[str, Any]) -> dict[str, Any]:
    """Build and train beside another thread that is in the middle of doing so.

    Nothing is left to luck here either: the model that is loaded waits, half built,
    until the others are done, and the threads that train go on in step.

    Args:
        request: ``runtime``: the folder of this tool's ``codemod/runtime``, whose
            repairs are made before; ``None`` for none.

    Returns:
        ``checks``: what was done and when, with what is wrong with it or ``None``; none
        where transformers does not use torch. ``installed``: whether this interpreter
        has eager-codemod itself, whose repairs are taken then.
    """
    installed = repairs.are_installed()
    if not uses_torch():
        return {"checks": {}, "installed": installed}
    torch: Any = importlib.import_module("torch")
    # New memory is filled with NaN, so that a forgotten initialisation always shows.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        bench = models.Bench(torch, importlib.import_module("transformers"), folder)
        if request["runtime"] is not None:
            repairs.make(None if installed else request["runtime"])
        checks = dict(trainings.checks(torch))
        # Last, since loads that overlap may leave the process broken.
        checks.update(bench.checks())
    return {"checks": checks, "installed": installed}
