"""The edit that keeps threads from harming each other's transformers models.

What the inserted function calls is in codemod/runtime, which the environment of the
trials has to have installed.
"""

from __future__ import annotations

import ast

from codemod.edits.base import Kind
from codemod.edits.called_function import CalledFunction
from codemod.edits.guard import FUNCTION as GUARD_FUNCTION
from codemod.edits.recognition import calls_of, same_text
from codemod.program.place import EntryPoint, Place, Script, Step
from codemod.python.source import Source
from codemod.python.tree import Function, called, is_main_block, statements_at
from codemod.settings import Settings

__all__ = ["COMMENT", "FUNCTION", "TEXT", "THREAD_SAFETY"]

FUNCTION = "_make_transformers_thread_safe"
COMMENT = "# Keep trials in threads from harming each other (needs eager-codemod)"
TEXT = f'''\
def {FUNCTION}() -> None:
    """Keep threads that load or train models from harming each other.

    The environment of the trials needs eager-codemod: without it this fails
    before the first trial, since a study of broken models is worse than none.
    Inserted by eager-codemod; its --remove takes it out.
    """
    try:
        from codemod.runtime import make_thread_safe
    except ImportError as error:
        message = "trials in threads need `pip install eager-codemod` here"
        raise ImportError(message) from error
    make_thread_safe()
'''


class _ThreadSafety(CalledFunction):
    """Makes what transformers replaces while it works the business of one thread."""

    name = "thread-safety"
    summary = "keep threads that load or train models from harming each other"
    function = FUNCTION
    comment = COMMENT

    def render(self, settings: Settings) -> str:
        return TEXT

    def is_ours(self, definition: Function) -> bool:
        return same_text(definition, TEXT)

    def place(self, script: Script, entry: EntryPoint) -> Place:
        """Right behind the guard's call, else where that would go."""
        calls = {id(call) for _, call in calls_of(GUARD_FUNCTION, script, entry)}
        for depth in range(len(entry.place.path) + 1) if calls else ():
            path = entry.place.path[:depth]
            block = statements_at(script.source.tree, path)
            if found := _behind(calls, block, path):
                return found
        return entry.place

    def kind(self, source: Source, place: Place) -> Kind:
        """One block with the guard's call, where that is there."""
        block = statements_at(source.tree, place.path)
        above = block[place.gap - 1 : place.gap]
        return "behind" if any(called(s) == GUARD_FUNCTION for s in above) else "call"


def _behind(
    calls: set[int], block: list[ast.stmt], path: tuple[Step, ...]
) -> Place | None:
    """The place behind the first of the calls that runs on every way."""
    for index, stmt in enumerate(block):
        if isinstance(stmt, ast.Expr) and id(stmt.value) in calls:
            return Place(path, index + 1)
        if isinstance(stmt, ast.With | ast.Try) or is_main_block(stmt):
            inner: list[ast.stmt] = getattr(stmt, "body", [])
            if found := _behind(calls, inner, (*path, (index, "body"))):
                return found
    return None


THREAD_SAFETY = _ThreadSafety()
