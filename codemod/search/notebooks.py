"""A notebook's code as one script, so that its trials can be looked for.

Notebooks are never changed: what runs in which order is up to whoever runs them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from codemod.python.source import Source, SourceError, parse

__all__ = ["Cell", "cells_of", "parsed", "rough_code"]

# Cell magics whose text no trial of this kernel comes from. Behind any other, such as
# %%time, the cell is Python, if it parses as such.
_OTHERS = frozenset(
    "! HTML R SVG bash cmd cython file html javascript js latex markdown perl pypy "
    "python python2 python3 ruby script sh shell sql svg sx system writefile".split()
)
_CELL_MAGIC = re.compile(r"\s*%%(!|\w*)[^\n]*")
# A line magic that runs what follows its options, here or in front of a value.
_RUNS = re.compile(
    r"^([ \t]*(?:\w[\w, ]*=[ \t]*)?)%(?:time|timeit|prun)[ \t]+"
    r"(?:-[nrplsTD][ \t]*[\w.]+[ \t]+|-\w+[ \t]+)*",
    re.MULTILINE,
)
# IPython's own: magics, shell commands, help; a backslash takes the next line along.
# What is left of them is `pass`.
_REST = r"[^\n]*(?:(?<=\\)\n[^\n]*)*"
_MAGIC = re.compile(
    rf"^([ \t]*)(?:(?:%{{1,2}}\w|!(?!=)|\?){_REST}|[^\s#'\"][^\n#'\"]*\?)$",
    re.MULTILINE,
)
_ASSIGNED = re.compile(rf"^([ \t]*\w[\w, ]*=)[ \t]*[%!]{_REST}$", re.MULTILINE)


class Cell(NamedTuple):
    """A code cell, and where it stands in the script.

    Attributes:
        number: Its 1-based place among the cells of the notebook.
        start: The 1-based line of the script that it starts on.
        text: Its lines, those that are no Python masked; blank where that does not
            help.
    """

    number: int
    start: int
    text: str


def rough_code(data: bytes) -> bytes:
    """What a notebook says, each string of its JSON on lines of its own.

    It is for a look at import lines, takes no parser, and serves a damaged file too.
    """
    for escaped, text in ((b'\\"', b"'"), (b"\\t", b"\t"), (b"\\r", b"\n")):
        data = data.replace(escaped, text)
    return data.replace(b"\\n", b"\n").replace(b'"', b"\n")


def cells_of(data: bytes) -> list[Cell]:
    """The code cells of a notebook; none where it is another language's.

    Args:
        data: The bytes of the file.

    Raises:
        SourceError: It is no notebook.
    """
    try:
        content = _content(data)
        kernel = content.get("metadata", {}).get("kernelspec") or {}
        if not (kernel.get("language") or "python").lower().startswith("python"):
            return []
        cells, line = [], 1
        for number, cell in enumerate(content["cells"], 1):
            if cell["cell_type"] == "code":
                cells.append(Cell(number, line, _text(cell["source"])))
                line += cells[-1].text.count("\n")
    except (KeyError, TypeError, AttributeError):
        raise SourceError(
            "no notebook: its cells are missing or damaged; "
            "jupyter nbconvert --to notebook brings an old one up to date"
        ) from None
    return cells


def parsed(cells: Sequence[Cell]) -> Source:
    """The cells as one script.

    Raises:
        SourceError: It cannot be read as Python.
    """
    try:
        return parse(_joined([cell.text for cell in cells]))
    except SourceError as error:  # its line would be none of the file's
        raise SourceError(error.message) from None


def _content(data: bytes) -> Any:
    if not data.strip():
        raise SourceError("empty, so no notebook; delete it, or exclude it")
    hint = "restore it, or exclude it"
    try:
        return json.loads(data)
    except json.JSONDecodeError as error:
        problem = f"no notebook: {error.msg[:1].lower()}{error.msg[1:]}; {hint}"
        raise SourceError(problem, error.lineno, error.colno) from None
    except (ValueError, RecursionError):  # no UTF-8, or nothing that a person wrote
        raise SourceError(f"no notebook: it cannot be read as JSON; {hint}") from None


def _text(source: str | list[str]) -> str:
    """The source of a cell, IPython's lines masked; blank where it is no Python."""
    text = source if isinstance(source, str) else "".join(source)
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    if magic := _CELL_MAGIC.match(text):
        if magic[1] in _OTHERS:
            return _blank(text)
        text = _blank(magic[0]) + text[magic.end() :]
    if text[:1] in (" ", "\t"):  # IPython takes the first line's indentation off
        indent = text[: len(text) - len(text.lstrip(" \t"))]
        text = re.sub(f"^{indent}", "", text, flags=re.MULTILINE)
    if _parses(text):  # a line that begins with % goes on with the one above
        return text
    text = _RUNS.sub(r"\1", text)
    text = _ASSIGNED.sub(lambda m: f"{m[1]} None{_blank(m[0])}", text)
    text = _MAGIC.sub(lambda m: f"{m[1]}pass{_blank(m[0])}", text)
    return text if _parses(text) else _blank(text)  # IPython runs the other cells


def _blank(text: str) -> str:
    """As many line ends as a text has: what follows stays on its line."""
    return "\n" * text.count("\n")


def _joined(texts: Sequence[str]) -> bytes:
    return "".join(texts).encode("utf-8", "replace")


def _parses(text: str) -> bool:
    try:
        parse(_joined([text]))
    except SourceError:
        return False
    return True
