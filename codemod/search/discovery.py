"""Paths on the command line -> the files to look at.

A file that is named is looked at. A folder is searched for ``*.py`` and ``*.ipynb``:
inside a git work tree git says which files there are (tracked, and untracked ones that
are not ignored), elsewhere the folder is walked. Either way these are left alone,
unless they are named themselves:

* virtual environments, ``build``, ``dist``, ``node_modules``, ``__pycache__``, and
  whatever has a name that starts with a dot;
* what the ``exclude`` of the nearest settings leaves out. A folder that the settings
  above it leave out is not entered, so no ``pyproject.toml`` in it counts;
* symbolic links. What a link in the tree points to is found where it is, if it is in
  the tree, and is none of the tree's if it is not; so there are no loops, nothing
  twice, and nothing outside of what was named is written;
* submodules and repositories inside the repository, which are other projects. A folder
  outside of any repository may hold several: each is asked for its own files.

Everything that is not a regular file (a FIFO called ``x.py``) is passed over when
found, and an error when named. Nothing here recurses: folders may be nested deeply.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from codemod.errors import reason
from codemod.search.git import Git
from codemod.search.named import refusal
from codemod.settings import Settings, SettingsError

if TYPE_CHECKING:
    from codemod.search.patterns import Patterns

__all__ = ["NOTEBOOK", "Candidate", "Discovery"]


class Listener(Protocol):
    """Hears of a path what there is to say about it, and of which line and column."""

    def __call__(
        self,
        path: str,
        message: str,
        line: int | None = None,
        column: int | None = None,
        /,
    ) -> None:
        """Hear it."""


# Likewise, where no line is meant.
Notes = Callable[[str, str], None]

NOTEBOOK = ".ipynb"
_SKIPPED_FOLDERS = frozenset({"__pycache__", "build", "dist", "node_modules"})
# What venv, virtualenv and conda put at the top of an environment.
_ENVIRONMENT_MARKERS = ("pyvenv.cfg", "conda-meta")


class Candidate(NamedTuple):
    """A file to look at.

    Attributes:
        path: As given, or below the folder as given.
        named: Whether it was named on the command line, rather than found.
        settings: Those that hold for it.
        given: How much of the path was given, in characters. Links are followed
            there, and nowhere behind; ``None`` where all of it was.
    """

    path: str
    named: bool
    settings: Settings = Settings()
    given: int | None = None


class Discovery:
    """Finds the files that paths stand for; serves one run.

    Args:
        settings_of: The settings that hold for the files of a folder; may raise
            ``SettingsError``, of which a line is said, and those files are left alone.
        on_error: Called with a path and a message for what is missing, unreadable, or
            no file; the others are still found.
        on_note: Called likewise with what is worth a line, and no error.

    Attributes:
        excluded: How many files and folders the settings left out.
    """

    def __init__(
        self,
        settings_of: Callable[[str], Settings],
        on_error: Listener,
        on_note: Notes = lambda path, message: None,
    ) -> None:
        self.excluded = 0
        self._on_error = on_error
        self._on_note = on_note
        self._git = Git(on_note)
        self._settings_of = settings_of
        self._rules: dict[str, _Rules | None] = {}
        self._complaints: set[str] = set()

    def files(self, paths: Sequence[str]) -> Iterator[Candidate]:
        """Return the files that the paths stand for, each once.

        They come in the order of the paths, those of one folder sorted by their text.
        """
        named = {os.path.realpath(path) for path in paths if os.path.isfile(path)}
        seen: set[str] = set()
        for path in paths:
            try:
                mode = os.stat(path).st_mode
            except (OSError, ValueError) as error:
                self._on_error(path, reason(error))
                continue
            if stat.S_ISREG(mode):
                if _is_new(os.path.realpath(path), seen):
                    yield from self._named(path)
            elif stat.S_ISDIR(mode):
                yield from self._found(path, named, seen)
            else:
                self._on_error(path, "neither a regular file nor a folder")

    def leaves_out(self, path: str) -> bool:
        """Tell whether a file that is named, but not read, is to be left alone."""
        rules = self._rules_of(os.path.dirname(os.path.abspath(path)))
        return rules is None or (rules.settings.force_exclude and self._excludes(path))

    def _named(self, path: str) -> Iterator[Candidate]:
        rules = self._rules_of(os.path.dirname(os.path.abspath(path)))
        if rules is None or self.leaves_out(path):
            return
        complaint = refusal(path)
        if complaint is None:
            yield Candidate(path, True, rules.settings)
        elif rules.settings.select is None:  # with it, it is a hook that names files
            self._on_error(path, complaint)

    def _found(self, path: str, named: set[str], seen: set[str]) -> Iterator[Candidate]:
        whole = os.path.abspath(path)
        rules = self._rules_of(whole)
        if rules and rules.settings.force_exclude and self._excludes(path, folder=True):
            return
        start = _prefix(os.path.realpath(path))
        shown = "" if path == os.curdir else _prefix(path)
        top = _prefix(whole)
        parent: str | None = None
        for below in self._search(path):
            folder = below.rpartition(os.sep)[0]
            if folder != parent:
                parent = folder
                rules = self._rules_of(top + folder if folder else whole)
            if rules is None:
                continue
            if rules.excludes(top + below):
                self.excluded += 1
            elif _is_new(real := start + below, seen):
                is_named = real in named
                given = None if is_named else len(shown)
                yield Candidate(shown + below, is_named, rules.settings, given)

    def _search(self, top: str) -> Iterator[str]:
        """Yield the Python files in a folder, relative to it, sorted."""
        waiting = [self._open(top, "")]
        while waiting:
            below = next(waiting[-1], None)
            if below is None:
                waiting.pop()
            elif below.endswith("/"):
                waiting.append(self._open(top, below[:-1]))
            else:
                yield below

    def _open(self, top: str, below: str) -> Iterator[str]:
        """Yield what is in ``top/below``, relative to ``top``; folders end in ``/``."""
        here = os.path.join(top, below) if below else top
        try:
            with os.scandir(here) as entries:
                found = {entry.name: entry for entry in entries}
        except OSError as error:
            self._on_error(here, reason(error))
            return
        if below and not found.keys().isdisjoint(_ENVIRONMENT_MARKERS):
            return
        inner = _prefix(below) if below else ""
        if not below or ".git" in found:
            listed = self._git.files(here)
            if listed is not None:
                yield from (inner + name for name in self._listed(here, listed))
                return
        whole = os.path.abspath(here)
        rules = self._rules_of(whole)
        whole = _prefix(whole)
        for name in sorted(_wanted(found)):
            if not name.endswith("/") or self._enters(whole + name[:-1], rules):
                yield inner + name

    def _listed(self, folder: str, files: Sequence[str]) -> Iterator[str]:
        """Yield those of git's files that are there, and in folders to look into."""
        entered: dict[str, bool] = {"": True}
        start = _prefix(os.path.abspath(folder))
        for file in files:
            parent, _, name = file.rpartition("/")
            if name.startswith("."):
                continue
            try:
                mode = os.lstat(start + file).st_mode
            except OSError:  # Deleted, but still in the index.
                continue
            # Only now: what is remembered of folders that are not there has no end.
            if stat.S_ISREG(mode) and self._reaches(start, parent, entered):
                yield file.replace("/", os.sep)

    def _reaches(self, start: str, below: str, entered: dict[str, bool]) -> bool:
        """Tell whether a search comes to a folder; ``entered`` keeps the answers."""
        ways = []
        while below not in entered:
            ways.append(below)
            below = below.rpartition("/")[0]
        known = entered[below]
        for way in reversed(ways):
            path = start + way
            known = entered[way] = (
                known
                and not _is_skipped(way.rpartition("/")[2])
                and not _is_environment(path)
                # Git lists what a folder held before a link took its place.
                and not os.path.islink(path)
                and self._enters(path, self._rules_of(os.path.dirname(path)))
            )
        return known

    def _enters(self, folder: str, above: _Rules | None) -> bool:
        """Tell whether the settings above a folder let a search into it."""
        if above is None or not above.excludes(folder, folder=True):
            return True
        self.excluded += 1
        return False

    def _excludes(self, path: str, folder: bool = False) -> bool:
        """Tell whether a path that is named is left out, or a folder above it."""
        path = os.path.abspath(path)
        while rules := self._rules_of(os.path.dirname(path)):
            if rules.excludes(path, folder):
                self.excluded += 1
                return True
            root = rules.settings.root
            if root is None or root == os.path.dirname(root):
                break
            path, folder = root, True  # which the settings above it may leave out
        return False

    def _rules_of(self, folder: str) -> _Rules | None:
        """What holds for the files of a folder; None where its settings are wrong."""
        if folder not in self._rules:
            self._rules[folder] = None
            try:
                self._rules[folder] = _Rules(self._settings_of(folder))
            except SettingsError as error:
                if error.path not in self._complaints:
                    self._complaints.add(error.path)
                    message = f"{error.message}; the files that obey it are left alone"
                    self._on_error(error.path, message, *error.place[:2])
        return self._rules[folder]


