"""Changes as a unified diff, which git and patch take."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

__all__ = ["MOST_LINES", "unified_diff"]


def unified_diff(
    path: str, before: bytes, after: bytes, colour: bool = False
) -> Iterator[bytes]:
    r"""The lines of a unified diff, in the file's own encoding.

    Lines end at ``\n`` only, as for git and patch.
    """
    from difflib import diff_bytes
    from difflib import unified_diff as text_diff
    from io import BytesIO

    name = path.replace(os.sep, "/").encode()
    old, new = (BytesIO(data).readlines() for data in (before, after))
    is_long = len(old) + len(new) > MOST_LINES
    compare = _replaced if is_long else partial(diff_bytes, text_diff)
    for line in compare(old, new, name, name):
        shown = line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE
        yield _coloured(shown) if colour else shown


def _replaced(
    old: list[bytes], new: list[bytes], name: bytes, new_name: bytes
) -> Iterator[bytes]:
    """All old lines for all new ones: to compare so many may take minutes."""
    yield b"--- %s\n" % name
    yield b"+++ %s\n" % new_name
    yield b"@@ -1,%d +1,%d @@\n" % (len(old), len(new))
    yield from (b"-" + line for line in old)
    yield from (b"+" + line for line in new)


MOST_LINES = 20_000
"""Of both texts; to compare more of them line by line may take minutes."""
_NO_NEWLINE = b"\\ No newline at end of file\n"
_COLOURS = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}


def _coloured(line: bytes) -> bytes:
    start = _COLOURS.get(line[:1])
    if line.startswith((b"+++", b"---")):
        start = b"\x1b[1m"
    return start + line.rstrip(b"\n") + b"\x1b[0m\n" if start else line
