"""Reading a script as the library does: alone, without the modules that it imports."""

from __future__ import annotations

from codemod.program.place import Script
from codemod.program.verdict import Judge
from codemod.python.source import parse

__all__ = ["read"]


def read(data: bytes, any_main: bool = False) -> Script:
    """The script, with its entry points.

    Raises:
        SourceError: It cannot be read as Python.
    """
    source = parse(data)
    judged = Judge(None).judge("script.py", source, any_main)
    return Script(source, judged.entries)