class _Rules:
    """The settings of a folder, and their exclude patterns."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._patterns: Patterns | None = None
        self._root = _prefix(os.path.abspath(settings.root or os.curdir))
        if settings.exclude:
            from codemod.search.patterns import Patterns

            self._patterns = Patterns(settings.exclude)

    def excludes(self, path: str, folder: bool = False) -> bool:
        """Tell whether a file, or all that is in a folder, is left out.

        Args:
            path: An absolute path.
            folder: Whether it is a folder. With a ``!pattern``, a file in a folder
                that is left out may be wanted after all.
        """
        if self._patterns is None or (folder and self._patterns.includes):
            return False
        if path.startswith(self._root):
            below = path[len(self._root) :]
        else:
            below = _relative(path, self._root)
        return self._patterns.match(below.replace(os.sep, "/"), folder)


def _relative(path: str, root: str) -> str:
    try:
        return os.path.relpath(path, root)
    except ValueError:  # Windows: another drive
        return path


def _prefix(folder: str) -> str:
    """What stands in front of the names in a folder: joining each one takes longer."""
    return os.path.join(folder, "")


def _is_new(real: str, seen: set[str]) -> bool:
    if real in seen:
        return False
    seen.add(real)
    return True


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED_FOLDERS


def _is_environment(path: str) -> bool:
    return any(
        os.path.lexists(os.path.join(path, name)) for name in _ENVIRONMENT_MARKERS
    )


def _wanted(entries: Mapping[str, os.DirEntry[str]]) -> Iterator[str]:
    """Yield the names worth a look, those of folders with a ``/``.

    Sorted, they then come in the order of the whole paths.
    """
    for name, entry in entries.items():
        is_script = name.endswith((".py", NOTEBOOK)) and not name.startswith(".")
        if is_script and entry.is_file(follow_symlinks=False):
            yield name
        elif not _is_skipped(name) and entry.is_dir(follow_symlinks=False):
            yield name + "/"
