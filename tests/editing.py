"""Edits on bytes, without any module but the script: what most tests need."""

from __future__ import annotations

from codemod.edits import apply as pure
from codemod.edits.base import Finding
from codemod.program.place import Script
from codemod.settings import Settings
from tests.reading import read

__all__ = ["changed", "found"]


def changed(data: bytes, settings: Settings | None = None) -> bytes:
    """The bytes after a run."""
    settings = settings or Settings()

    def reread(new: bytes) -> Script:
        return read(new, settings.entry == "any")

    return pure.change(reread(data), settings, reread)


def found(data: bytes, settings: Settings | None = None) -> tuple[Finding, ...]:
    """What a run finds."""
    settings = settings or Settings()
    return pure.inspect(read(data, settings.entry == "any"), settings)
