"""What is said of a notebook: the cell with trials, and the line to run above it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from codemod.edits.registry import is_call, statement
from codemod.program.verdict import Judge, Judgement, selected
from codemod.python.tree import module_level
from codemod.run.result import SKIPPED
from codemod.search.notebooks import cells_of, parsed
from codemod.search.skip import skipped

if TYPE_CHECKING:
    from codemod.run.result import Result
    from codemod.settings import Settings

__all__ = ["look"]


def look(result: Result, data: bytes, settings: Settings, judge: Judge) -> Result:
    """Say of a notebook what to run in which cell; it is never changed.

    Args:
        result: The result so far.
        data: The bytes of the file.
        settings: Those that hold for it.
        judge: Decides what its code is.

    Raises:
        SourceError: It is no notebook, or its code cannot be read.
    """
    cells = cells_of(data)
    for cell in cells:
        if skipped(cell.text.encode("utf-8", "replace")):
            message = f"{SKIPPED} in cell {cell.number}"
            return result._replace(status="skipped", message=message)
    source = parsed(cells)
    judged = judge.judge(result.path, source)
    verdict = judged.verdict
    result = result._replace(verdict=verdict)
    if verdict.name == "none":
        return result
    if not selected(verdict, settings.select or "affected"):
        return result._replace(status="not-selected")
    line = _first_start(judged)
    wanted = statement(settings.load)
    if _has_guard(source.tree, line) or (
        _names(ast.parse(wanted)) <= _names(source.tree, line)
    ):
        return result._replace(status="unchanged")
    number = [cell.number for cell in cells if cell.start <= line][-1]
    message = (
        f"a notebook, left alone: its cell {number} starts trials; "
        f"run in a cell above it: {wanted}"
    )
    return result._replace(status="notebook", message=message)


def _first_start(judged: Judgement) -> int:
    """The first line outside of all functions that leads to trials, of those meant."""
    reach, is_any = judged.reach, judged.verdict.name != "affected"
    meant = [start for start in reach.starts if is_any or reach.is_affected(start)]
    return min(map(reach.first_line, meant))


def _has_guard(tree: ast.Module, end: int) -> bool:
    """Whether the function of the guard is called above a line."""
    return any(is_call(stmt) and stmt.lineno < end for stmt in module_level(tree.body))


def _names(tree: ast.Module, end: float = float("inf")) -> set[str]:
    """What is imported from transformers above a line, however that is written."""
    return {
        alias.name
        for stmt in module_level(tree.body)
        if isinstance(stmt, ast.ImportFrom) and stmt.lineno < end
        for alias in stmt.names
        if stmt.module == "transformers" and not stmt.level
    }
