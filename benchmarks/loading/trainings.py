"""Kinds of training, and of building empty models: what a trial does, by its number.

Each gives the set of what is wrong.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.loading.models import tiny

__all__ = ["TRAININGS"]

_STEPS = 6
_BATCHES = 32


def _trained(model: Any, optimizers: Any = (None, None), **arguments: Any) -> Any:
    """A Trainer that has trained a model on made-up data."""
    import torch
    from transformers import Trainer, TrainingArguments

    dice = torch.Generator().manual_seed(1)
    data = [
        {
            "input_ids": torch.randint(0, 50, (8,), generator=dice),
            "labels": torch.randint(0, 2, (), generator=dice),
        }
        for _ in range(96)
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = TrainingArguments(
            output_dir=folder,
            max_steps=_STEPS,
            per_device_train_batch_size=4,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_strategy="no",
            use_cpu=True,
            **arguments,
        )
        trainer = Trainer(model, made, train_dataset=data, optimizers=optimizers)
        trainer.train()
    return trainer


def trainer(folder: Path, number: int) -> set[str]:
    """`Trainer`, another seed in each trial."""
    model = _trained(tiny(), seed=number).model
    finite = all(bool(p.isfinite().all()) for p in model.parameters())
    return set() if finite else {"not finite"}


def accumulate(folder: Path, number: int) -> set[str]:
    """`Trainer(gradient_accumulation_steps=...)` of 1, 2 or 4."""
    return _accumulated((1, 2, 4)[number % 3])


def accumulate_same(folder: Path, number: int) -> set[str]:
    """`Trainer(gradient_accumulation_steps=4)` in every trial."""
    return _accumulated(4)


def _accumulated(count: int) -> set[str]:
    model = tiny(dropout=0.0)
    optimizer = _counting(model)
    arguments = {"gradient_accumulation_steps": count}
    _trained(model, (optimizer, None), **arguments)
    return _steps(optimizer.steps, _STEPS)


def _counting(model: Any) -> Any:
    """An optimizer that counts its steps."""
    import torch

    class Counting(torch.optim.SGD):  # type: ignore[misc]
        steps = 0

        def step(self, closure: Any = None) -> Any:
            self.steps += 1
            return super().step(closure)

    return Counting(model.parameters(), lr=0.01)


def _steps(taken: int, wanted: int) -> set[str]:
    return set() if taken == wanted else {"another number of optimizer steps"}


def accumulate_loop(folder: Path, number: int) -> set[str]:
    """accelerate's own loop, `with accelerator.accumulate(model)`, of 1, 2 or 4."""
    import torch
    from accelerate import Accelerator
    from torch.utils.data import DataLoader, TensorDataset

    count = (1, 2, 4)[number % 3]
    accelerator = Accelerator(gradient_accumulation_steps=count, cpu=True)
    model = torch.nn.Linear(8, 1)
    counting = _counting(model)
    data = DataLoader(TensorDataset(torch.rand(2 * _BATCHES, 8)), batch_size=2)
    model, optimizer, data = accelerator.prepare(model, counting, data)
    for (batch,) in data:
        with accelerator.accumulate(model):
            accelerator.backward(model(batch).mean())
            optimizer.step()
            optimizer.zero_grad()
    return _steps(counting.steps, _BATCHES // count)


def precision(folder: Path, number: int) -> set[str]:
    """`Trainer(bf16=True)` in every other trial."""
    wanted = "bf16" if number % 2 else "no"
    used = _trained(tiny(), bf16=bool(number % 2)).accelerator.mixed_precision
    return set() if used == wanted else {f"{used} for {wanted}"}


def peft_empty(folder: Path, number: int) -> set[str]:
    """`PeftModel.from_pretrained(low_cpu_mem_usage=True)` in every other trial."""
    from peft import PeftModel

    adapter = str(folder / "adapter")

    def build() -> Any:
        return PeftModel.from_pretrained(tiny(), adapter, low_cpu_mem_usage=True)

    return _beside_empty(build, number, {"cpu"})


def accelerate_empty(folder: Path, number: int) -> set[str]:
    """`accelerate.init_empty_weights()` in every other trial."""
    from accelerate import init_empty_weights

    def build() -> Any:
        with init_empty_weights():
            return tiny()

    return _beside_empty(build, number, {"meta"})


def _beside_empty(build: Callable[[], Any], number: int, wanted: set[str]) -> set[str]:
    """Build empty models in trials of odd numbers, and layers in the others."""
    import torch

    for _ in range(5):
        if number % 2:
            module, devices = build(), wanted
        else:
            linear = [torch.nn.Linear(8, 8) for _ in range(300)]
            module, devices = torch.nn.Sequential(*linear), {"cpu"}
        found = {parameter.device.type for parameter in module.parameters()}
        if found != devices:
            what = "empty model" if number % 2 else "layer"
            return {f"{what} on {', '.join(sorted(found))}"}
    return set()


TRAININGS: dict[str, Callable[[Path, int], set[str]]] = {
    "trainer": trainer,
    "accumulate": accumulate,
    "accumulate-same": accumulate_same,
    "accumulate-loop": accumulate_loop,
    "precision": precision,
    "peft-empty": peft_empty,
    "accelerate-empty": accelerate_empty,
}
