"""Runs LibCST where it may crash or hang without harm: in a process that can be killed.

LibCST's native parser overflows its stack on some 1,500 nested brackets or 20,000
``elif``, and needs minutes or gigabytes for other input of a few kilobytes. `ast`
refuses all that with an exception. So what `ast` vouches for is parsed in this
process; the little that it cannot vouch for goes through :func:`call`.

One helper process serves a run. It is started when it is first needed, and anew after
it was lost.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, Any

__all__ = ["LostError", "call"]

SECONDS = 10.0
"""The time limit of a call. Half a megabyte of ordinary code takes one second."""
MEMORY = 2 << 30
"""The address space of the helper process, in bytes, where the system can limit it."""

# -I: neither the current folder nor PYTHONPATH can replace a module of ours or of the
# standard library; the helper is told what the running process imports from.
_PROGRAM = (
    "import sys; sys.path[:] = {!r}; from codemod.python.isolated import serve; serve()"
)


class LostError(Exception):
    """The call crashed, or took too long or too much memory."""


def call(module: str, function: str, *arguments: Any) -> Any:
    """Call a function in the helper process.

    Args:
        module: The module of this package that defines the function.
        function: Its name.
        arguments: Its arguments; they and the result are pickled.

    Raises:
        LostError: The helper process did not survive it.
        Exception: What the function raised.
    """
    global _helper
    if _helper is None:
        _helper = _Helper()
    try:
        done, value = _helper.ask((module, function, arguments))
    except BaseException:  # Ctrl-C too: an answer that nobody read must not be next
        _helper.kill()
        _helper = None
        raise
    if done:
        return value
    raise value


class _Helper:
    """A process that answers one request at a time."""

    def __init__(self) -> None:
        import subprocess

        here = __file__
        for _ in __name__.split("."):
            here = os.path.dirname(os.path.abspath(here))
        path = [here, *(entry for entry in sys.path if os.path.isabs(entry))]
        program = _PROGRAM.format(path)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # "thread has overflowed its stack"
        )

    def ask(self, request: object) -> Any:
        """Send a request and wait for the answer.

        Raises:
            LostError: There is none, or not in time.
        """
        import pickle
        from threading import Timer

        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        # A timer that kills works with pipes on every system; select() does not.
        timer = Timer(SECONDS, process.kill)
        timer.start()
        try:
            pickle.dump(request, process.stdin)
            process.stdin.flush()
            return pickle.load(process.stdout)
        except (OSError, EOFError, pickle.UnpicklingError):
            raise LostError("is too complex for LibCST") from None
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End the process, and wait until it has gone."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()
        self._process.wait()


_helper: _Helper | None = None


def serve() -> None:
    """Answer requests until standard input ends; runs in the helper process."""
    import pickle
    import signal
    from importlib import import_module

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _limit()
    answers = _only_answers()
    while True:
        try:
            module, function, arguments = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            called = getattr(import_module(f"codemod.{module}"), function)
            answer = (True, called(*arguments))
        except Exception as error:
            answer = (False, error)
        pickle.dump(answer, answers)
        answers.flush()


def _only_answers() -> IO[bytes]:
    """The stream for answers; whatever else is printed goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _limit() -> None:
    """Limit memory, and leave no core dump in the user's folder."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or most < hard:
            with contextlib.suppress(ValueError, OSError):  # macOS has no RLIMIT_AS
                resource.setrlimit(kind, (most, hard))
