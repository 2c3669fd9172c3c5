"""The text of the function under test, for the tests and what they start."""

from __future__ import annotations

from codemod.edits.thread_safety import FUNCTION, render

__all__ = ["FUNCTION", "function_text"]


def function_text() -> str:
    """The function as it is inserted into scripts; the only place that says so."""
    return render()
