"""Changes as a unified diff, which git and patch take."""

from __future__ import annotations

import os
from collections.abc import Iterator

__all__ = ["unified_diff"]


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
    for line in diff_bytes(text_diff, old, new, name, name):
        shown = line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE
        yield _coloured(shown) if colour else shown


_NO_NEWLINE = b"\\ No newline at end of file\n"
_COLOURS = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}


def _coloured(line: bytes) -> bytes:
    start = _COLOURS.get(line[:1])
    if line.startswith((b"+++", b"---")):
        start = b"\x1b[1m"
    return start + line.rstrip(b"\n") + b"\x1b[0m\n" if start else line
