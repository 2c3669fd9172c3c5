"""The formatters that people use, on folders of scripts."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["FORMATTERS", "REWRAPPERS", "Formatter", "read", "run", "through", "write"]

Formatter = Callable[[Path], object]


def run(tool: str, *arguments: str, folder: Path) -> str:
    """Run a tool of this Python in a folder; skip where it is not installed."""
    if importlib.util.find_spec(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [sys.executable, "-m", tool, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert "No module named" not in done.stderr
    return done.stdout


def write(folder: Path, texts: dict[str, bytes]) -> None:
    """Write scripts, each under its name."""
    for name, data in texts.items():
        (folder / f"{name}.py").write_bytes(data)


def read(folder: Path) -> dict[str, bytes]:
    """Read them again."""
    return {file.stem: file.read_bytes() for file in sorted(folder.glob("*.py"))}


def through(formatter: Formatter, texts: dict[str, bytes]) -> dict[str, bytes]:
    """Scripts after a formatter, which is not always done in one go, ran twice."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), texts)
        formatter(Path(folder))
        formatter(Path(folder))
        return read(Path(folder))


def _tool(tool: str, *arguments: str) -> Formatter:
    return lambda folder: run(tool, *arguments, folder=folder)


FORMATTERS: dict[str, Formatter] = {
    "ruff format": _tool("ruff", "format", "--isolated", "."),
    "ruff format with tabs": _tool(
        "ruff", "format", "--isolated", "--config", 'format.indent-style = "tab"', "."
    ),
    "black": _tool("black", "--quiet", "."),
    "isort, black's profile": _tool("isort", "--profile", "black", "."),
    "ruff check, import order": _tool(
        "ruff", "check", "--isolated", "--select", "I", "--fix", "."
    ),
    "autopep8": _tool("autopep8", "--in-place", "--recursive", "."),
}
REWRAPPERS: dict[str, Formatter] = {
    **FORMATTERS,
    "isort": _tool("isort", "."),
    "isort, one import a line": _tool("isort", "--force-single-line-imports", "."),
    "isort, google's profile": _tool("isort", "--profile", "google", "."),
    "black, 40 columns": _tool("black", "--quiet", "--line-length", "40", "."),
    "black, 200 columns, no magic commas": _tool(
        "black", "--quiet", "--line-length", "200", "-C", "."
    ),
    "ruff format, single quotes": _tool(
        "ruff", "format", "--isolated", "--config", 'format.quote-style = "single"', "."
    ),
    "yapf": _tool("yapf", "--in-place", ".", "--recursive"),
}
