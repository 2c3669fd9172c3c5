"""Start the probe in the interpreter under test, and survive whatever happens there."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from codemod.verify import answers
from codemod.verify.answers import Request

__all__ = ["LIMIT_SECONDS", "NoAnswerError", "Request", "ask"]

#: What one process may take. Importing transformers and torch takes 3 to 35 seconds.
LIMIT_SECONDS = 240.0
_POLL_SECONDS = 0.02
_LAST_BYTES = 4096
_PROBE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probe")
_ENVIRONMENT = {
    # Nothing is loaded from the Hub, and nothing is to wait for it.
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


class NoAnswerError(Exception):
    """A process ended without an answer; the text says how, in one line."""


def ask(
    python: str,
    requests: Sequence[Request],
    *,
    limit: float = LIMIT_SECONDS,
    done: Callable[[], None] = lambda: None,
) -> list[Request | NoAnswerError]:
    """Ask the probe several things, each in a process of its own.

    Args:
        python: The interpreter.
        requests: See probe/.
        limit: Seconds after which a process is ended.
        done: Called when a process is over.

    Returns:
        For each request the answer, or the error that says why there is none.

    Raises:
        OSError: The interpreter could not be started.
    """
    with _folder() as folder:
        processes = [
            _Process(python, request, os.path.join(folder, str(index)), limit)
            for index, request in enumerate(requests)
        ]
        _run(processes, done)
        return [process.answer() for process in processes]


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """A temporary folder, which may be left behind if the target made that hard."""
    folder = tempfile.TemporaryDirectory(
        prefix="eager-codemod-", ignore_cleanup_errors=True
    )
    try:
        yield folder.name
    finally:
        # Before Python 3.13, of folders in folders in folders.
        with contextlib.suppress(RecursionError):
            folder.cleanup()


def _run(processes: Sequence[_Process], done: Callable[[], None]) -> None:
    """Run processes, a few at a time; none is left when this ends."""
    waiting, running = list(processes), list[_Process]()
    try:
        while waiting or running:
            while waiting and len(running) < _jobs():
                process = waiting.pop(0)
                process.start()
                running.append(process)
            for process in [one for one in running if one.is_over()]:
                running.remove(process)
                done()
            if running:
                time.sleep(_POLL_SECONDS)
    finally:
        for process in running:
            process.end()


def _jobs() -> int:
    """Processes at a time: each is one busy thread, and holds torch in memory."""
    return max(1, min(4, os.cpu_count() or 1))


@dataclass
class _Process:
    """One run of the probe; its files are ``prefix`` and an ending."""

    python: str
    request: Request
    prefix: str
    limit: float

    def start(self) -> None:
        # New files only: what ran before may have put a link or a FIFO in the place.
        with open(self.prefix + ".request", "x", encoding="utf-8") as file:
            json.dump(self.request, file)
        arguments = [self.python, _PROBE, self.prefix + ".request"]
        environment = os.environ | _ENVIRONMENT
        # macOS: it names the interpreter that runs the tool.
        environment.pop("__PYVENV_LAUNCHER__", None)
        self._output: IO[bytes] = open(self.prefix + ".output", "x+b")  # noqa: SIM115
        try:
            self._popen = subprocess.Popen(
                [*arguments, self.prefix + ".answer"],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                env=environment,
                # A group of its own: what the target starts ends with it.
                start_new_session=True,
            )
        except OSError:
            self._output.close()
            raise
        self._deadline = time.monotonic() + self.limit
        self._late = False

    def is_over(self) -> bool:
        if self._popen.poll() is None and time.monotonic() < self._deadline:
            return False
        self._late = self._popen.poll() is None
        self.end()
        return True

    def end(self) -> None:
        """End the process and those that it started."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._popen.pid, signal.SIGKILL)
            else:
                self._popen.kill()
        self._popen.wait()
        # From the open file: the target may have put anything else in its place.
        with self._output as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _LAST_BYTES))
            self._last = file.read(_LAST_BYTES).decode("utf-8", "replace")

    def answer(self) -> Request | NoAnswerError:
        if self._late:
            return NoAnswerError(f"gave no answer within {self.limit:.0f} s")
        answer = answers.read(self.prefix + ".answer", self.request["do"])
        return NoAnswerError(self._death()) if answer is None else answer

    def _death(self) -> str:
        """How the process ended, and the last line that it wrote."""
        code = self._popen.returncode
        how = f"ended with exit status {code}" if code else "gave no answer"
        if code < 0:
            with contextlib.suppress(ValueError):
                how = f"was ended by {signal.Signals(-code).name}"
        lines = self._last.split("\n")
        last = [line.strip() for line in lines if line.strip()][-1:]
        return f"{how}: {last[0][:300]}" if last else how
