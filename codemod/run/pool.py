"""Worker processes, for runs that change many files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from codemod.run.files import Snapshot
from codemod.run.result import Result
from codemod.search.discovery import Candidate
from codemod.signals import held_signals

if TYPE_CHECKING:
    from codemod.run.runner import Runner

__all__ = ["can_start", "process_all"]

# macOS has fork(), but its system libraries do not always survive it.
_FORKS = sys.platform.startswith("linux")
_AHEAD = 4  # files in memory, and lost with a worker, for each worker
_runner: Runner | None = None


def can_start() -> bool:
    """Whether workers can be started that import nothing from the current folder.

    Where processes cannot fork, a worker is a new interpreter that looks into the
    current folder first, unless it is told not to; Python 3.10 cannot be told. And
    there are systems without the semaphores that a pool needs.
    """
    try:
        import multiprocessing.synchronize  # noqa: F401
    except ImportError:
        return False
    return _FORKS or sys.version_info >= (3, 11)


def process_all(
    runner: Runner,
    looked: Iterable[tuple[Candidate, Result | Snapshot]],
    workers: int,
) -> Iterator[Result]:
    """Finish the files that have no result yet; the order stays.

    A worker that dies (killed, out of memory) takes the others along. The files that
    they had are errors, and this process does the rest.

    Args:
        runner: What to do with the files; forked workers know what it learnt.
        looked: The files, each with what `Runner.look` said about it.
        workers: How many processes.
    """
    if not _FORKS:
        os.environ["PYTHONSAFEPATH"] = "1"  # see can_start()
    context = multiprocessing.get_context("fork" if _FORKS else "spawn")
    pool = ProcessPoolExecutor(workers, context, _start, (runner, os.getpid()))
    waiting: deque[tuple[Candidate, Result | Future[Result]]] = deque()
    try:
        for candidate, found in looked:
            waiting.append((candidate, _begin(pool, runner, candidate, found)))
            if len(waiting) > workers * _AHEAD:
                yield _end(*waiting.popleft())
        yield from (_end(*one) for one in waiting)
        # Python's exit may find the pipe of a pool that is ending just then closed.
        pool.shutdown()
    finally:  # Ctrl-C: what is written is written, no more is begun
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(
    pool: ProcessPoolExecutor,
    runner: Runner,
    candidate: Candidate,
    found: Result | Snapshot,
) -> Result | Future[Result]:
    if isinstance(found, Result):
        return found
    try:
        # Processes start here, which a signal must neither stop halfway nor reach.
        with held_signals("SIGINT", "SIGTERM", "SIGHUP"):
            return pool.submit(_finish, candidate, found)
    except BrokenProcessPool:
        return runner.finish(candidate, found)


def _end(candidate: Candidate, answer: Result | Future[Result]) -> Result:
    try:
        return answer if isinstance(answer, Result) else answer.result()
    except BrokenProcessPool:
        message = "a worker process died before this file was done; try --jobs 1"
        return Result(candidate.path, candidate.named, "error", message=message)


def _start(runner: Runner, parent: int) -> None:
    global _runner
    _runner = runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's business
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):  # they were held while this process began
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGHUP})
    if hasattr(signal, "setitimer"):  # a parent that was killed ends no worker

        def look(*_: object) -> None:
            if os.getppid() != parent:
                raise SystemExit

        signal.signal(signal.SIGALRM, look)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)


def _finish(candidate: Candidate, snapshot: Snapshot) -> Result:
    assert _runner is not None
    return _runner.finish(candidate, snapshot)
