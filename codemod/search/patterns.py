"""Exclude patterns, as in ``.gitignore``, matched in linear time.

A pattern with many stars makes a regular expression try every way to spread a name
over them, and many folders do the same to ``**``. Here each part between two stars is
looked for once, from left to right, which is all that a match needs; and a path is
followed through all of a pattern's places at once, folder by folder, remembering what
is known of each folder. The patterns of a repository that nobody has read yet may say
what they like.

Two things differ from git: the last pattern that matches decides, also below a folder
that an earlier one left out; and what git would silently never match is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["Patterns"]

_MOST_PATTERNS = 500
_MOST_CHARACTERS = 256
# What is known of a folder that a pattern means: all that is in it is meant too.
_WHOLE = -1


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
        self._known = {"": [pattern.start for pattern in self._patterns]}
        self.includes = any(pattern.negated for pattern in found)
        """Whether a pattern with ``!`` may take a file back in."""

    def match(self, path: str, folder: bool = False) -> bool:
        """Tell whether a path, or a folder that holds it, is meant.

        Args:
            path: Relative to the folder that the patterns belong to, with ``/``.
            folder: Whether the path is a folder.
        """
        above, _, name = path.rpartition("/")
        for pattern, places in zip(self._patterns, self._places(above), strict=True):
            if pattern.follow(places, name, folder) == _WHOLE:
                return not pattern.negated
        return False

    def _places(self, folder: str) -> list[int]:
        """How far each pattern has come in a folder."""
        names = []
        while folder not in self._known:
            above, _, name = folder.rpartition("/")
            names.append((folder, name))
            folder = above
        places = self._known[folder]
        for way, name in reversed(names):
            both = zip(self._patterns, places, strict=True)
            places = [pattern.follow(now, name, True) for pattern, now in both]
            self._known[way] = places
        return places


class _Pattern:
    """One line, as the names that must follow each other; ``None`` is ``**``.

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
        self.start = self._with_skipped(1)
        """The places, as bits, at which a path begins."""

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
            names.insert(0, "**")
        for name in names:
            if name in ("", ".", ".."):
                raise ValueError(f"{name!r} between slashes matches nothing")
        if names[-1] == "**":  # what is in a folder is all that is directly in it
            names[-1] = "*"
        self._names = [None if name == "**" else _Name(name) for name in names]

    def follow(self, places: int, name: str, folder: bool) -> int:
        """Return the places after one more name, ``_WHOLE`` where the end is reached.

        Args:
            places: Those before, as bits: which name of the pattern comes next.
            name: The next name of a path.
            folder: Whether it is a folder's.
        """
        if places == _WHOLE:
            return _WHOLE
        after = 0
        for place, expected in enumerate(self._names):
            if places >> place & 1:
                if expected is None:
                    after |= 1 << place
                elif expected.match(name):
                    after |= 2 << place
        if after >> len(self._names) & 1 and (folder or not self._folders_only):
            return _WHOLE
        return self._with_skipped(after)

    def _with_skipped(self, places: int) -> int:
        """Add the places behind each ``**``, which may stand for no folder at all."""
        for place, expected in enumerate(self._names):
            if expected is None and places >> place & 1:
                places |= 2 << place
        return places


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
        is_plain = len(pieces) == 1 and not set(text) & set("?[\\")
        self._plain = text if is_plain else None
        self._pieces = [re.compile(piece, re.DOTALL) for piece in pieces]
        self._last = lengths[-1]

    def match(self, name: str) -> bool:
        """Tell whether it means a name."""
        if self._plain is not None:
            return name == self._plain
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
