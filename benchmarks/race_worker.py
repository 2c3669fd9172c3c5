"""Race threads for their first import of transformers, in one fresh process.

A stand-alone script for the interpreter that is measured (Python 3.8 or newer, the
standard library only). It reads a job as JSON on standard input and writes one line of
JSON, after whatever the libraries print. ``benchmarks.race`` starts it.

Jobs, by their ``"do"``:

* ``"race"``: run ``guard``, then import ``names`` in ``threads`` threads, in the order
  that ``seed`` gives, every self-replacing package of transformers kept open for
  ``delay`` seconds. Answers ``failures``, name to error.
* ``"list"``: the configurations, tokenizers, processors and models that transformers
  exports and that a single thread can import, as ``names``.
* ``"cost"``: the processor time of the ``guard`` and then of a first ``trial``, in
  seconds.
* ``"about"``: the ``python`` and the ``transformers`` that run here, and for each of
  ``names`` where it comes from.
"""

from __future__ import annotations

import collections
import contextlib
import importlib
import json
import platform
import random
import re
import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

#: What the trials of real scripts import; TensorFlow's and JAX's classes are stand-ins.
_INTERESTING = re.compile(
    r"(?!TF|Flax)\w+(Config|Tokenizer|TokenizerFast|Processor|Model|Trainer)"
)
_MARKER = b"sys.modules[__name__] ="


def _first_import(name: str) -> str:
    """Import one name like a trial does, and return the error, or an empty string."""
    try:
        exec(f"from transformers import {name}", {})
    except Exception as error:  # whatever it is, the trial is lost
        # The path of the file says nothing about the error.
        return f"{type(error).__name__}: {error}".split(" (/", 1)[0][:300]
    return ""


def _keep_windows_open(seconds: float) -> None:
    """Let each package that replaces itself wait before its first line."""
    original = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
        # A thread that is alone cannot be raced: the guard need not be slowed down.
        if threading.active_count() > 1 and _replaces_itself(loader, module.__name__):
            time.sleep(seconds)
        original(loader, module)

    setattr(SourceFileLoader, "exec_module", exec_module)  # noqa: B010


def _replaces_itself(loader: SourceFileLoader, name: str) -> bool:
    """Whether this is a package of transformers that leaves sys.modules."""
    if name.partition(".")[0] != "transformers" or not loader.is_package(name):
        return False
    return _MARKER in loader.get_data(loader.get_filename(name))


def _race(job: dict[str, Any]) -> dict[str, Any]:
    """Import the names in threads, and collect the errors."""
    names = list(job["names"])
    chance = random.Random(job["seed"])
    chance.shuffle(names)
    if job["delay"]:
        _keep_windows_open(job["delay"])
    exec(job["guard"], {})
    queue = collections.deque(names)
    failures: dict[str, str] = {}
    start = threading.Barrier(job["threads"])

    def work(lateness: float) -> None:
        start.wait()
        # Threads that come at one and the same moment queue for the first one's lock,
        # which is harmless: the window is for those who come while it executes.
        time.sleep(lateness)
        with contextlib.suppress(IndexError):
            while True:
                name = queue.popleft()
                error = _first_import(name)
                if error:
                    failures[name] = error

    threads = [
        threading.Thread(target=work, args=[chance.uniform(0, job["delay"])])
        for _ in range(job["threads"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"failures": failures}


def _list(job: dict[str, Any]) -> dict[str, Any]:
    """List what can be imported, leaving out what lacks a library of its own."""
    transformers = importlib.import_module("transformers")
    names = sorted({name for name in dir(transformers) if _INTERESTING.fullmatch(name)})
    return {"names": [name for name in names if _is_real(name, transformers)]}


def _is_real(name: str, transformers: ModuleType) -> bool:
    """Whether a name loads, and is no stand-in for what a missing library brings."""
    if _first_import(name):
        return False
    return ".dummy_" not in str(getattr(transformers, name).__module__)


def _cost(job: dict[str, Any]) -> dict[str, Any]:
    """Measure the processor time of the guard and of the first trial."""
    before = time.process_time()
    exec(job["guard"], {})
    between = time.process_time()
    exec(job["trial"], {})
    after = time.process_time()
    return {"guard": between - before, "trial": after - between}


def _about(job: dict[str, Any]) -> dict[str, Any]:
    """Say what runs here, and where each name comes from."""
    transformers = importlib.import_module("transformers")
    origins = {}
    for name in job["names"]:
        error = _first_import(name)
        origins[name] = error or getattr(transformers, name).__module__
    return {
        "python": platform.python_version(),
        "transformers": transformers.__version__,
        "origins": origins,
    }


def main() -> None:
    """Do the job on standard input."""
    job = json.load(sys.stdin)
    do = {"race": _race, "list": _list, "cost": _cost, "about": _about}[job["do"]]
    answer = do(job)
    print("\n" + json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
