"""Leads threads into the moment in which a race can happen.

The race is not left to luck. CPython's import statement takes a module from
``sys.modules``, waits until its import is over, and goes on with the object it took
before the wait (gh-143650). A package that puts another object in its own place is
open to that between its first and its last line. So each thread is stopped on the
first line of such a package, and goes on when no other thread can: when all the
others have come as far as they get. Nothing else is changed, no failure is added:
the operating system could have stopped the threads in the same places.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, FrameType, ModuleType

__all__ = ["Conductor", "open_windows"]

#: How often the conductor looks at the threads, in seconds.
TICK_SECONDS = 0.001
#: When no thread got on for this long, those that run are taken to wait for one that
#: is stopped, in a way the conductor cannot see. In seconds.
STALL_SECONDS = 5.0

_REPLACES_ITSELF = re.compile(rb"\bmodules\s*\[\s*__name__\s*\]\s*=[^=]")


class Conductor:
    """Decides which of the threads goes on.

    A thread that is about to import the next name, or stands on the first line of a
    package that replaces itself, stops. When no thread runs (all stand, wait for
    another's import, or are over), one goes on: first those that have something to
    import, so that all of them come as far as they get while the packages stand
    open, then the thread that entered its package last.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: dict[int | None, threading.Thread] = {}
        self._at_gate: list[tuple[int, threading.Event]] = []
        self._in_window: list[tuple[int, threading.Event]] = []

    def run(self, threads: list[threading.Thread]) -> None:
        """Start the threads and return when all are over."""
        for thread in threads:
            thread.start()
        self._threads = {thread.ident: thread for thread in threads}
        ticks, since, last = 0, time.monotonic(), None
        while any(thread.is_alive() for thread in threads):
            time.sleep(TICK_SECONDS)
            running = self._running()
            if running != last:
                last, since = running, time.monotonic()
            # Twice in a row: a lock that is free is passed in less than a tick.
            ticks = 0 if running else ticks + 1
            if ticks >= 2 or time.monotonic() - since > STALL_SECONDS:
                ticks, since = 0, time.monotonic()
                self._next()

    def gate(self) -> None:
        """Stop the calling thread until it is its turn to import something."""
        self._stop(self._at_gate)

    def window(self) -> None:
        """Stop the calling thread inside a package that replaces itself."""
        if threading.get_ident() in self._threads:
            self._stop(self._in_window)

    def _stop(self, place: list[tuple[int, threading.Event]]) -> None:
        turn = threading.Event()
        with self._lock:
            place.append((threading.get_ident(), turn))
        turn.wait()

    def _next(self) -> None:
        with self._lock:
            if self._at_gate:
                _, turn = self._at_gate.pop(0)
            elif self._in_window:
                _, turn = self._in_window.pop()
            else:
                return
            turn.set()

    def _running(self) -> list[tuple[int, CodeType, int]]:
        """The threads that neither stand nor wait, and what each is about to do."""
        with self._lock:
            stopped = {ident for ident, _ in self._at_gate + self._in_window}
        return [
            (ident, frame.f_code, frame.f_lasti)
            for ident, frame in sys._current_frames().items()
            if ident in self._threads
            and ident not in stopped
            and not _waits_for_an_import(frame)
        ]


def _waits_for_an_import(frame: FrameType) -> bool:
    """Whether a thread whose innermost frame this is waits for another's import."""
    code = frame.f_code
    return code.co_name == "acquire" and "importlib._bootstrap" in code.co_filename


def open_windows(conductor: Conductor) -> None:
    """Let threads stop where a module that replaces itself begins to run."""
    execute = SourceFileLoader.exec_module

    def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
        if _replaces_itself(loader, module.__name__):
            conductor.window()
        execute(loader, module)

    SourceFileLoader.exec_module = exec_module  # type: ignore


def _replaces_itself(loader: SourceFileLoader, name: str) -> bool:
    try:
        source = loader.get_data(loader.get_filename(name))
    except (OSError, ImportError):
        return False
    return _REPLACES_ITSELF.search(source) is not None
