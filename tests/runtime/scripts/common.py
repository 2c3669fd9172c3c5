"""What the programs share: the repairs, small models, threads that are made to meet."""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any

import torch
import transformers

from codemod.runtime import make_thread_safe

FOLDER = sys.argv[1]
WIDTH = 32
WAIT_SECONDS = 60
VERSION_4 = transformers.__version__.startswith("4.")
#: How this version spells the argument of ``from_pretrained``.
DTYPE = "torch_dtype" if VERSION_4 else "dtype"

# New memory is filled with NaN, so that a forgotten initialisation always shows.
torch.use_deterministic_algorithms(True, warn_only=True)
torch.set_num_threads(1)
transformers.logging.set_verbosity_error()

CONFIG = transformers.BertConfig(
    hidden_size=WIDTH,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=WIDTH,
    vocab_size=50,
)


def repair() -> None:
    """Repair, in the runs that are for that; a warning is an error."""
    if "REPAIRED" in os.environ:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            make_thread_safe()


def save(path: str, build: Callable[[], Any]) -> None:
    """Save a model in a folder, unless an earlier process did."""
    if not os.path.exists(path):
        torch.manual_seed(0)
        build().save_pretrained(path)


def save_model() -> str:
    """Save a small model, and return its folder."""
    path = os.path.join(FOLDER, "model")
    save(path, lambda: transformers.BertModel(CONFIG))
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


class Meeting:
    """A thread that stops inside of something until it is released.

    Args:
        work: What it does; it is given two events: that it is inside, which it sets,
            and that it may go on, which it waits for.
    """

    def __init__(self, work: Callable[[Any, Any], Any]) -> None:
        inside, self._release = threading.Event(), threading.Event()
        self._result: Any = None

        def run() -> None:
            try:
                self._result = work(inside, self._release)
            except Exception as error:
                self._result = error
                inside.set()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        if not inside.wait(WAIT_SECONDS):
            raise TimeoutError("a thread never came inside")

    def finish(self) -> Any:
        """Let the thread go on, and wait for its end; what its work gave."""
        self._release.set()
        self._thread.join(WAIT_SECONDS)
        if isinstance(self._result, Exception):
            raise self._result
        return self._result


def in_thread(work: Callable[[], Any]) -> Any:
    """What a function gives that another thread runs."""

    def run(inside: Any, release: Any) -> Any:
        inside.set()
        return work()

    return Meeting(run).finish()


def in_child(work: Callable[[], Any]) -> Any:
    """What a function gives in a fork of this process, which keeps what it breaks.

    An error is given by its text.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        torch.set_num_threads(1)  # anew in a fork, before several threads would at once
        try:
            result = work()
        except Exception as error:
            result = f"{type(error).__name__}: {error}".splitlines()[0]
        with os.fdopen(writer, "wb") as answer:
            pickle.dump(result, answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        data = answer.read()
    os.waitpid(child, 0)
    return pickle.loads(data)


def fault_of(module: Any, dtype: Any = torch.float32) -> str:
    """Say what is wrong with a module's parameters; "fine" when nothing is."""
    for parameter in module.parameters():
        if parameter.device.type == "meta":
            return "meta device"
        if parameter.isnan().any():
            return "uninitialised"
        if parameter.dtype != dtype:
            return f"{str(parameter.dtype).removeprefix('torch.')}"
    return "fine"


def digest(tensors: Any) -> str:
    """The SHA-256 of what tensors hold; of their shape, on the meta device."""
    found = hashlib.sha256()
    for tensor in tensors:
        found.update(f"{tensor.device} {tensor.dtype} {tuple(tensor.shape)}".encode())
        if tensor.device.type != "meta" and tensor.numel():
            raw = tensor.detach().contiguous().view(-1).view(torch.uint8)
            found.update(raw.numpy().tobytes())
    return found.hexdigest()
