"""First-party imports: which files an import runs, and the trail to a library.

One :class:`Project` serves a run. Each module is read and scanned once, its source is
not kept, and what the folders hold is remembered, also where nothing was found.

First-party is what lies below the folders that a script's imports are searched in:

* the script's own folder, and those above it up to the repository's root;
* ``src`` and ``lib`` in each of these;
* what the script, or a module that it reaches, adds to ``sys.path`` from ``__file__``.

The repository's root is the nearest folder above with ``.git`` or ``.hg``; failing
that, the nearest with ``pyproject.toml``, ``setup.py`` or ``setup.cfg``; failing that
the working directory if the script lies below it, else the script's folder. Nothing
above the root is looked at, even if ``sys.path`` is extended to there.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from heapq import heappop, heappush

from codemod.program.scan import NOTHING, Scan, Watch, scan, watched_prefixes
from codemod.search.reading import read_regular

__all__ = ["Project", "Scan", "Watch", "scan"]

_REPOSITORY = (".git", ".hg")
_PACKAGING = ("pyproject.toml", "setup.py", "setup.cfg")
_SOURCE_FOLDERS = ("src", "lib")
# What a folder holds under a name.
_MODULE, _FOLDER = 1, 2
# Scripts come sorted by folder, and those of one folder share their search path, so a
# few are enough; keeping all would let the memory grow with the number of folders.
_KEPT_SEARCH_PATHS = 8
_NEVER = float("inf")
_MOST = 16 << 20  # bytes of a module; what is generated may be large


class _SearchPath:
    """The folders that a script's absolute imports are searched in, and the findings.

    Attributes:
        folders: Absolute paths, the nearest first.
        tops: Where a top-level name is: the places of :meth:`Project._find`.
        edges: The first-party files that a module's imports run.
        bounds: For each set of libraries: how many steps at least a module is away.
    """

    __slots__ = ("bounds", "edges", "folders", "tops")

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.folders = folders
        self.tops: dict[str, tuple[str, ...]] = {}
        self.edges: dict[str, tuple[str, ...]] = {}
        self.bounds: dict[frozenset[str], dict[str, float]] = {}


class Project:
    """The first-party modules of a run, each read at most once.

    Args:
        watch: The libraries and signs to report as evidence.
        closed: Watched names whose own modules are not followed. Only in the
            library's own repository are they first-party at all; what it imports
            inside says nothing about a script that uses it.
        shadowed: Watched top-level names that projects also give to modules of their
            own (``"adapters"``): these count only where no first-party module has
            the name.
    """

    def __init__(
        self,
        watch: Watch = NOTHING,
        closed: frozenset[str] = frozenset(),
        shadowed: frozenset[str] = frozenset(),
    ) -> None:
        self._watch = watch
        self._closed = closed
        self._shadowed = shadowed
        self._scans: dict[str, Scan] = {}
        self._folders: dict[str, dict[str, int]] = {}
        self._roots: dict[str, str] = {}
        self._reals: dict[str, str] = {}
        self._search_paths: dict[tuple[str, ...], _SearchPath] = {}

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None when it cannot be read."""
        try:
            return read_regular(path, _MOST)
        except OSError:
            return None

    def scan(self, path: str, source: bytes | None = None) -> Scan:
        """Return what a module imports; nothing for a file that cannot be read.

        Args:
            path: The file; symbolic links are resolved.
            source: Its bytes, where they are at hand.
        """
        return self._scan(self._real(path), source)

    def root(self, path: str) -> str:
        """Return the absolute path of the repository's root for a script."""
        return self._root(os.path.dirname(self._real(path)))

    def search_path(self, script: str) -> tuple[str, ...]:
        """Return the folders that the script's imports are searched in, in order."""
        path = self._real(script)
        return self._search_path(path, self._additions(path)).folders

    def resolve(
        self, importer: str, name: str, script: str | None = None
    ) -> tuple[str, ...]:
        """Return the first-party files that importing ``name`` runs, in order.

        Args:
            importer: The file that holds the import.
            name: A dotted name as in :attr:`Scan.imports`; its last part may be no
                module.
            script: The script whose search path counts; without it, the importer.

        Returns:
            Absolute paths, such as ``a/__init__.py``, ``a/b/__init__.py``, ``a/b/c.py``
            for ``a.b.c``; empty when the name is not first-party.
        """
        path = self._real(importer)
        start = self._real(script or importer)
        searched = self._search_path(start, self._additions(start))
        return tuple(self._resolve(path, name, searched))

    def trail(
        self, script: str, libraries: Collection[str], source: bytes | None = None
    ) -> tuple[str, ...] | None:
        """Return a shortest import trail from a script to one of the libraries.

        Args:
            script: The path of the script, which may be relative.
            libraries: Names as in :attr:`Scan.evidence`.
            source: The script's bytes, where they are at hand.

        Returns:
            The script as given, the first-party modules (relative to the working
            directory if the script is), and the library's name; None without a trail.
        """
        start = self._real(script)
        self._scan(start, source)
        wanted = frozenset(libraries)
        additions: list[str] = []
        while True:
            searched = self._search_path(start, additions)
            found = self._search(start, wanted, searched)
            if not isinstance(found, _Addition):
                break
            additions += found
        if not found:
            return None
        show = _absolute if os.path.isabs(script) else _relative
        return (script, *(show(path) for path in found[1:-1]), found[-1])

    def _scan(self, path: str, source: bytes | None = None) -> Scan:
        known = self._scans.get(path)
        if known is None or source is not None:
            data = self.read(path) if source is None else source
            known = scan(data, self._watch) if data is not None else Scan()
            self._scans[path] = known
        return known

    # Folders

    def _real(self, path: str) -> str:
        """Return a path without symbolic links; one costs a system call a folder."""
        known = self._reals.get(path)
        if known is None:
            known = self._reals[path] = os.path.realpath(path)
        return known

    def _root(self, folder: str) -> str:
        known = self._roots.get(folder)
        if known is None:
            known = self._roots[folder] = _find_root(folder)
        return known

    def _search_path(self, script: str, additions: Collection[str]) -> _SearchPath:
        """Return the search path of a script, given what is added to ``sys.path``."""
        own = os.path.dirname(script)
        root = self._root(own)
        folders = [own, *additions]
        for folder in _upwards(own, root):
            folders.append(folder)
            listing = self._listing(folder)
            folders += [
                os.path.join(folder, name)
                for name in _SOURCE_FOLDERS
                if listing.get(name, 0) & _FOLDER
            ]
        key = tuple(dict.fromkeys(folders))
        known = self._search_paths.pop(key, None) or _SearchPath(key)
        self._search_paths[key] = known
        if len(self._search_paths) > _KEPT_SEARCH_PATHS:
            del self._search_paths[next(iter(self._search_paths))]
        return known

    def _additions(self, path: str) -> list[str]:
        """Return the folders in the repository that a module adds to ``sys.path``."""
        own = os.path.dirname(path)
        folders = [
            os.path.normpath(os.path.join(own, folder))
            for folder in self._scan(path).search_path
        ]
        return [folder for folder in folders if _is_below(folder, self._root(own))]

    def _listing(self, folder: str) -> dict[str, int]:
        """Return the modules and folders in a folder; nothing if it is unreadable."""
        known = self._folders.get(folder)
        if known is None:
            known = self._folders[folder] = _list(folder)
        return known

    # Names

    def _resolve(self, importer: str, name: str, searched: _SearchPath) -> list[str]:
        """Return the files that an import runs; see :meth:`resolve`."""
        if name.startswith("."):
            bare = name.lstrip(".")
            folder = os.path.dirname(importer)
            for _ in range(len(name) - len(bare) - 1):
                folder = os.path.dirname(folder)
            if not _is_below(folder, self._root(os.path.dirname(importer))):
                return []
            files = self._packages(folder)
            return files + self._descend((folder,), bare.split(".") if bare else [])
        top, _, rest = name.partition(".")
        places = searched.tops.get(top)
        if places is None:
            places = searched.tops[top] = self._find(searched.folders, top)
        if not places:
            return []
        return self._follow(places, rest.split(".") if rest else [])

    def _find(self, folders: Collection[str], name: str) -> tuple[str, ...]:
        """Return where a name is found, as the import system does.

        That is one module's file, or one package's ``__init__.py``, or the folders that
        together make a namespace package.
        """
        portions = []
        for folder in folders:
            kind = self._listing(folder).get(name, 0)
            if kind & _FOLDER:
                path = os.path.join(folder, name)
                if self._listing(path).get("__init__", 0) & _MODULE:
                    return (os.path.join(path, "__init__.py"),)
                portions.append(path)
            if kind & _MODULE:
                return (os.path.join(folder, name + ".py"),)
        return tuple(portions)

    def _follow(self, places: tuple[str, ...], rest: list[str]) -> list[str]:
        """Return the files from ``places`` on, down the parts of ``rest``."""
        place = places[0]
        if not place.endswith(".py"):
            return self._descend(places, rest)
        if os.path.basename(place) != "__init__.py":
            return [place]
        return [place, *self._descend((os.path.dirname(place),), rest)]

    def _descend(self, folders: Collection[str], rest: list[str]) -> list[str]:
        if not rest:
            return []
        places = self._find(folders, rest[0])
        return self._follow(places, rest[1:]) if places else []

    def _absolute_name(self, importer: str, name: str) -> str:
        """Return a relative import's name from the outermost package on."""
        bare = name.lstrip(".")
        if bare == name:
            return name
        folder = os.path.dirname(importer)
        for _ in range(len(name) - len(bare) - 1):
            folder = os.path.dirname(folder)
        parts = [bare] if bare else []
        for file in reversed(self._packages(folder)):
            parts.append(os.path.basename(os.path.dirname(file)))
        return ".".join(reversed(parts))

    def _packages(self, folder: str) -> list[str]:
        """Return the ``__init__.py`` of a package and of those around it, outside in.

        A relative import works only once these have run.
        """
        files: list[str] = []
        while self._listing(folder).get("__init__", 0) & _MODULE:
            files.append(os.path.join(folder, "__init__.py"))
            folder = os.path.dirname(folder)
        return files[::-1]

    # Trails

    def _search(
        self, start: str, libraries: frozenset[str], searched: _SearchPath
    ) -> list[str]:
        """Return a shortest trail: absolute paths, then the library's name.

        Breadth first, but a module that earlier searches proved to be at least n steps
        away waits for its turn (A*, with what was learnt as the estimate). Many
        scripts that reach the same large package therefore cost little more than one.

        Returns:
            The trail, empty without one; or an :class:`_Addition` when a module was
            met that adds further folders to the search path.
        """
        bounds = searched.bounds.setdefault(libraries, {})
        depths = {start: 0}
        parents: dict[str, str] = {}
        done: set[str] = set()
        # Least length of a trail through the module; order of discovery; module.
        waiting: list[tuple[float, int, str]] = [(bounds.get(start, 0), 0, start)]
        while waiting and waiting[0][0] != _NEVER:
            path = heappop(waiting)[2]
            if path in done:
                continue
            additions = [
                folder
                for folder in self._additions(path)
                if folder not in searched.folders
            ]
            if additions:
                return _Addition(additions)
            done.add(path)
            depth = depths[path]
            library = self._evidence(path, libraries, searched)
            if library:
                for module in done:
                    least = depth - depths[module]
                    bounds[module] = max(bounds.get(module, 0), least)
                return [*_chain(path, parents), library]
            for module in self._edges(path, searched):
                if depth + 1 < depths.get(module, _NEVER):
                    depths[module] = depth + 1
                    parents[module] = path
                    estimate = depth + 1 + bounds.get(module, 0)
                    heappush(waiting, (estimate, len(depths), module))
        # Nothing that was reached leads to a library.
        bounds.update(dict.fromkeys(depths, _NEVER))
        return []

    def _evidence(
        self, path: str, libraries: frozenset[str], searched: _SearchPath
    ) -> str | None:
        """Return the first of the libraries that a module shows."""
        for name in self._scan(path).evidence:
            if name in libraries:
                top = name.partition(".")[0]
                if top in self._shadowed and self._is_own(path, top, searched):
                    continue
                return name
        return None

    def _is_own(self, path: str, top: str, searched: _SearchPath) -> bool:
        """Tell whether a top-level name means a first-party module in a module.

        A folder without ``__init__.py`` is one where it holds what is imported from
        it: ``flair/`` may also be what a run left behind.
        """
        below = [
            name for name in self._scan(path).imports if name.startswith(top + ".")
        ]
        return any(self._resolve(path, name, searched) for name in (top, *below))

    def _edges(self, path: str, searched: _SearchPath) -> tuple[str, ...]:
        """Return the first-party files that a module's imports run."""
        known = searched.edges.get(path)
        if known is None:
            found: dict[str, None] = {}
            for name in self._scan(path).imports:
                full = self._absolute_name(path, name)
                if not any(watched_prefixes(full, self._closed)):
                    found.update(dict.fromkeys(self._resolve(path, name, searched)))
            found.pop(path, None)
            known = searched.edges[path] = tuple(found)
        return known


