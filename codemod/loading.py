"""The edit that keeps threads from harming each other's models: `thread-safety`.

What it inserts only calls `codemod.runtime.make_thread_safe`: repairs of what libraries
change for all threads go stale with their releases, so they are no text for scripts.
"""

from __future__ import annotations

import ast
import os

from codemod.called_function import CalledFunction
from codemod.entrypoints import EntryPoint, Place, Step
from codemod.guard import FUNCTION as GUARD_FUNCTION
from codemod.layout import Layout, origin
from codemod.names import Function
from codemod.script import Script
from codemod.settings import Settings

__all__ = ["COMMENT", "FUNCTION", "THREAD_SAFETY", "render"]

FUNCTION = "_make_transformers_thread_safe"
COMMENT = "# Keep trials in threads from harming each other (needs eager-codemod)"

_TEXT = os.path.join(os.path.dirname(__file__), "texts", "thread_safety.py")
_ORIGIN = "    Inserted by eager-codemod; its --remove takes it out."
# Blocks that a call may follow the guard's into, by the names that `ast` gives them.
_BLOCKS = ("body", "orelse", "finalbody")


def render(layout: Layout | None = None) -> str:
    r"""The source of the function's definition.

    Args:
        layout: What the insertion added, noted in the docstring.

    Returns:
        The definition, indented by four spaces, lines ended by ``\n``.
    """
    with open(_TEXT, encoding="utf-8") as file:
        text = file.read()
    return text.replace(_ORIGIN, origin(layout), 1)


class _ThreadSafety(CalledFunction):
    """Calls what confines the libraries' changes to the thread that makes them."""

    name = "thread-safety"
    summary = "keep trials in threads from harming each other's models"
    function = FUNCTION
    comment = COMMENT

    def render(self, settings: Settings, layout: Layout) -> str:
        return render(layout)

    def upgraded(self, definition: Function, settings: Settings) -> str | None:
        return None  # there is no older version yet

    def place(self, script: Script, entry: EntryPoint) -> Place:
        """Right behind the guard's call, else where that would go."""
        return _behind_guard(entry.node.body, ()) or super().place(script, entry)


def _behind_guard(body: list[ast.stmt], path: tuple[Step, ...]) -> Place | None:
    for index, stmt in enumerate(body):
        if isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Call):
            func = stmt.value.func
            if isinstance(func, ast.Name) and func.id == GUARD_FUNCTION:
                return Place(path, index + 1)
        elif isinstance(stmt, ast.With | ast.Try):
            for name in _BLOCKS:
                step = (index, name)
                if found := _behind_guard(getattr(stmt, name, []), (*path, step)):
                    return found
    return None


THREAD_SAFETY = _ThreadSafety()
