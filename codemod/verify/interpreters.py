"""Which interpreter to test, and what it has."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence

from codemod.verify.processes import NoAnswerError, Request, ask

__all__ = ["VerifyError", "find"]

#: What the first question may take, in seconds; it takes a tenth of one.
_LOOK_LIMIT_SECONDS = 30.0


class VerifyError(Exception):
    """Nothing can be verified; the text says why and what to do, in one line."""


def find(python: str | None, checkpoints: Sequence[str]) -> Request:
    """Find the interpreter to test and ask what it has.

    Args:
        python: An interpreter or a virtual environment's folder; ``None`` for the
            one on ``PATH`` that has transformers, else the running one.
        checkpoints: Model names to look up in its transformers.

    Returns:
        The probe's answer to ``look``.

    Raises:
        VerifyError: There is none, it does not start, or it has no transformers.
    """
    if python is not None:
        path = _given(python)
        answer = _look(path, checkpoints)
        if answer["transformers"] is None:
            raise VerifyError(
                f"{python} (Python {answer['python']}) has no transformers: "
                "give --python the environment that runs your trials"
            )
        return answer
    looked_at = []
    for path in _candidates():
        try:
            answer = _look(path, checkpoints)
        except VerifyError:
            continue  # Such as a shim of a version that is not installed.
        if answer["transformers"] is not None:
            return answer
        looked_at.append(path)
    raise VerifyError(
        f"no transformers in {' or '.join(looked_at) or 'any Python'}: activate the "
        "environment that runs your trials, or name it with --python"
    )


def _candidates() -> Iterator[str]:
    """The interpreters that ``python`` may mean, each once."""
    found = [shutil.which("python"), shutil.which("python3"), sys.executable]
    yield from dict.fromkeys(path for path in found if path)


def _given(python: str) -> str:
    """The path of an interpreter that was named; a link is kept, as venvs need it."""
    if os.path.isdir(python):
        for inside in ("bin/python", "bin/python3", "Scripts/python.exe", "python.exe"):
            path = os.path.join(python, *inside.split("/"))
            if os.path.isfile(path):
                return os.path.abspath(path)
        raise VerifyError(
            f"{python} is no virtual environment: it has no bin/python "
            "or Scripts/python.exe"
        )
    path = shutil.which(python) or ""
    if not path:
        raise VerifyError(
            f"{python} is no interpreter: --python takes one, or the folder of a "
            "virtual environment"
        )
    return os.path.abspath(path)


def _look(path: str, checkpoints: Sequence[str]) -> Request:
    request = {"do": "look", "checkpoints": list(checkpoints)}
    try:
        (answer,) = ask(path, [request], limit=_LOOK_LIMIT_SECONDS)
    except OSError as error:
        raise VerifyError(
            f"{path} cannot be started: {error.strerror or error}"
        ) from error
    if isinstance(answer, NoAnswerError):
        raise VerifyError(f"{path} is no usable Python 3.8 or later: it {answer}")
    # Some environments report what they link to.
    return {**answer, "executable": path}
