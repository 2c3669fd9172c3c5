"""Reads regular files only, and only so much of them.

A repository may hold a link called ``pyproject.toml`` or ``helper.py`` that leads to a
device without end, or a FIFO that nobody writes to.
"""

from __future__ import annotations

import os
import stat

__all__ = ["read_regular"]

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_regular(path: str, most: int) -> bytes | None:
    """Return the first ``most`` bytes of a file, or None if it is no regular file.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        size = min(status.st_size, most)
        data = os.read(descriptor, size + 1)[:most]
        if len(data) == size:
            return data
        pieces = [data]  # it grows or shrinks, or the system does not know its size
        while pieces[-1] and sum(map(len, pieces)) < most:
            pieces.append(os.read(descriptor, 1 << 20))
        return b"".join(pieces)[:most]
    finally:
        os.close(descriptor)
