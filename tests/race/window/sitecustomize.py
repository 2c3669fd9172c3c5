"""Force two threads into the import of a package that replaces itself.

Python runs this file at start-up when its folder is on ``PYTHONPATH``. It adds no
failure of its own: it only decides *when* threads run, by making them wait for one
another in places where the operating system could have stopped them just as well.

A package such as ``transformers`` puts another object into ``sys.modules`` at the end
of its own execution. A thread whose import statement picks the package up before that
moment keeps the object it found. So, for the package named in ``RACE_PACKAGE``, while
more than one thread is alive:

* the thread that executes the package stops just before its first line, until a
  second thread has found the raw module and waits for the import to finish;
* a thread that imports it meanwhile first lets the raw module appear, so that it
  does not come too early and queue up, harmlessly, for the first thread's lock.

Both are events and no sleeps, so what happens does not depend on the machine. The
other self-replacing packages of the same library, where nobody knows whether a second
thread will come at all, are kept open for ``WIDENED_SECONDS`` instead.
"""

from __future__ import annotations

import builtins
import importlib
import os
import threading
import time
from collections.abc import Mapping, Sequence
from importlib import util
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

# importlib's own frozen module, not the copy of its source.
_bootstrap: Any = importlib._bootstrap

#: How long a second thread may take to arrive, in seconds; never reached in a test
#: that passes, it only keeps a failing one from hanging.
PATIENCE_SECONDS = 20.0
#: How long the other self-replacing packages are kept open, in seconds.
WIDENED_SECONDS = 0.02

_MARKER = b"sys.modules[__name__] ="


class _Window:
    """What threads know about the first import of one package."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.library = package.partition(".")[0]
        self.lock = threading.Lock()
        self.first_thread: int | None = None
        self.raw_is_there = threading.Event()
        self.second_is_waiting = threading.Event()

    def enter(self) -> None:
        """Let the first thread through, and the others once it executes."""
        with self.lock:
            if self.first_thread is None:
                self.first_thread = threading.get_ident()
        if self.first_thread != threading.get_ident():
            self.raw_is_there.wait(PATIENCE_SECONDS)

    def hold_open(self) -> None:
        """Keep the raw module in place until a second thread has picked it up."""
        self.raw_is_there.set()
        # A thread that is alone cannot be raced, and must not wait for nobody.
        if threading.active_count() > 1:
            self.second_is_waiting.wait(PATIENCE_SECONDS)


_window = _Window(os.environ.get("RACE_PACKAGE", ""))
_import = builtins.__import__
_lock_unlock_module = _bootstrap._lock_unlock_module
_exec_module = SourceFileLoader.exec_module


def _ordered_import(
    name: str,
    globals: Mapping[str, object] | None = None,
    locals: Mapping[str, object] | None = None,
    fromlist: Sequence[str] | None = (),
    level: int = 0,
) -> ModuleType:
    """The import statement, after the window of the package it names is entered."""
    package = (globals or {}).get("__package__")
    absolute = name
    if level and isinstance(package, str):
        absolute = util.resolve_name("." * level + name, package)
    if absolute == _window.package:
        _window.enter()
    return _import(name, globals, locals, fromlist or (), level)


def _announced_wait(name: str) -> None:
    """The wait for another thread's import, which is where the stale module is held."""
    if name == _window.package:
        _window.second_is_waiting.set()
    _lock_unlock_module(name)


def _delayed_exec(loader: SourceFileLoader, module: ModuleType) -> None:
    """Execute a module, with the window of a self-replacing package kept open."""
    if module.__name__ == _window.package:
        _window.hold_open()
    elif _replaces_itself(loader, module) and threading.active_count() > 1:
        time.sleep(WIDENED_SECONDS)
    _exec_module(loader, module)


def _replaces_itself(loader: SourceFileLoader, module: ModuleType) -> bool:
    """Whether a package of the same library puts itself out of sys.modules."""
    name = module.__name__
    if name.partition(".")[0] != _window.library or not loader.is_package(name):
        return False
    return _MARKER in loader.get_data(loader.get_filename(name))


if _window.package:
    builtins.__import__ = _ordered_import
    _bootstrap._lock_unlock_module = _announced_wait
    setattr(SourceFileLoader, "exec_module", _delayed_exec)  # noqa: B010
