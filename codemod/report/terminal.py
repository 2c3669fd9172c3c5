"""Standard output and standard error, as people and pipes want them.

What is printed may come from a repository that means harm: the name of a file, or what
is wrong with it. Nothing of that may act on a terminal, or on the log of a CI service.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

__all__ = ["Terminal", "printable", "safe"]

# GitHub and Azure act on `##[error]` and `##vso[...]` wherever they stand in a line.
_COMMAND = r"(?<=##)(\w*)\["
_CURSOR = "\x1b[?25h"  # which click's bar takes away
_PATIENCE = 1.0  # seconds before a progress bar appears


def safe(text: str) -> str:
    """A text as one line without what a terminal or a log of CI would act on.

    What standard error cannot encode is escaped too.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return re.sub(_COMMAND, r"\1\\x5b", text) if "##" in text else text


def _escaped(character: str) -> str:
    # A byte of a file's name that is no UTF-8 comes as half of a surrogate pair.
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return ascii(character)[1:-1]


def printable(path: str) -> str:
    """A path as `safe` has it, which may also begin a line."""
    # GitHub takes a line that begins with `::` for a command.
    return safe(f"./{path}" if path.lstrip().startswith("::") else path)


class Terminal:
    """The command's two streams.

    Args:
        colour: Whether colours are wanted; ``None`` means on terminals, unless
            ``NO_COLOR`` (https://no-color.org) is set.
    """

    def __init__(self, colour: bool | None = None) -> None:
        if colour is None and os.environ.get("NO_COLOR"):
            colour = False
        self._colour = colour
        self._begin = time.monotonic()
        self._bar: ProgressBar[Any] | None = None

    @property
    def colours_output(self) -> bool:
        """Whether standard output gets colours."""
        if self._colour is not None:
            return self._colour
        return sys.stdout is not None and sys.stdout.isatty()

    def message(self, text: str, colour: str | None = None) -> None:
        """Print a line for people, on standard error."""
        self.clear()
        line = click.style(safe(text), fg=colour)
        click.echo(line, err=True, color=self._colour)

    def output(self, data: bytes) -> None:
        """Print what was asked for, on standard output, byte for byte."""
        self.clear()
        if sys.stdout is None:
            return  # closed before we began
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def progress(self, results: Iterable[Any], total: int) -> Iterator[Any]:
        """Pass results through, and show how many there were."""
        try:
            for count, result in enumerate(results, 1):
                yield result
                self.show(count, total)
        finally:
            self.clear()

    def show(self, done: int, total: int, label: str = "") -> None:
        """Show how far a long run is, by a bar on a terminal."""
        if sys.stderr is None or not sys.stderr.isatty():
            return
        if self._bar is None:
            if time.monotonic() - self._begin < _PATIENCE:
                return
            self._bar = click.progressbar(
                length=total, label=label, file=sys.stderr, show_eta=False
            )
        self._bar.length = total
        self._bar.update(done - self._bar.pos)

    def clear(self) -> None:
        """Make room for a line; the bar comes back with the next result."""
        if self._bar is not None:
            click.echo(f"\r\x1b[K{_CURSOR}", err=True, nl=False)
            self._bar = None
