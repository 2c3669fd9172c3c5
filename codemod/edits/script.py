"""A parsed script with its entry points: what every edit works on."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.program import entrypoints
from codemod.program.entrypoints import EntryPoint
from codemod.program.parsing import Module, Resolver
from codemod.python import source
from codemod.python.source import Source

__all__ = ["Script", "read"]


class Script(NamedTuple):
    """A script that edits look at; it is never changed, only read anew.

    Attributes:
        source: Its text and syntax tree.
        module: What in it parses a command line.
        entries: Its entry points, in source order.
    """

    source: Source
    module: Module
    entries: tuple[EntryPoint, ...]

    @property
    def body(self) -> list[ast.stmt]:
        """The module-level statements."""
        return self.source.tree.body


def read(
    data: bytes, any_main: bool = False, resolver: Resolver | None = None
) -> Script:
    """Parse a script and find its entry points.

    Args:
        data: The bytes of the file.
        any_main: See :func:`codemod.program.entrypoints.find`.
        resolver: Looks into first-party modules; ``None`` trusts no helper that
            is imported.

    Raises:
        SourceError: The script cannot be read as Python.
    """
    parsed = source.parse(data)
    module = Module(parsed.tree, resolver)
    return Script(parsed, module, tuple(entrypoints.find(module, any_main)))
