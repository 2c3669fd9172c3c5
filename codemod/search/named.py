"""Files that are named and cannot be scripts: what to say of them."""

from __future__ import annotations

import os

from codemod.search.reading import read_regular

__all__ = ["refusal"]

# Without a suffix, a file is a script by its first line, or says what else it is.
_SUFFIXES = frozenset({"", ".py", ".pyw", ".ipynb"})


def refusal(path: str) -> str | None:
    """Say in a line why a file that is named is no script; None if it may be one.

    A list of packages, or a file of plain words, may well parse as Python.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _SUFFIXES:
        return None
    try:
        first = (read_regular(path, 128) or b"").split(b"\n")[0]
    except OSError:
        return None  # whoever reads it says why that fails
    if first.startswith(b"#!") and b"python" in first:
        return None
    return f"no Python script, by its suffix {suffix}"
