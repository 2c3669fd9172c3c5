"""Edits in worker processes, for runs that change many files."""

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

from codemod.run import Plan, Result, Runner

__all__ = ["can_start", "edit_all"]

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


def edit_all(plan: Plan, results: list[Result], workers: int) -> Iterator[Result]:
    """Edit those of the results that need it; the order stays.

    When a worker dies (killed, out of memory), the others end too. What was not done
    by then is tried once more in new ones, and else reported as an error.

    Args:
        plan: What to do with the files.
        results: What `Runner.inspect` said about them.
        workers: How many processes.
    """
    position = 0
    for _ in range(2):
        with _pool(plan, workers) as pool:
            with _no_interrupts():
                answers = [_submit(pool, result) for result in results[position:]]
            for answer in answers:
                try:
                    done = answer.result() if answer else results[position]
                except BrokenProcessPool:
                    break
                yield done
                position += 1
            else:
                return
    for result in results[position:]:
        yield _lost(result)


@contextmanager
def _pool(plan: Plan, workers: int) -> Iterator[ProcessPoolExecutor]:
    context = multiprocessing.get_context("fork" if _forks() else "spawn")
    if not _forks():
        os.environ["PYTHONSAFEPATH"] = "1"  # see can_start()
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start, initargs=(plan,)
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


def _submit(pool: ProcessPoolExecutor, result: Result) -> _Answer | None:
    if result.status != "changed":
        return None
    try:
        return pool.submit(_edit, result)
    except BrokenProcessPool as error:
        failed = _Answer()
        failed.set_exception(error)
        return failed


def _lost(result: Result) -> Result:
    if result.status != "changed":
        return result
    message = "a worker process died before this file was done; try --jobs 1"
    return result._replace(status="error", message=message)


def _start(plan: Plan) -> None:
    global _runner
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _runner = Runner(plan)


def _end_with_parent() -> None:
    """End this worker when the parent is killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    with _busy:  # not in the middle of a file: its temporary one would stay behind
        os._exit(1)


def _edit(result: Result) -> Result:
    assert _runner is not None
    with _busy:
        return _runner.edit(result)
