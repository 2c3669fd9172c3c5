"""What torch makes in a default dtype of a thread's own, and in one of the process."""

from __future__ import annotations

import json
import math  # noqa: F401  # in the expressions
from typing import Any

import numpy as np  # noqa: F401  # in the expressions
import torch
from transformers import modeling_utils

from .common import digest, repair

DTYPES = (torch.bfloat16, torch.float16, torch.float64, torch.float32)
EXPRESSIONS = """
torch.empty(0)
torch.zeros(3)
torch.ones(2, 2)
torch.full((3,), 0.1)
torch.full((3,), 1)
torch.full((2,), True)
torch.tensor(0.1)
torch.tensor([0.1, 2])
torch.tensor([1, 2])
torch.tensor(True)
torch.tensor(np.float32(0.1))
torch.tensor(np.float64(0.1))
torch.tensor(np.ones(2))
torch.tensor([[0.1], [0.2]])
torch.arange(5)
torch.arange(0, 1, 0.1)
torch.arange(0.0, 700.0)
torch.linspace(0, 1, 7)
torch.linspace(0, np.float64(0.3), 7)
torch.logspace(0, 1, 5)
torch.eye(3)
torch.rand(5)
torch.randn(2, 3)
torch.normal(0.0, 1.0, (4,))
torch.normal(torch.zeros(3).float(), 1.0)
torch.randint(0, 5, (3,))
torch.randperm(4)
torch.scalar_tensor(0.1)
torch.as_tensor(0.1)
torch.as_tensor(np.ones(2, dtype=np.float32))
torch.asarray([0.1])
torch.from_numpy(np.ones(2, dtype=np.float32))
torch.arange(700) / 3
torch.arange(700) * 0.1
0.1 * torch.arange(700)
10000 ** (torch.arange(0, 64, 2) / 64)
1.0 / (10000 ** (torch.arange(0, 64, 2, dtype=torch.int64).float() / 64))
torch.pow(10000, -torch.arange(0, 8) / 8)
torch.arange(700).sqrt()
torch.sin(torch.arange(700))
torch.exp(torch.arange(5) * -(math.log(10000.0) / 5))
torch.arange(5).float()
torch.arange(5).to(torch.float32)
torch.arange(5).type(torch.float32)
torch.arange(5).type(torch.FloatTensor)
torch.arange(5).double() / 3
torch.arange(5).half() / 3
torch.where(torch.tensor([True, False]), 0.1, 0.2)
torch.where(torch.tensor([True, False]), torch.tensor([1, 2]), 0.3)
torch.tensor([True, False]) * 0.1
torch.arange(5) + torch.tensor(0.1)
torch.arange(3).unsqueeze(1) / torch.arange(1, 4)
torch.log(torch.arange(1, 700))
torch.true_divide(torch.arange(7), 3)
torch.div(torch.arange(7), 3, rounding_mode="floor")
torch.arange(7) // 2
torch.arange(7) ** 0.5
torch.arange(7).add(0.5)
torch.arange(7).pow(2.5)
torch.clamp(torch.arange(7), min=1.5)
torch.tensor([1, 2]).sum()
torch.sigmoid(torch.arange(5))
torch.outer(torch.arange(4), torch.arange(3)) / 7
torch.Tensor([0.1, 0.2])
torch.Tensor(3).fill_(0.1)
torch.Tensor(5).uniform_()
torch.FloatTensor([0.1])
torch.Tensor(np.linspace(0, 1, 5))
torch.nn.Linear(5, 4).weight
torch.nn.Embedding(5, 4).weight
torch.nn.Conv2d(2, 3, 2).bias
torch.nn.LSTM(3, 3).weight_ih_l0
torch.nn.MultiheadAttention(4, 2).in_proj_weight
torch.nn.BatchNorm1d(3).running_var
torch.nn.BatchNorm1d(3).num_batches_tracked
torch.nn.Parameter(torch.Tensor(4).uniform_())
torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 3)).weight
torch.hann_window(8)
torch.hamming_window(8)
torch.bartlett_window(5)
torch.zeros(3, dtype=torch.float32)
torch.ones(2, dtype=torch.int64) / 3
torch.finfo(torch.get_default_dtype()).eps * torch.ones(1)
torch.zeros(2).new_tensor([0.1])
torch.zeros_like(torch.arange(3)) / 2
torch.stack([torch.arange(3), torch.arange(3)]) / 7
torch.cat([torch.arange(3), torch.zeros(2)])
torch.arange(6).view(2, 3) @ torch.arange(3)
torch.nn.functional.one_hot(torch.arange(3)) * 0.3
torch.triu(torch.full((3, 3), float("-inf")), 1)
torch.cumsum(torch.arange(5), 0) / 3
torch.softmax(torch.arange(5), 0, dtype=torch.float32)
torch.linalg.norm(torch.ones(3))
torch.nn.init.orthogonal_(torch.empty(3, 3))
torch.nn.init.trunc_normal_(torch.empty(9))
torch.bernoulli(torch.full((5,), 0.5))
torch.distributions.Normal(0.0, 1.0).sample((3,))
torch.nn.functional.pad(torch.arange(3), (1, 1), value=0) / 7
torch.arange(4)[2] / 7
torch.bucketize(torch.arange(3), torch.tensor([0.5]))
""".strip().splitlines()


def values(dtype: Any) -> dict[str, list[str]]:
    """Of each expression a digest, and the random state after it."""
    torch.set_default_dtype(dtype)
    found = {}
    for text in EXPRESSIONS:
        torch.manual_seed(4)
        try:
            made = digest([eval(text)])
        except Exception as error:
            made = f"{type(error).__name__}: {error}"[:50]
        found[text] = [made, digest([torch.get_rng_state()])]
    return found


def of_the_process() -> dict[str, Any]:
    """The values in default dtypes of the process."""
    found = {str(dtype): values(dtype) for dtype in DTYPES}
    torch.set_default_dtype(torch.float32)
    return found


def of_the_thread() -> dict[str, Any]:
    """The values in default dtypes of a thread that is in ``_from_config``."""
    found = {}
    for dtype in DTYPES:
        found[str(dtype)] = inside(dtype)
        if torch.get_default_dtype() != torch.float32:
            raise AssertionError("the dtype of a load was left behind")
    return found


def inside(dtype: Any) -> Any:
    """The values that a model's constructor gets while it is loaded."""
    from transformers import PretrainedConfig

    class Model(modeling_utils.PreTrainedModel):  # type: ignore[misc]
        config_class = PretrainedConfig

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.values = values(dtype)

    return Model._from_config(PretrainedConfig()).values


wanted = of_the_process()
repair()
got = of_the_thread()
differ = [
    f"{dtype} {text}"
    for dtype in wanted
    for text in EXPRESSIONS
    if wanted[dtype][text] != got[dtype][text]
]
print(json.dumps({"count": len(EXPRESSIONS), "differ": differ}))
