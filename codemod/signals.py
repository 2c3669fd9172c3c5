"""Signals that have to wait."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

__all__ = ["held_signals"]


@contextlib.contextmanager
def held_signals(*names: str) -> Iterator[None]:
    """Let signals come at the end of the block only, and to what starts in it never."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    numbers = [getattr(signal, name) for name in names]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
