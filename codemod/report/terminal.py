"""Standard output and standard error, as people and pipes want them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

__all__ = ["Terminal"]

_PATIENCE = 1.0  # seconds before a progress bar appears


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
        self._bar: ProgressBar[Any] | None = None

    @property
    def colours_output(self) -> bool:
        """Whether standard output gets colours."""
        if self._colour is not None:
            return self._colour
        return sys.stdout is not None and sys.stdout.isatty()

    def message(self, text: str, colour: str | None = None) -> None:
        """Print a line for people, on standard error."""
        self._clear_bar()
        click.echo(click.style(text, fg=colour), err=True, color=self._colour)

    def output(self, data: bytes) -> None:
        """Print what was asked for, on standard output, byte for byte."""
        self._clear_bar()
        if sys.stdout is None:
            return  # closed before we began
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def progress(self, results: Iterable[Any], total: int) -> Iterator[Any]:
        """Pass results through; on a terminal, a bar shows how far a long run is."""
        if sys.stderr is None or not sys.stderr.isatty():
            yield from results
            return
        begin = time.monotonic()
        for count, result in enumerate(results, 1):
            yield result
            if self._bar is None and time.monotonic() - begin > _PATIENCE:
                self._bar = click.progressbar(length=total, file=sys.stderr)
                self._bar.update(count)
            elif self._bar is not None:
                self._bar.update(1)
        self._clear_bar()

    def _clear_bar(self) -> None:
        """Make room for a line; the bar comes back with the next result."""
        if self._bar is not None:
            click.echo("\r\x1b[K", err=True, nl=False)
