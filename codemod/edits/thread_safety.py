"""The edit that keeps threads from harming each other's transformers models.

What the inserted function calls is in codemod/runtime, which the environment of the
trials has to have installed.
"""

from __future__ import annotations

import ast
from functools import partial

from codemod.edits.base import Kind
from codemod.edits.called_function import CalledFunction
from codemod.edits.guard import FUNCTION as GUARD_FUNCTION
from codemod.edits.recognition import calls_of, same_text
from codemod.program.place import EntryPoint, Place, Script, Step
from codemod.python.source import Source
from codemod.python.tree import (
    Function,
    called,
    is_main_block,
    last_name,
    statements_at,
)
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
            found = script.once(("guarded", path), partial(_calls, script, path))
            for call, place in found:
                if id(call) in calls:
                    return place
        return entry.place

    def kind(self, source: Source, place: Place) -> Kind:
        """One block with the guard's call, where that is there."""
        block = statements_at(source.tree, place.path)
        above = block[place.gap - 1 : place.gap]
        return "behind" if any(called(s) == GUARD_FUNCTION for s in above) else "call"


def _calls(script: Script, path: tuple[Step, ...]) -> list[tuple[ast.Call, Place]]:
    """The calls of the guard that run whenever a block does, with the places behind."""
    block = statements_at(script.source.tree, path)
    found: list[tuple[ast.Call, Place]] = []
    for index, stmt in enumerate(block):
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
            if last_name(stmt.value.func) == GUARD_FUNCTION:
                found.append((stmt.value, Place(path, index + 1)))
        elif isinstance(stmt, ast.With | ast.Try) or is_main_block(stmt):
            found += _calls(script, (*path, (index, "body")))
    return found


THREAD_SAFETY = _ThreadSafety()
