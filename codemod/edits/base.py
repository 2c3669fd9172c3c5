"""What an edit is, what it finds, and what it wants to be inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import ast

    from codemod.program.place import Place, Script
    from codemod.python.source import Splice
    from codemod.settings import Settings

__all__ = ["Edit", "Finding", "Insertion", "Kind", "indented"]

Kind = Literal["behind", "before", "code", "definition", "call"]
"""How an insertion is laid out, in the order in which those at one place come.

``behind`` joins what is in front of the place, ``before`` what is behind it, without
blank lines. ``code`` and ``call`` get a blank line on either side where the script has
one at the place; calls at one place become one block. ``definition`` is followed by as
many blank lines as stand above it.
"""


class Finding(NamedTuple):
    """Something that an edit would put right, or that it leaves for a person.

    Attributes:
        rule: The identifier of the rule, such as ``missing-guard``.
        message: One line for people.
        line: 1-based line.
        column: 1-based column, in characters.
        entry: The name of the entry point that is meant.
        fixable: Whether this run puts it right.
    """

    rule: str
    message: str
    line: int
    column: int
    entry: str = ""
    fixable: bool = True


class Insertion(NamedTuple):
    r"""Lines that are put into a script.

    Attributes:
        place: Between which statements.
        text: The lines, without the indentation of the block that they go to; four
            spaces a level, each ended by ``\n``.
        kind: How they are laid out.
    """

    place: Place
    text: str
    kind: Kind


def indented(text: str, unit: str, outer: str = "") -> str:
    """A text of four spaces a level in a script's own indentation.

    Args:
        text: The text.
        unit: The white space of a level.
        outer: What all lines but blank ones are indented by beyond that.
    """
    lines = []
    for line in text.splitlines(keepends=True):
        content = line.lstrip(" ")
        level = (len(line) - len(content)) // 4
        lines.append(outer + unit * level + content if content.strip() else content)
    return "".join(lines)


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

    def insertions(self, script: Script, settings: Settings) -> list[Insertion]:
        """What puts the fixable findings right, outdated code aside."""

    def updates(self, script: Script, settings: Settings) -> list[Splice]:
        """The replacements of outdated code that this tool wrote."""

    def removals(self, script: Script) -> list[Splice]:
        """The changes that take out what this tool inserted."""

    def kept(self, script: Script) -> list[Finding]:
        """What ``removals`` leaves in the script, and why."""

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is part of the edit, be it by a person's hand."""
