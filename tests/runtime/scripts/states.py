"""Scenarios: threads that train with accelerate at the same time."""

from __future__ import annotations

import dataclasses
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import torch
import transformers
from accelerate import Accelerator, PartialState
from accelerate.logging import get_logger
from accelerate.utils.dataclasses import KwargsHandler

from .common import CONFIG, WAIT_SECONDS, Meeting, in_thread

BATCHES = 8
STEPS = 3


class Counting(torch.optim.SGD):  # type: ignore[misc]
    """An optimizer that counts its steps."""

    steps = 0

    def step(self, closure: Any = None) -> Any:
        """Count one more."""
        self.steps += 1
        return super().step(closure)


def accumulate(
    count: int, wait: Callable[[], Any] = int, accelerator: Any = None
) -> int:
    """The steps of accelerate's own loop; ``wait`` is called where others may run."""
    accelerator = accelerator or Accelerator(
        gradient_accumulation_steps=count, cpu=True
    )
    wait()
    model = torch.nn.Linear(8, 1)
    counting = Counting(model.parameters(), lr=0.01)
    data = torch.utils.data.DataLoader(list(torch.rand(BATCHES, 8)), batch_size=1)
    model, optimizer, data = accelerator.prepare(model, counting, data)
    for batch in data:
        with accelerator.accumulate(model):
            wait()  # all have decided whether this is a step
            accelerator.backward(model(batch).mean())
            optimizer.step()
            wait()
    return counting.steps


def in_step() -> list[int]:
    """Two threads that accumulate over 1 and 4 batches, in step."""
    barrier = threading.Barrier(2, timeout=WAIT_SECONDS)
    with ThreadPoolExecutor(2) as pool:
        loops = [pool.submit(accumulate, count, barrier.wait) for count in (1, 4)]
        return [loop.result() for loop in loops]


def precisions() -> list[str]:
    """The precision of two threads that ask for different ones."""

    def work(inside: Any, release: Any) -> str:
        accelerator = Accelerator(mixed_precision="bf16", cpu=True)
        inside.set()
        release.wait(WAIT_SECONDS)
        return str(accelerator.mixed_precision)

    half = Meeting(work)
    full = str(Accelerator(mixed_precision="no", cpu=True).mixed_precision)
    return [half.finish(), full]


def of_the_main_thread() -> int:
    """The steps that a thread makes with an accelerator of the main thread."""
    accelerator = Accelerator(gradient_accumulation_steps=4, cpu=True)
    return int(in_thread(lambda: accumulate(4, accelerator=accelerator)))


def made_in_the_main_thread() -> int:
    """The steps of a Trainer that was made in the main thread, and runs in another."""
    made = trainer(gradient_accumulation_steps=4)
    in_thread(made.train)
    return int(made.optimizer_of_ours.steps)


def logging() -> str:
    """accelerate's logger, which asks whether there is a state, in another thread."""
    PartialState(cpu=True)
    return str(in_thread(lambda: get_logger("accelerate").warning("hello") or "fine"))


def trainer(**arguments: Any) -> Any:
    """A Trainer of a small model, which counts its steps."""
    model = transformers.BertForSequenceClassification(CONFIG)
    counting = Counting(model.parameters(), lr=0.01)
    item = {"input_ids": torch.arange(8), "labels": torch.tensor(1)}
    made = transformers.Trainer(
        model,
        transformers.TrainingArguments(
            output_dir=tempfile.mkdtemp(),
            max_steps=STEPS,
            per_device_train_batch_size=2,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            logging_strategy="no",
            use_cpu=True,
            **arguments,
        ),
        train_dataset=[item] * 32,
        optimizers=(counting, None),
    )
    made.optimizer_of_ours = counting
    return made


def trainers() -> list[list[Any]]:
    """The steps and the precision of twelve Trainers in four threads."""

    def train(number: int) -> list[Any]:
        half = bool(number % 2)
        made = trainer(gradient_accumulation_steps=(1, 2, 4)[number % 3], bf16=half)
        made.train()
        return [made.optimizer_of_ours.steps, made.accelerator.mixed_precision]

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(train, range(12)))


@dataclasses.dataclass
class Settings(KwargsHandler):  # type: ignore[misc]
    """Settings of accelerate that wait, where asked to, while they are made."""

    value: int = 1
    inside: ClassVar[Any] = None

    def __post_init__(self) -> None:
        """Wait."""
        if Settings.inside is not None:
            inside, release = Settings.inside
            Settings.inside = None
            inside.set()
            release.wait(WAIT_SECONDS)


def asked_for() -> Meeting:
    """A thread that stands, if it can, where accelerate looks for usual settings."""
    settings = Settings(value=2)

    def work(inside: Any, release: Any) -> dict[str, Any]:
        Settings.inside = inside, release
        unusual: dict[str, Any] = settings.to_kwargs()
        Settings.inside = None
        inside.set()
        return unusual

    return Meeting(work)


def environment() -> list[Any]:
    """A variable while one thread looks for settings, and after two that overlapped."""
    os.environ["A_VARIABLE"] = "kept"
    first = asked_for()
    beside = os.environ.get("A_VARIABLE")
    second = asked_for()
    unusual = [first.finish(), second.finish()]
    return [beside, *unusual, os.environ.get("A_VARIABLE")]


SCENARIOS: dict[str, Callable[[], Any]] = {
    "in step": in_step,
    "precisions": precisions,
    "of the main thread": of_the_main_thread,
    "made in the main thread": made_in_the_main_thread,
    "logging": logging,
    "trainers": trainers,
    "environment": environment,
}
