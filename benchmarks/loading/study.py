"""The program of the measured processes.

python -m benchmarks.loading.study build FOLDER
python -m benchmarks.loading.study run FOLDER REPAIR KIND...
python -m benchmarks.loading.study seconds FOLDER REPAIR
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.loading import faults
from benchmarks.loading.loads import LOADS, RANDOM
from benchmarks.loading.models import build
from benchmarks.loading.trainings import TRAININGS

__all__ = ["TRIALS"]

TRIALS = 12
_THREADS = 4
_ROUNDS = 9


def main(arguments: list[str]) -> None:
    """Do what is asked, and print the result as one line of JSON."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    action, folder, *rest = arguments
    actions: dict[str, Callable[..., Any]] = {
        "build": build,
        "run": run,
        "seconds": seconds,
    }
    sink = io.StringIO()  # Trainer prints its results
    with contextlib.redirect_stderr(sink), contextlib.redirect_stdout(sink):
        result = actions[action](Path(folder), *rest)
    print(json.dumps(result))


def run(folder: Path, repair: str, *kinds: str) -> dict[str, Any]:
    """Run a study of each kind, in a fork of this process.

    The imports, which take ten times as long, are the same for all of them.

    Returns:
        The result of :func:`study` by kind; where a process died, ``None``.
    """
    import torch

    torch.set_num_threads(1)
    # New memory is filled with NaN, so that a forgotten initialisation always shows.
    torch.use_deterministic_algorithms(True, warn_only=True)
    _import_what_is_shared()
    return {
        kind: _in_fork(functools.partial(study, folder, kind, repair)) for kind in kinds
    }


def _in_fork(work: Callable[[], Any]) -> Any:
    """What a function gives in a fork of this process; ``None`` when that dies."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(writer, "w") as answer:
                json.dump(work(), answer)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else None


def study(folder: Path, kind: str, repair: str) -> dict[str, Any]:
    """Run one study.

    Returns:
        ``trials``: what was wrong, by the number of the trial; ``left``: what the
        study left behind.
    """
    import optuna
    import torch

    torch.set_num_threads(1)  # anew in a fork, before several threads would at once
    wanted = {}
    if kind in LOADS:
        for number in range(TRIALS):
            wanted[number] = faults.signature(LOADS[kind](folder, number)[0])
    apply(repair)
    outcomes: dict[int, list[str]] = {}

    def objective(trial: Any) -> float:
        outcomes[trial.number] = _outcome(folder, kind, trial.number, wanted)
        return 0.0

    jobs = 1 if repair == "control" else _THREADS
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    optuna.create_study().optimize(objective, n_trials=TRIALS, n_jobs=jobs)
    return {"trials": outcomes, "left": sorted(faults.wrong_layers(faults.layers()))}


def _outcome(
    folder: Path, kind: str, number: int, wanted: dict[int, faults.Signature]
) -> list[str]:
    """What is wrong with one trial."""
    try:
        if kind in LOADS:
            return sorted(_loaded(folder, kind, number, wanted[number]))
        return sorted(TRAININGS[kind](folder, number))
    except Exception as error:
        message = f"{type(error).__name__}: {error}".splitlines()[0]
        # Without the file names at the end, so that equal errors count as one.
        return [message.partition(" (")[0][:80]]


def _import_what_is_shared() -> None:
    """What the import guard does: the race of imports is measured elsewhere."""
    import optuna  # noqa: F401
    import peft  # noqa: F401
    import sentence_transformers  # noqa: F401
    from transformers import (  # noqa: F401
        AutoModel,
        AutoModelForMaskedLM,
        AutoModelForSeq2SeqLM,
        AutoModelForSequenceClassification,
        BertForSequenceClassification,
        GenerationMixin,
        Trainer,
        TrainingArguments,
    )


def _loaded(folder: Path, kind: str, number: int, wanted: faults.Signature) -> set[str]:
    """Load a model and build layers before and after; what is wrong with them."""
    before = faults.layers()
    model, found = LOADS[kind](folder, number)
    after = faults.layers()
    got = faults.signature(model)
    return (
        found
        | faults.compared(got, wanted, values=kind not in RANDOM)
        | faults.wrong_layers(before)
        | faults.wrong_layers(after)
        | _not_finite(model)
    )


def _not_finite(model: Any) -> set[str]:
    filled = (p for p in model.parameters() if p.device.type != "meta")
    return {"not initialised"} if any(bool(p.isnan().any()) for p in filled) else set()


def apply(repair: str) -> None:
    """Do what the main thread does before the trials start."""
    if repair == "lock":
        _lock_loading()
    if repair in ("repair", "control"):
        from codemod.runtime import make_thread_safe

        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # of what cannot be repaired
            make_thread_safe()


def _lock_loading() -> None:
    """The cure that people try first: one ``from_pretrained`` at a time."""
    from transformers import PreTrainedModel

    lock = threading.RLock()
    usual = PreTrainedModel.from_pretrained.__func__

    def locked(cls: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return usual(cls, *args, **kwargs)

    PreTrainedModel.from_pretrained = classmethod(locked)


def seconds(folder: Path, repair: str) -> dict[str, list[float]]:
    """Load a model of BERT-base's size again and again, in one thread.

    Returns:
        Processor seconds by what was loaded, and those of the repairs themselves.
    """
    import torch
    from transformers import AutoModel, BertConfig, BertModel, __version__

    path = folder / "bert-base"
    if not path.exists():
        BertModel(BertConfig()).save_pretrained(str(path))
    start = time.process_time()
    apply(repair)
    found = {"call": [time.process_time() - start]}
    key = "torch_dtype" if __version__.startswith("4.") else "dtype"
    for name in ("float32", "bfloat16"):
        dtype = {key: getattr(torch, name)}
        AutoModel.from_pretrained(str(path), **dtype)
        found[name] = []
        for _ in range(_ROUNDS):
            start = time.process_time()
            AutoModel.from_pretrained(str(path), **dtype)
            found[name].append(time.process_time() - start)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
