"""What a script may import where its trials run in threads of one process.

    from codemod.runtime import make_thread_safe
    make_thread_safe()  # in the main thread, before the trials start

Libraries change state of the whole process while they build or train one model, which
harms the models that other threads build or train meanwhile. Each module of this
package repairs one such thing, and says for which versions and why.

Standard library, torch and the libraries that are repaired; nothing else of ours.
"""

from __future__ import annotations

import importlib
import threading
import warnings

__all__ = ["make_thread_safe"]

# Each is a module with a function `plan`, and the constant HAZARD for the warning.
_REPAIRS = (
    "empty_weights",
    "loading",
    "dtype",
    "accelerate_states",
    "accelerate_environment",
)

_lock = threading.Lock()
_seen: set[str] = set()


def make_thread_safe() -> None:
    """Keep threads that load or train transformers models from harming each other.

    For the main thread, before the trials start; what a thread is in the middle of is
    not repaired. A second call does nothing. It imports torch, transformers and, where
    they are installed, accelerate and peft, so that nothing has to be repaired while
    threads run. A library that is missing or broken is no matter here: the error
    appears where it is used.

    Warns:
        RuntimeWarning: A library works in another way than expected. The repair that
            is concerned then changes nothing at all, and the others are made.
    """
    with _lock:
        for name in _REPAIRS:
            if name not in _seen:
                _seen.add(name)
                _repair(name)


def _repair(name: str) -> None:
    try:
        module = importlib.import_module(f"{__name__}.{name}")
    except Exception:  # its library cannot be imported, for whatever reason
        return
    try:
        module.plan().apply()
    except Exception as error:
        warnings.warn(
            f"{module.HAZARD} here, which eager-codemod cannot repair: {error!r}",
            RuntimeWarning,
            stacklevel=4,
        )
