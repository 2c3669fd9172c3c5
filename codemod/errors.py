"""How errors are said: by their own words, in one line."""

from __future__ import annotations

import os

__all__ = ["end_if_told_to", "reason", "unforeseen"]


def reason(error: Exception) -> str:
    """What an error says; of the system's, without the path that it is about."""
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return str(error)


def unforeseen(error: Exception) -> str:
    """What an error says that was raised, with the line that raised it."""
    from traceback import walk_tb

    *_, (frame, line) = walk_tb(error.__traceback__)
    place = f"{os.path.basename(frame.f_code.co_filename)}:{line}"
    try:
        return f"{type(error).__name__} in {place}: {error}"
    except Exception:  # an error that cannot even be shown
        return f"{type(error).__name__} in {place}"


def end_if_told_to(error: BaseException) -> None:
    """Raise what an error hides: Ctrl-C, or a signal that ends the run.

    Python makes a RuntimeError of whatever comes while a descriptor of a class is told
    its name, as hundreds are when LibCST is imported.
    """
    while cause := error.__cause__:
        if isinstance(cause, KeyboardInterrupt | SystemExit):
            raise cause
        error = cause
