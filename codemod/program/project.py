"""First-party modules: where an import leads to, and each file read once a run.

Nothing is run, and `sys.path` is not evaluated: a module is looked for beside the one
that imports it and in each folder above, with their ``src`` and ``lib``, up to the
repository's root.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from codemod.program.libraries import closed, is_of
from codemod.python.source import MAX_BYTES, SourceError, parse

if TYPE_CHECKING:
    from codemod.program.module import Module

__all__ = ["Located", "Project"]

_SOURCES = ("src", "lib")
_REPOSITORY = (".git", ".hg")
_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")
_LONGEST = 40  # parts of a dotted name
_DOCUMENTS = ("README.md", "README.rst", "LICENSE", "environment.yml")


Read = Callable[[str, int], bytes | None]


class Located(NamedTuple):
    """Where a dotted name leads to.

    Attributes:
        path: The file of the module.
        rest: What is left of the name: something in that module.
    """

    path: str
    rest: tuple[str, ...]


class Project:
    """The modules that a run has met; paths are absolute.

    Args:
        read: Returns at most so many bytes of a regular file; raises OSError.
            ``None`` where there are no files: nothing is first-party then.
        own: Modules that the settings name as libraries: nobody looks into them.

    Attributes:
        unread: The modules that cannot be read as Python, and why.
    """

    def __init__(self, read: Read | None, own: frozenset[str] = frozenset()) -> None:
        self._read = read
        self._closed = closed() | own
        self._modules: dict[str, Module | None] = {}
        self._folders: dict[str, dict[str, bool]] = {}
        self._roots: dict[str, str] = {}
        self.depth = 0  # of names that are being resolved
        self.console: dict[str, dict[str, set[str]]] = {}
        self.stand_ins: dict[Any, Any] = {}  # see dynamic.py
        self.unread: dict[str, SourceError] = {}
        self._located: dict[tuple[str, bool, tuple[str, ...]], Located | None] = {}

    # -- files --------------------------------------------------------------

    def data(self, path: str) -> bytes | None:
        """The bytes of a module; ``None`` where they cannot be had."""
        try:
            data = self._read(path, MAX_BYTES + 1) if self._read else None
        except (OSError, ValueError):
            return None
        return data if data is None or len(data) <= MAX_BYTES else None

    def module(self, path: str) -> Module | None:
        """The module in a file; ``None`` where it cannot be read as Python."""
        # Only now: most runs of a hook look at no module's names.
        from codemod.program.module import Module

        if path not in self._modules:
            data = self.data(path)
            self._modules[path] = None
            if data is None:
                self.unread[path] = SourceError("cannot be read, or is over 1 MiB")
                return None
            try:
                self._modules[path] = Module(path, parse(data).tree, self)
            except SourceError as error:
                self.unread[path] = error
        return self._modules[path]

    def below(self, folder: str, most: int) -> Iterator[Module]:
        """The modules in a folder and those below it, at most so many.

        Links to folders are not followed: they may lead round in circles.
        """
        waiting = [folder]
        while waiting and most > 0:
            here = waiting.pop()
            for name, is_folder in sorted(self._listing(here).items()):
                path = os.path.join(here, name)
                if is_folder:
                    if not name.startswith((".", "__")) and not os.path.islink(path):
                        waiting.append(path)
                elif name.endswith(".py") and most > 0:
                    most -= 1
                    if module := self.module(path):
                        yield module

    def packages(self, path: str) -> Iterator[Module]:
        """The packages that a module is in, whose ``__init__.py`` run before it."""
        folder = os.path.dirname(path)
        while self._listing(folder).get("__init__.py") is False:
            if module := self.module(os.path.join(folder, "__init__.py")):
                yield module
            folder = os.path.dirname(folder)

    def text(self, path: str) -> bytes:
        """A file beside the modules; nothing where there is none."""
        try:
            return (self._read(path, MAX_BYTES) if self._read else b"") or b""
        except (OSError, ValueError):
            return b""

    def knows(self, path: str) -> bool:
        """Whether a file was met already."""
        return path in self._modules

    def add(self, module: Module) -> None:
        """Take a script that was parsed already, whatever its file holds."""
        self._modules[module.path] = module

    # -- folders ------------------------------------------------------------

    def _listing(self, folder: str) -> dict[str, bool]:
        """The names in a folder, each with whether it is a folder itself."""
        known = self._folders.get(folder)
        if known is None:
            known = {}
            with contextlib.suppress(OSError, ValueError):
                if self._read:
                    with os.scandir(folder) as entries:
                        known = {entry.name: entry.is_dir() for entry in entries}
            self._folders[folder] = known
        return known

    def root(self, folder: str) -> str:
        """The folder that first-party modules of a folder are looked for in, at most.

        The repository's root; outside of any, the nearest folder with a project's
        files that is no package, else with a README, else any that is no package.
        """
        if folder not in self._roots:
            self._roots[folder] = self._find_root(folder)
        return self._roots[folder]

    def _find_root(self, folder: str) -> str:
        project = documented = plain = None
        for above in _upwards(folder):
            names = self._listing(above)
            if any(name in names for name in _REPOSITORY):
                return above
            if "__init__.py" not in names:
                plain = plain or above
                if any(name in names for name in _MARKERS):
                    project = project or above
                if any(name in names for name in _DOCUMENTS):
                    documented = documented or above
        return project or documented or plain or folder

    def _bases(self, folder: str) -> Iterator[str]:
        """The folders that an absolute import is looked for in."""
        root = self.root(folder)
        for above in _upwards(folder):
            yield above
            for name in _SOURCES:
                if self._listing(above).get(name):
                    yield os.path.join(above, name)
            if above == root:
                return

    # -- names --------------------------------------------------------------

    def locate(
        self, importer: str, level: int, parts: tuple[str, ...]
    ) -> Located | None:
        """Find the first-party module that a dotted name leads to.

        Args:
            importer: The file with the import.
            level: The number of leading dots.
            parts: The parts of the name, attributes included.

        Returns:
            ``None`` for a name that is not first-party.
        """
        if len(parts) > _LONGEST:
            return None
        if not level and (not parts or is_of(".".join(parts), self._closed)):
            return None
        folder = os.path.dirname(importer)
        for _ in range(min(level, 100) - 1):
            folder = os.path.dirname(folder)
        key = folder, bool(level), parts
        if key not in self._located:
            find = self._descend if level else self._search
            self._located[key] = find(folder, parts)
        return self._located[key]

    def _search(self, folder: str, parts: tuple[str, ...]) -> Located | None:
        for base in self._bases(folder):
            names = self._listing(base)
            if (names.get(parts[0]) or f"{parts[0]}.py" in names) and (
                found := self._descend(base, parts)
            ):
                return found
        return None

    def _descend(self, folder: str, parts: tuple[str, ...]) -> Located | None:
        """Follow a name down the folders as far as there are any."""
        for index, part in enumerate(parts):
            names = self._listing(folder)
            if names.get(part):
                folder = os.path.join(folder, part)
                continue
            if names.get(f"{part}.py") is False:
                path = os.path.join(folder, f"{part}.py")
                return Located(path, parts[index + 1 :])
            return self._package(folder, parts[index:])
        return self._package(folder, ())

    def _package(self, folder: str, rest: tuple[str, ...]) -> Located | None:
        if self._listing(folder).get("__init__.py") is False:
            return Located(os.path.join(folder, "__init__.py"), rest)
        return None


def _upwards(folder: str) -> Iterator[str]:
    """A folder and those above it."""
    while True:
        yield folder
        folder, before = os.path.dirname(folder), folder
        if folder == before:
            return
