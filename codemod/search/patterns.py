"""Exclude patterns, as in ``.gitignore``, matched in linear time.

A pattern with many stars makes a regular expression try every way to spread a path
over them. It need not: what stands between two stars is of fixed length, and what
stands between two ``**`` a fixed number of names, so the first place where it is found
is as good as any, and is never given up again. The patterns of a repository that
nobody has read yet may say what they like; up to a length, since a file is matched
against all of them, and so is each folder that it lies in.

Two things differ from git: the last pattern that matches decides, also below a folder
that an earlier one left out; and what git would silently never match is refused.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

__all__ = ["Patterns"]

_MOST_PATTERNS = 500
_MOST_CHARACTERS = 256  # of one pattern
_MOST_IN_ALL = 10_000  # characters: what 500 patterns have that people write


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
        if sum(map(len, lines)) > _MOST_IN_ALL:
            raise ValueError(f"more than {_MOST_IN_ALL:,} characters in all patterns")
        found = [_read(line) for line in lines if line.strip() and line[0] != "#"]
        self._patterns = found[::-1]
        self.includes = any(negated for _, negated in found)
        """Whether a pattern with ``!`` may take a file back in."""

    def match(self, path: str, folder: bool = False) -> bool:
        """Tell whether a path, or a folder that holds it, is meant.

        Args:
            path: Relative to the folder that the patterns belong to, with ``/``.
            folder: Whether the path is a folder.
        """
        text = f"{path}/" if folder else path
        for expression, negated in self._patterns:
            if expression.match(text):
                return not negated
        return False


def _read(line: str) -> tuple[re.Pattern[str], bool]:
    """One line, as an expression, and whether it begins with ``!``.

    Raises:
        ValueError: It means nothing.
    """
    text = re.sub(r"(?<!\\) +\Z", "", line)
    try:
        if len(line) > _MOST_CHARACTERS:
            raise ValueError(f"longer than {_MOST_CHARACTERS} characters")
        return re.compile(_expression(text.removeprefix("!"))), text.startswith("!")
    except ValueError as error:
        shown = repr(line if len(line) <= 60 else f"{line[:57]}...")
        raise ValueError(f"{shown}: {error}") from None


def _expression(text: str) -> str:
    """What matches the beginning of each path that a pattern means."""
    end = "/" if text.endswith("/") else r"(?:/|\Z)"
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
    groups = itertools.count()  # they need names
    runs = [""]
    for name in names[:-1]:
        if name != "**":
            runs[-1] += f"{_name(name, groups)}/"
        elif runs[-1] or len(runs) == 1:
            runs.append("")
    runs[-1] += _name(names[-1], groups) + end
    return _spread(runs, "(?:[^/]+/)*?", groups)


def _name(text: str, groups: Iterator[int]) -> str:
    """What matches a name, of one character at least, with what ends it behind."""
    pieces = [""]
    at = 0
    while at < len(text):
        if text[at] == "*":
            pieces.append("")
            at += 1
        else:
            expression, at = _character(text, at)
            pieces[-1] += expression
    return "(?=[^/])" + _spread(pieces, "[^/]*?", groups)


def _spread(parts: Sequence[str], between: str, groups: Iterator[int]) -> str:
    """The parts, each where it is first found behind the one before.

    Python 3.10 knows no ``(?>...)``: a group that is looked ahead for, and then taken
    as it was found, is not tried again either.
    """
    first, *others = parts
    if not others:
        return first
    found = first
    for part in others[:-1]:
        group = f"g{next(groups)}"
        found += f"(?=(?P<{group}>{between}{part}))(?P={group})"
    return found + between + others[-1]


def _character(text: str, at: int) -> tuple[str, int]:
    """The expression for one character of a pattern, and where the next one starts."""
    if text[at] == "?":
        return "[^/]", at + 1
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
    return f"(?!/)[{'^' * negated}{items}]", at + 1


def _member(text: str, at: int) -> tuple[str, int]:
    at += text[at : at + 1] == "\\"
    if at >= len(text):
        raise ValueError("[ without ]")
    return text[at], at + 1
