"""What an edit is, and which ones there are.

An edit of another kind is one module that defines an ``Edit`` and one line in
``all_edits``; its fixtures go to ``tests/fixtures/<edit>-<case>/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    import ast

    from codemod.script import Script
    from codemod.settings import Settings
    from codemod.source import Splice

__all__ = ["Edit", "Finding", "all_edits", "chosen"]


class Finding(NamedTuple):
    """Something that an edit would put right.

    Attributes:
        rule: The identifier of the rule, such as ``missing-guard``.
        message: One line for people.
        line: 1-based line.
        column: 1-based column, in characters.
        entry: The name of the entry point that is meant.
        fixable: Whether a plain run puts it right; an older definition needs
            ``--upgrade``.
    """

    rule: str
    message: str
    line: int
    column: int
    entry: str = ""
    fixable: bool = True


class Edit(Protocol):
    """One kind of edit; stateless, so that every method is a pure function."""

    @property
    def name(self) -> str:
        """The name for ``--with`` and messages, such as ``guard``."""

    @property
    def summary(self) -> str:
        """What the edit does, in a line for the help."""

    @property
    def trace(self) -> bytes:
        """What a script contains that has the edit, for a quick look at its bytes."""

    def findings(self, script: Script, settings: Settings) -> list[Finding]:
        """What is missing or outdated; empty when the script needs nothing."""

    def insert(self, script: Script, settings: Settings) -> list[Splice]:
        """The changes that put right what ``findings`` found."""

    def remove(self, script: Script, by_hand: bool) -> list[Splice]:
        """The changes that take the edit out again.

        Args:
            script: The script.
            by_hand: Whether code that a person wrote to the same end goes too.
        """

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is part of the edit, be it by a person's hand."""


def all_edits() -> tuple[Edit, ...]:
    """Every edit, in the order in which they are applied."""
    from codemod.guard import GUARD
    from codemod.loading import THREAD_SAFETY
    from codemod.protobuf_env import PROTOBUF_ENV

    return (GUARD, THREAD_SAFETY, PROTOBUF_ENV)


def chosen(names: tuple[str, ...]) -> tuple[Edit, ...]:
    """The edits of these names, in the order in which they are applied."""
    return tuple(edit for edit in all_edits() if edit.name in names)
