"""Exclude patterns, as in ``.gitignore``, matched in linear time.

A pattern with many stars makes a regular expression try every way to spread a name
over them. Here each part between two stars is looked for once, from left to right,
which is all that a match needs. The patterns of a repository that nobody has read yet
may say what they like.

Two things differ from git: the last pattern that matches decides, also below a folder
that an earlier one left out; and what git would silently never match is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Patterns"]

_MOST_PATTERNS = 1_000
_MOST_CHARACTERS = 256


class Patterns:
    """Patterns, of which the last one that matches decides.

    Args:
        lines: As in ``.gitignore``; blank ones and comments are passed over.

    Raises:
        ValueError: A pattern means nothing; the message is a line that names it.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        if len(lines) > _MOST_PATTERNS:
            raise ValueError(f"more than {_MOST_PATTERNS:,} patterns")
        found = [_Pattern(line) for line in lines if line.strip() and line[0] != "#"]
        self._patterns = found[::-1]
        self.includes = any(pattern.negated for pattern in found)
        """Whether a pattern with ``!`` may take a file back in."""

    def match(self, path: str, folder: bool = False) -> bool:
        """Tell whether a path, or a folder that holds it, is meant.

        Args:
            path: Relative to the folder that the patterns belong to, with ``/``.
            folder: Whether the path is a folder.
        """
        parts = path.split("/")
        for pattern in self._patterns:
            if pattern.match(parts, folder):
                return not pattern.negated
        return False


class _Pattern:
    """One line, as runs of names that must follow each other; between them is ``**``.

    Raises:
        ValueError: It means nothing.
    """

    def __init__(self, line: str) -> None:
        shown = repr(line if len(line) <= 60 else f"{line[:57]}...")
        try:
            if len(line) > _MOST_CHARACTERS:
                raise ValueError(f"longer than {_MOST_CHARACTERS} characters")
            self._read(line)
        except ValueError as error:
            raise ValueError(f"{shown}: {error}") from None

    def _read(self, line: str) -> None:
        text = re.sub(r"(?<!\\) +\Z", "", line)
        self.negated = text.startswith("!")
        text = text.removeprefix("!")
        self._folders_only = text.endswith("/")
        text = text.removesuffix("/")
        if not text:
            raise ValueError("names nothing")
        names = text.removeprefix("/").split("/")
        if "/" not in text:
            names = ["**", "*" if text == "**" else text]
        self._runs: list[list[_Name]] = [[]]
        for name in names:
            if name in ("", ".", ".."):
                raise ValueError(f"{name!r} between slashes matches nothing")
            if name == "**":
                self._runs.append([])
            else:
                self._runs[-1].append(_Name(name))

    def match(self, parts: Sequence[str], folder: bool) -> bool:
        """Tell whether it means a path, or a folder above it."""
        first, *others = self._runs
        if not _follow(first, parts, 0):
            return False
        end = len(first)
        for run in others:
            # The first place that fits leaves the most for those that come.
            starts = range(end, len(parts) - len(run) + 1)
            start = next((at for at in starts if _follow(run, parts, at)), None)
            if start is None:
                return False
            end = start + len(run)
        if not self._runs[-1]:  # "a/**" is what is in a, not a
            end += 1
        if end >= len(parts):
            return end == len(parts) and (folder or not self._folders_only)
        return True


def _follow(run: Sequence[_Name], parts: Sequence[str], start: int) -> bool:
    """Tell whether the names of a path are those of a run, from a place on."""
    if start + len(run) > len(parts):
        return False
    return all(name.match(part) for name, part in zip(run, parts[start:], strict=False))


class _Name:
    """What stands between two slashes, cut at its stars into pieces of fixed length."""

    def __init__(self, text: str) -> None:
        pieces, lengths = [""], [0]
        at = 0
        while at < len(text):
            if text[at] == "*":
                pieces.append("")
                lengths.append(0)
                at += 1
                continue
            expression, at = _character(text, at)
            pieces[-1] += expression
            lengths[-1] += 1
        self._pieces = [re.compile(piece, re.DOTALL) for piece in pieces]
        self._last = lengths[-1]

    def match(self, name: str) -> bool:
        """Tell whether it means a name."""
        first, *others = self._pieces
        if not others:
            return first.fullmatch(name) is not None
        found = first.match(name)
        for piece in others[:-1]:
            if found is None:
                return False
            found = piece.search(name, found.end())
        start = len(name) - self._last
        if found is None or start < found.end():
            return False
        return others[-1].match(name, start) is not None


def _character(text: str, at: int) -> tuple[str, int]:
    """The expression for one character of a pattern, and where the next one starts."""
    if text[at] == "?":
        return ".", at + 1
    if text[at] == "\\":
        if at + 1 == len(text):
            raise ValueError("ends in a backslash")
        return re.escape(text[at + 1]), at + 2
    if text[at] == "[":
        return _set(text, at + 1)
    return re.escape(text[at]), at + 1


def _set(text: str, at: int) -> tuple[str, int]:
    """The expression for ``[...]``; a ``]`` that comes first is one of the set."""
    negated = text[at : at + 1] in ("!", "^")
    at += negated
    items = ""
    while text[at : at + 1] != "]" or not items:
        if text[at : at + 2] == "[:":
            raise ValueError("classes like [[:alpha:]] are not known here")
        low, at = _member(text, at)
        high = low
        if text[at : at + 1] == "-" and text[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(text, at + 1)
            if low > high:
                raise ValueError(f"{low}-{high} is an empty range")
        items += f"{re.escape(low)}-{re.escape(high)}"
    return f"[{'^' * negated}{items}]", at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    at += text[at : at + 1] == "\\"
    if at >= len(text):
        raise ValueError("[ without ]")
    return text[at], at + 1