class _Addition(list[str]):
    """Folders that a module adds to ``sys.path``, found on the way."""


def _chain(path: str, parents: dict[str, str]) -> list[str]:
    """Return the modules from the start to ``path``."""
    chain = [path]
    while chain[-1] in parents:
        chain.append(parents[chain[-1]])
    return chain[::-1]


def _find_root(folder: str) -> str:
    """Return the root of the repository that holds a folder; see the module."""
    above = list(_upwards(folder, ""))
    for markers in (_REPOSITORY, _PACKAGING):
        for candidate in above:
            if any(os.path.lexists(os.path.join(candidate, name)) for name in markers):
                return candidate
    working = os.path.realpath(os.curdir)
    return working if _is_below(folder, working) else folder


def _upwards(folder: str, root: str) -> Iterator[str]:
    """Yield a folder and those above it, up to ``root`` or the file system's root."""
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if folder == root or parent == folder:
            return
        folder = parent


def _is_below(path: str, root: str) -> bool:
    """Tell whether a normalised path is ``root`` or in it."""
    return path == root or path.startswith(os.path.join(root, ""))


def _list(folder: str) -> dict[str, int]:
    """Return what a folder holds under each name that can be imported."""
    found: dict[str, int] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(".py"):
                    if entry.is_file():
                        stem = name[:-3]
                        found[stem] = found.get(stem, 0) | _MODULE
                elif "." not in name and entry.is_dir():
                    found[name] = found.get(name, 0) | _FOLDER
    except OSError:
        return {}
    return found


def _absolute(path: str) -> str:
    return path


def _relative(path: str) -> str:
    try:
        return os.path.relpath(path, os.path.realpath(os.curdir))
    except ValueError:  # Windows: another drive.
        return path
