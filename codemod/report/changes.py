"""What a fix changes, in lines and columns."""

from __future__ import annotations

from dataclasses import dataclass

from codemod.report.diff import MOST_LINES

__all__ = ["Change", "changes"]


@dataclass(frozen=True)
class Change:
    """A stretch of a file, and the text that takes its place.

    Attributes:
        line: 1-based line on which the stretch starts.
        column: 1-based column on which it starts, in characters.
        end_line: 1-based line on which it ends.
        end_column: 1-based column just behind it.
        text: What takes its place; the stretch is empty where text is inserted.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def changes(before: bytes | None, after: bytes | None) -> tuple[Change, ...]:
    """The changes that make the bytes after out of those before, in order.

    They replace whole lines. Without both sides there are none.
    """
    if before is None or after is None or before == after:
        return ()
    from difflib import SequenceMatcher

    encoding = _encoding(before)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = []
    is_long = len(old) + len(new) > MOST_LINES
    steps = SequenceMatcher(None, old, new).get_opcodes() if not is_long else ()
    everything = ("replace", 0, len(old), 0, len(new))
    for tag, start, end, low, high in steps or (everything,):
        if tag != "equal":
            text = b"".join(new[low:high]).decode(encoding, "replace")
            found.append(Change(start + 1, 1, *_behind(old, end, encoding), text))
    return tuple(found)


def _behind(lines: list[bytes], end: int, encoding: str) -> tuple[int, int]:
    """The position behind a number of lines; behind the text where a newline lacks."""
    if end and end == len(lines) and not lines[-1].endswith((b"\n", b"\r")):
        return end, len(lines[-1].decode(encoding, "replace")) + 1
    return end + 1, 1


def _encoding(data: bytes) -> str:
    """The encoding of a script, by BOM and cookie; the BOM belongs to no line."""
    from io import BytesIO
    from tokenize import detect_encoding

    try:
        return detect_encoding(BytesIO(data).readline)[0]
    except SyntaxError:
        return "utf-8"
