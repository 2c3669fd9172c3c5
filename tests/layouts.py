"""Copies of the small repositories in ``tests/repositories``."""

from __future__ import annotations

import shutil
from pathlib import Path

__all__ = ["layout"]

_REPOSITORIES = Path(__file__).parent / "repositories"


def layout(name: str, folder: Path) -> Path:
    """Copy a repository into ``folder``, mark its root, and return it.

    The mark is what keeps a search from going further up: ``.git`` cannot be kept in a
    repository's own files.
    """
    copy = folder / name
    shutil.copytree(_REPOSITORIES / name, copy)
    (copy / ".git").mkdir()
    return copy
