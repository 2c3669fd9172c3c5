"""A notebook's code as one script, so that its trials can be looked for.

Notebooks are never changed: what runs in which order is up to whoever runs them.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

__all__ = ["Cell", "code_of"]

# IPython's own: magics, shell commands, help. What is left of such a line is `pass`.
_MAGIC = re.compile(r"^([ \t]*)(?:[%!?][^\n]*|[^\s#'\"][^\n#'\"]*\?)$", re.MULTILINE)
_ASSIGNED = re.compile(r"^([ \t]*\w[\w, ]*=)[ \t]*[%!][^\n]*$", re.MULTILINE)


class Cell(NamedTuple):
    """Where a code cell stands in the script.

    Attributes:
        number: Its 1-based place among the cells of the notebook.
        start: The 1-based line of the script that it starts on.
    """

    number: int
    start: int


def code_of(data: bytes) -> tuple[bytes, list[Cell]] | None:
    """The code cells of a notebook, joined; ``None`` where it is none of Python's.

    Args:
        data: The bytes of the file.
    """
    try:
        content: Any = json.loads(data)
        cells = content["cells"]
        language = content.get("metadata", {}).get("kernelspec", {}).get("language")
        if language not in (None, "python"):
            return None
        found = [(n, _text(c)) for n, c in enumerate(cells, 1) if _is_code(c)]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return None
    lines = 1
    starts, texts = [], []
    for number, text in found:
        starts.append(Cell(number, lines))
        texts.append(text)
        lines += text.count("\n")
    return "".join(texts).encode("utf-8", "replace"), starts


def _is_code(cell: dict[str, Any]) -> bool:
    return bool(cell["cell_type"] == "code")


def _text(cell: dict[str, Any]) -> str:
    """The source of a cell, IPython's lines masked; empty for a magic of the cell."""
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    if text.lstrip().startswith("%%"):
        return "\n"
    text = _ASSIGNED.sub(r"\1 None", text)
    return _MAGIC.sub(r"\1pass", text).rstrip("\n") + "\n"
