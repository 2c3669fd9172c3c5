"""Which edits there are.

An edit of another kind is one module that defines an ``Edit`` and one line here; its
fixtures go to ``tests/fixtures/<edit>-<case>/``.
"""

from __future__ import annotations

from codemod.edits.base import Edit
from codemod.edits.guard import GUARD, is_call, statement
from codemod.edits.protobuf_env import PROTOBUF_ENV
from codemod.edits.thread_safety import THREAD_SAFETY

__all__ = ["all_edits", "chosen", "is_call", "statement"]


def all_edits() -> tuple[Edit, ...]:
    """Every edit, in the order in which they are applied."""
    return (GUARD, THREAD_SAFETY, PROTOBUF_ENV)


def chosen(names: tuple[str, ...]) -> tuple[Edit, ...]:
    """The edits of these names, in the order in which they are applied."""
    return tuple(edit for edit in all_edits() if edit.name in names)
