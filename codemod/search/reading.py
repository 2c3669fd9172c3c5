"""Reads regular files only, and only so much of them.

A repository may hold a link called ``pyproject.toml`` or ``helper.py`` that leads to a
device without end, or a FIFO that nobody writes to.
"""

from __future__ import annotations

import os
import stat

__all__ = ["BINARY", "READ", "read_all", "read_regular"]

BINARY = getattr(os, "O_BINARY", 0)
"""What opens a file as it is, on Windows too."""
READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | BINARY
"""What opens a file to be read, and does not wait for a FIFO's writer."""


def read_regular(path: str, most: int) -> bytes | None:
    """Return the first ``most`` bytes of a file, or None if it is no regular file.

    Raises:
        OSError: It cannot be read.
    """
    descriptor = os.open(path, READ)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        return read_all(descriptor, status.st_size, most)
    finally:
        os.close(descriptor)


def read_all(descriptor: int, size: int, most: int) -> bytes:
    """Read an open file from its beginning.

    Args:
        descriptor: The file.
        size: How many bytes it should have, as the system says.
        most: How many bytes are read of a larger one.

    Raises:
        OSError: It cannot be read.
    """
    data = os.read(descriptor, min(size + 1, most))
    # It may grow or shrink meanwhile, and the system may not know its size.
    while len(data) not in (size, most):
        more = os.read(descriptor, most - len(data))
        if not more:
            break
        data += more
    return data
