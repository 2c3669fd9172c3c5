"""What threads that use accelerate do to each other, led to where it shows."""

from __future__ import annotations

import importlib
import threading
from typing import TYPE_CHECKING, Any

from .imports import describe
from .models import LOAD_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["checks"]

_BATCHES = 8
#: After so many batches each of the threads takes a step.
_ACCUMULATE = (1, 4)


def checks(torch: Any) -> Iterator[tuple[str, str | None]]:
    """What was done, with what is wrong with it; nothing without accelerate.

    Args:
        torch: The module.
    """
    try:
        accelerate: Any = importlib.import_module("accelerate")
    except Exception:  # Missing or broken: nobody trains with it here.
        return
    for name, check in (
        ("a layer, beside an empty model", _beside_empty),
        ("gradient accumulation, in two threads", _accumulating),
    ):
        try:
            yield name, check(accelerate, torch)
        except Exception as error:
            yield name, "{type}: {message}".format(**describe(error))


def _beside_empty(accelerate: Any, torch: Any) -> str | None:
    """What is wrong with a layer when another thread builds an empty model."""
    inside, release = threading.Event(), threading.Event()

    def build() -> None:
        with accelerate.init_empty_weights():
            inside.set()
            release.wait(LOAD_SECONDS)

    thread = threading.Thread(target=build, daemon=True)
    thread.start()
    if not inside.wait(LOAD_SECONDS):
        raise TimeoutError("no empty model was ever begun")
    device = torch.nn.Linear(2, 2).weight.device.type
    release.set()
    thread.join(LOAD_SECONDS)
    return "on the meta device" if device == "meta" else None


def _accumulating(accelerate: Any, torch: Any) -> str | None:
    """What is wrong when one thread steps at each batch, and one at every fourth."""
    barrier = threading.Barrier(len(_ACCUMULATE), timeout=LOAD_SECONDS)
    steps: dict[int, int] = {}
    errors: list[Exception] = []

    def train(count: int) -> None:
        try:
            steps[count] = _steps(accelerate, torch, count, barrier.wait)
        except Exception as error:
            errors.append(error)
            barrier.abort()

    threads = [
        threading.Thread(target=train, args=(count,), daemon=True)
        for count in _ACCUMULATE
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LOAD_SECONDS)
    if errors:
        raise errors[0]
    wanted = {count: _BATCHES // count for count in _ACCUMULATE}
    return None if steps == wanted else "another number of optimizer steps"


def _steps(accelerate: Any, torch: Any, count: int, meet: Callable[[], object]) -> int:
    """The steps of an optimizer in a loop over batches, in step with another one."""
    accelerator = accelerate.Accelerator(gradient_accumulation_steps=count, cpu=True)
    meet()
    taken = []

    class Counting(torch.optim.SGD):  # type: ignore[misc]
        def step(self, closure: Any = None) -> Any:
            taken.append(closure)
            return super().step(closure)

    model = torch.nn.Linear(8, 1)
    optimizer = Counting(model.parameters(), lr=0.01)
    data = torch.utils.data.DataLoader(list(torch.rand(_BATCHES, 8)), batch_size=1)
    model, optimizer, data = accelerator.prepare(model, optimizer, data)
    for batch in data:
        with accelerator.accumulate(model):
            meet()  # Both have decided whether this is a step.
            accelerator.backward(model(batch).mean())
            optimizer.step()
            meet()
    return len(taken)
