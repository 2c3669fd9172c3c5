"""Running a function in a forked process: to be killed, or without root's powers."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import TypeVar

import pytest

__all__ = ["NEEDS_FORK", "status_of", "unprivileged"]

NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork()")
_NOBODY = 65534
_T = TypeVar("_T")


def status_of(function: Callable[[], object]) -> int:
    """Run a function in a forked process; return the status that `os.wait` gives."""
    child = os.fork()
    if child == 0:
        try:
            function()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def unprivileged(function: Callable[[], _T]) -> _T:
    """Run a function as somebody whom file modes stop, which root is not."""
    if os.geteuid() != 0:
        return function()
    reader, writer = os.pipe()

    def run() -> None:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        with os.fdopen(writer, "wb") as answer:
            pickle.dump(function(), answer)

    status = status_of(run)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        assert status == 0
        result: _T = pickle.load(answer)
        return result
