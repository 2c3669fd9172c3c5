"""Files that are named and cannot be scripts: what to say of them."""

from __future__ import annotations

import os
from typing import NamedTuple

from codemod.search.reading import read_regular

__all__ = ["Refusal", "refusal"]

# Without a suffix, a file is a script by its first line, or says what else it is.
_SUFFIXES = frozenset({"", ".py", ".pyw"})
_NOTEBOOK = (
    "a notebook, which is left alone; run the guard in its first cell, see the README"
)


class Refusal(NamedTuple):
    """Why a file that is named is not looked at.

    Attributes:
        message: One line.
        is_note: Whether it is worth a line only, and no failure.
    """

    message: str
    is_note: bool


def refusal(path: str) -> Refusal | None:
    """Say why a file that is named is no Python script; None if it may be one.

    A list of packages, or a file of plain words, may well parse as Python.
    """
    suffix = os.path.splitext(path)[1].lower()
    if suffix in _SUFFIXES:
        return None
    if suffix == ".ipynb":
        return Refusal(_NOTEBOOK, True)
    try:
        first = (read_regular(path, 128) or b"").split(b"\n")[0]
    except OSError:
        return None  # whoever reads it says why that fails
    if first.startswith(b"#!") and b"python" in first:
        return None
    return Refusal(f"no Python script, by its suffix {suffix}", False)
