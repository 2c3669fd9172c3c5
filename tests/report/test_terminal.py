"""The bar of a long run, on a terminal."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

from codemod.report.terminal import Terminal

HIDDEN = "\x1b[?25l"
"""Takes the cursor away, as click's bar does."""
BACK = "\r\x1b[K\x1b[?25h"
"""An empty line, with the cursor."""


class Screen(io.BytesIO):
    """A terminal that remembers what it was sent."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    def close(self) -> None:
        """It stays, whatever wraps it."""

    @property
    def shown(self) -> str:
        """What it was sent."""
        return self.getvalue().decode()


def terminal_of(
    monkeypatch: pytest.MonkeyPatch, patience: float = 0
) -> tuple[Terminal, Screen]:
    """A terminal whose bar comes after so many seconds, and what it shows.

    In a fixture it would be in vain: pytest takes standard error for each test.
    """
    screen = Screen()
    stream = io.TextIOWrapper(screen, "utf-8", write_through=True)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("codemod.report.terminal._PATIENCE", patience)
    return Terminal(False), screen


def test_a_bar_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines push it aside, and at the end the cursor is back."""
    terminal, screen = terminal_of(monkeypatch)
    for number in terminal.progress([1, 2, 3], 3):
        if number == 2:
            terminal.message("a line")
    assert f"{BACK}a line\n" in screen.shown
    assert screen.shown.count(HIDDEN) > 1
    assert screen.shown.endswith(BACK)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_bar_of_what_ends_early(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Whatever ends it, the cursor is back."""

    def results() -> Iterator[int]:
        yield 1
        raise error

    terminal, screen = terminal_of(monkeypatch)
    with pytest.raises(error):
        list(terminal.progress(results(), 2))
    assert screen.shown.endswith(BACK)


def test_no_bar_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Logs have no use for it."""
    monkeypatch.setattr("codemod.report.terminal._PATIENCE", 0)
    assert list(Terminal(False).progress([1, 2], 2)) == [1, 2]
    assert capsys.readouterr().err == ""


def test_no_bar_of_a_short_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can read what is there for a moment."""
    terminal, screen = terminal_of(monkeypatch, patience=1_000)
    assert list(terminal.progress([1, 2], 2)) == [1, 2]
    assert screen.shown == ""
