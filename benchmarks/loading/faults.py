"""What can be wrong with a model."""

from __future__ import annotations

import hashlib
from typing import Any

from benchmarks.loading.models import WIDTH

__all__ = ["RESET", "Signature", "compared", "layers", "signature", "wrong_layers"]

RESET = 7.0
"""What no initialisation gives: a weight that kept it was not initialised."""

Signature = dict[str, tuple[str, str, str]]
"""Of each parameter and buffer: dtype, device, and a digest of the bytes."""


def signature(module: Any) -> Signature:
    """What two models that are the same have in common."""
    import torch

    found: Signature = {}
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        digest = ""
        if tensor.device.type != "meta":
            raw = tensor.detach().contiguous().view(-1).view(torch.uint8)
            digest = hashlib.sha256(raw.numpy().tobytes()).hexdigest()
        found[name] = (str(tensor.dtype), tensor.device.type, digest)
    return found


def compared(got: Signature, wanted: Signature, *, values: bool) -> set[str]:
    """Name in what a model differs from the one that was loaded alone.

    Args:
        got: What a trial loaded.
        wanted: What it would have loaded alone.
        values: Whether the bytes must be the same; new layers are random.
    """
    if got.keys() != wanted.keys():
        return {"other tensors"}
    what = ("other dtype", "other device", "other values")[: 3 if values else 2]
    return {
        fault
        for name in got
        for index, fault in enumerate(what)
        if got[name][index] != wanted[name][index]
    }


def layers() -> Any:
    """The layers that a script puts on top of its model."""
    from torch import nn

    linear = [nn.Linear(WIDTH, WIDTH) for _ in range(16)]
    attention = nn.MultiheadAttention(8, 2)
    return nn.Sequential(*linear, nn.LayerNorm(WIDTH), nn.LSTM(4, 4), attention)


def wrong_layers(module: Any) -> set[str]:
    """Name what is wrong with layers that nobody loaded.

    Memory that nobody filled is recognised, because the study has torch fill new memory
    with NaN.
    """
    found = set()
    for parameter in module.parameters():
        if parameter.device.type == "meta":
            found.add("layer on the meta device")
        elif bool(parameter.isnan().any()):
            found.add("layer not initialised")
        elif bool((parameter == RESET).any()):
            found.add("layer not reset")
        if str(parameter.dtype) != "torch.float32":
            found.add(f"layer in {str(parameter.dtype).removeprefix('torch.')}")
    return found
