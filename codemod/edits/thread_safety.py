"""The edit that lets threads load models at the same time on transformers 4.x.

The inserted function is a file of its own, so that it is linted, type-checked and
tested as the code that it is: texts/thread_safe_loading.py.
"""

from __future__ import annotations

import ast
import os

from codemod.edits.called_function import CalledFunction
from codemod.edits.guard import FUNCTION as GUARD_FUNCTION
from codemod.edits.removal import Layout, origin
from codemod.edits.script import Script
from codemod.program.entrypoints import EntryPoint, Place, Step
from codemod.python.tree import Function
from codemod.settings import Settings

__all__ = ["COMMENT", "FUNCTION", "THREAD_SAFE_LOADING", "render"]

FUNCTION = "_make_transformers_loading_thread_safe"
COMMENT = "# Keep threads that load models from breaking each other's models"

_TEXT = os.path.join(
    os.path.dirname(os.path.dirname(__file__)), "texts", "thread_safe_loading.py"
)
_DOCSTRING_END = '\n    """\n'
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
    return text.replace(_DOCSTRING_END, f"\n\n{origin(layout)}{_DOCSTRING_END}", 1)


class _ThreadSafeLoading(CalledFunction):
    """Confines what transformers replaces while it loads to the loading thread."""

    name = "thread-safety"
    summary = "let threads load models at the same time on transformers 4.x"
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


THREAD_SAFE_LOADING = _ThreadSafeLoading()
