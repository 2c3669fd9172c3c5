"""Draw docs/terminal.svg from the command's real output: python -m docs.picture."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

__all__ = ["draw"]

ROOT = Path(__file__).parent.parent
SESSION = (
    "eager-codemod --explain tune_optuna.py",
    "eager-codemod --check .",
    "eager-codemod .",
    "eager-codemod .",
    "eager-codemod --remove .",
)
COLUMNS = 94
_CHARACTER, _LINE, _MARGIN, _BAR = 8.4, 19, 18, 34
_COLOURS = {"1": "#ffffff", "31": "#ff7b72", "32": "#7ee787", "36": "#79c0ff"}
_TEXT, _PROMPT, _BACK, _FRAME = "#c9d1d9", "#d2a8ff", "#0d1117", "#30363d"
_ESCAPE = re.compile(r"\x1b\[(\d*)m")


def draw() -> str:
    """The session as SVG."""
    lines = [row for line in _session() for row in _rows(line)]
    width = round(COLUMNS * _CHARACTER + 2 * _MARGIN)
    height = len(lines) * _LINE + _BAR + 2 * _MARGIN
    rows = "\n".join(
        _text(line, round(_BAR + _MARGIN + _LINE * (number + 0.7)))
        for number, line in enumerate(lines)
        if line
    )
    dots = "".join(
        f'<circle cx="{22 + 20 * number}" cy="18" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">\n'
        "<title>eager-codemod explains, checks, patches once, and restores</title>\n"
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8" '
        f'fill="{_BACK}" stroke="{_FRAME}"/>\n{dots}\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, '
        f'\'DejaVu Sans Mono\', monospace" font-size="14" fill="{_TEXT}" '
        f'xml:space="preserve">\n{rows}\n</g>\n</svg>\n'
    )


def _session() -> Iterator[str]:
    """Prompts and output, with escape sequences, in lines."""
    with tempfile.TemporaryDirectory() as folder:
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "examples", folder, ignore=ignore, dirs_exist_ok=True)
        for number, line in enumerate(SESSION):
            if number:
                yield ""
            yield f"\x1b[p]$ {line}"
            yield from _run(folder, line.split()[1:])


def _run(folder: str, arguments: list[str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "codemod", "--color", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout.splitlines()


def _rows(line: str) -> Iterator[str]:
    """A line of output as a terminal shows it: coloured, and wrapped at its width."""
    if line.startswith("\x1b[p]"):
        yield _span(line[4:], _PROMPT)
        return
    row, colour, room = "", "", COLUMNS
    for index, part in enumerate(_ESCAPE.split(line)):
        if index % 2:
            colour = _COLOURS.get(part, "")
            continue
        while len(part) > room:
            yield row + _span(part[:room], colour)
            row, part, room = "", part[room:], COLUMNS
        row += _span(part, colour)
        room -= len(part)
    yield row


def _text(content: str, y: int) -> str:
    return f'<text x="{_MARGIN}" y="{y}">{content}</text>'


def _span(text: str, colour: str) -> str:
    shown = escape(text, quote=False)
    return f'<tspan fill="{colour}">{shown}</tspan>' if colour and text else shown


if __name__ == "__main__":
    Path(__file__).with_name("terminal.svg").write_text(draw(), encoding="utf-8")
