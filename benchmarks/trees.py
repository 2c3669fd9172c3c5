"""The trees to measure on: made once in the cache, copied where a run changes them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import scripts

__all__ = ["Trees", "size"]

_PACKAGES = {"transformers": "transformers==4.57.1", "torch": "torch==2.13.0"}

_SOURCES = (
    "ludwig==0.11.0",
    "flaml==2.7.0",
    "nni==3.0",
    "syne-tune==0.16.0",
    "sentence-transformers==6.2.0",
)


class Trees:
    """Makes trees, and remembers them.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def package(self, name: str) -> Path:
        """The modules of a package, from its wheel on PyPI."""
        return self._made(name, lambda path: _unpack(_PACKAGES[name], path))

    def sources(self) -> Path:
        """The modules of five packages that run trials, or work on transformers."""
        return self._made("sources", _unpack_sources)

    def scripts(self) -> Path:
        """A hundred scripts."""
        return self._made("scripts", scripts.write_scripts)

    def packages(self, count: int) -> Path:
        """So many files, of which every fiftieth is a script."""
        name = f"packages-{count}"
        return self._made(name, lambda path: scripts.write_packages(path, count))

    def lines(self, count: int) -> Path:
        """A folder with one script of so many lines."""
        return self._made(f"lines-{count}", lambda path: _write_one(path, count))

    def copy(self, tree: Path, name: str) -> Path:
        """A fresh copy of a tree, for a run that changes it."""
        target = self._folder / "copies" / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(tree, target)
        return target

    def patched(self, tree: Path, tool: Path) -> Path:
        """A copy of a tree in which every script has got its guard."""
        target = self.copy(tree, f"{tree.name}-patched")
        command = (tool, "--select", "all", "--quiet", target)
        subprocess.run(command, check=True)
        return target

    def _made(self, name: str, make: Callable[[Path], None]) -> Path:
        tree = self._folder / "trees" / name
        if not tree.exists():
            # Made under another name first: what is there is complete.
            new = tree.with_name(f"{name}-{os.getpid()}")
            new.parent.mkdir(parents=True, exist_ok=True)
            make(new)
            new.rename(tree)
        return tree


def size(tree: Path) -> tuple[int, int]:
    """The number of Python files in a tree, and of bytes in them."""
    sizes = [file.stat().st_size for file in tree.rglob("*.py")]
    return len(sizes), sum(sizes)


def _write_one(folder: Path, lines: int) -> None:
    folder.mkdir()
    (folder / "tune.py").write_text(scripts.script(0, lines), encoding="utf-8")


def _unpack_sources(folder: Path) -> None:
    for requirement in _SOURCES:
        _unpack(requirement, folder / requirement.partition("=")[0])


def _unpack(requirement: str, folder: Path) -> None:
    """Extract the Python files of a requirement's wheel, or of its sources."""
    downloads = folder.with_name(f"{folder.name}-download")
    command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps"]
    subprocess.run([*command, "--dest", downloads, requirement], check=True)
    (archive,) = downloads.iterdir()
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            names = [name for name in wheel.namelist() if name.endswith(".py")]
            wheel.extractall(folder, names)
    else:
        with tarfile.open(archive) as source:
            members = [m for m in source.getmembers() if m.name.endswith(".py")]
            source.extractall(folder, members, filter="data")
    shutil.rmtree(downloads)
