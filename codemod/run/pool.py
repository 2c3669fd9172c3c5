"""Worker processes, for runs that change many files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Lock, Thread

from codemod.run.runner import Result, Runner
from codemod.search.discovery import Candidate

__all__ = ["can_start", "process_all"]

# A file, and its result if there is one already.
_Looked = tuple[Candidate, Result | None]
_Answer = Future[Result]

_runner: Runner | None = None
_busy = Lock()


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
    return _forks() or sys.version_info >= (3, 11)


def process_all(
    runner: Runner, looked: list[_Looked], workers: int
) -> Iterator[Result]:
    """Process the files that have no result yet; the order stays.

    When a worker dies (killed, out of memory), the others end too. What was not done
    by then is tried once more in new ones, and else reported as an error.

    Args:
        runner: What to do with the files; forked workers know what it learnt.
        looked: The files, each with what `Runner.glance` said about it.
        workers: How many processes.
    """
    position = 0
    for _ in range(2):
        with _pool(runner, workers) as pool:
            with _no_interrupts():
                rest = looked[position:]
                answers = iter([_submit(pool, c) for c, known in rest if not known])
            for _, known in rest:
                try:
                    done = known or next(answers).result()
                except BrokenProcessPool:
                    break
                yield done
                position += 1
            else:
                return
    for candidate, result in looked[position:]:
        yield result or _lost(candidate)


@contextmanager
def _pool(runner: Runner, workers: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("fork" if _forks() else "spawn")
    if not _forks():
        os.environ["PYTHONSAFEPATH"] = "1"  # see can_start()
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start, initargs=(runner,)
    ) as pool:
        try:
            yield pool
        except BaseException:  # Ctrl-C: what is written is written, no more is begun
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _forks() -> bool:
    # macOS has fork(), but its system libraries do not always survive it.
    return sys.platform.startswith("linux")


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Let processes begin without Ctrl-C, which is the parent's business."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _submit(pool: ProcessPoolExecutor, candidate: Candidate) -> _Answer:
    try:
        return pool.submit(_process, candidate)
    except BrokenProcessPool as error:
        failed = _Answer()
        failed.set_exception(error)
        return failed


def _lost(candidate: Candidate) -> Result:
    message = "a worker process died before this file was done; try --jobs 1"
    return Result(candidate.path, candidate.named, "error", message=message)


def _start(runner: Runner) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _runner = runner


def _end_with_parent() -> None:
    """End this worker when the parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    with _busy:  # not in the middle of a file: its temporary one would stay behind
        os._exit(1)


def _process(candidate: Candidate) -> Result:
    assert _runner is not None
    with _busy:
        return _runner.process(candidate.path, candidate.named)
