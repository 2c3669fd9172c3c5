"""What is said of a notebook: the cell with trials, and the line to run above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from codemod.edits.registry import statement
from codemod.program.verdict import Judge, selected
from codemod.python.source import SourceError, parse
from codemod.run.result import Result, entry_of
from codemod.search.notebooks import code_of

if TYPE_CHECKING:
    from codemod.settings import Settings

__all__ = ["look"]


def look(result: Result, data: bytes, settings: Settings, judge: Judge) -> Result:
    """Say of a notebook what to run in which cell; it is never changed.

    Args:
        result: The result so far.
        data: The bytes of the file.
        settings: Those that hold for it.
        judge: Decides what its code is.
    """
    found = code_of(data)
    if found is None:
        return result
    code, cells = found
    try:
        source = parse(code)
    except SourceError as error:
        return result._replace(message=error.message)
    judged = judge.judge(result.path, source)
    verdict, entries = judged.verdict, judged.entries
    if not selected(verdict, settings.select or "affected") or not entries:
        return result._replace(verdict=verdict)
    if statement(settings.load).encode() in code:
        return result._replace(status="unchanged", verdict=verdict)
    line = entry_of(entries[0], source).call
    cell = [cell.number for cell in cells if cell.start <= line][-1]
    message = (
        f"a notebook, left alone: its cell {cell} starts trials; "
        f"run in a cell above it: {statement(settings.load)}"
    )
    return result._replace(status="notebook", verdict=verdict, message=message)
