"""Paths on the command line -> the files to look at.

A file that is named is taken at its word. A folder is searched for ``*.py``: inside a
git work tree git says which files there are (tracked, and untracked ones that are not
ignored), elsewhere the folder is walked. Either way these are left alone, unless they
are named themselves:

* virtual environments, ``build``, ``dist``, ``node_modules``, ``__pycache__``, and
  whatever has a name that starts with a dot;
* symbolic links. What a link in the tree points to is found where it is, if it is in
  the tree, and is none of the tree's if it is not; so there are no loops, nothing
  twice, and nothing outside of what was named is written;
* submodules and repositories inside the repository, which are other projects. A folder
  outside of any repository may hold several: each is asked for its own files.

Everything that is not a regular file (a FIFO called ``x.py``) is passed over when
found, and an error when named.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from codemod.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["Candidate", "discover", "excluded"]

# A path, and what is wrong with it.
OnError = Callable[[str, str], None]

_SKIPPED_FOLDERS = frozenset({"__pycache__", "build", "dist", "node_modules"})
# What venv, virtualenv and conda put at the top of an environment.
_ENVIRONMENT_MARKERS = ("pyvenv.cfg", "conda-meta")
# Set by git for its hooks; they would make git answer for another repository.
_GIT_LOCATION = (
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
)


class Candidate(NamedTuple):
    """A file to look at.

    Attributes:
        path: As given, or below the folder as given.
        named: Whether it was named on the command line, rather than found.
    """

    path: str
    named: bool


def discover(
    paths: Sequence[str], settings: Settings, on_error: OnError
) -> Iterator[Candidate]:
    """Return the files that the paths stand for, each once.

    They come in the order of the paths, those of one folder sorted by their text.

    Args:
        paths: Files and folders.
        settings: ``exclude`` (patterns as in ``.gitignore``, relative to ``root`` or
            the working directory) and ``force_exclude``.
        on_error: Called with a path and a message for what is missing, unreadable, or
            no file; the others are still yielded.

    Raises:
        SettingsError: An exclude pattern is not valid.
    """
    return _discover(paths, _Excludes(settings), settings.force_exclude, on_error)


def excluded(path: str, settings: Settings) -> bool:
    """Tell whether a file that is named, but not read, is to be left alone.

    Raises:
        SettingsError: An exclude pattern is not valid.
    """
    return settings.force_exclude and _Excludes(settings).match(path)


def _discover(
    paths: Sequence[str], excludes: _Excludes, force: bool, on_error: OnError
) -> Iterator[Candidate]:
    named = {os.path.realpath(path) for path in paths if os.path.isfile(path)}
    # One path cannot yield a file twice, so nothing need be remembered for it.
    seen: set[str] | None = set() if len(paths) > 1 else None
    for path in paths:
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            on_error(path, _message(error))
            continue
        if stat.S_ISREG(mode):
            if _is_new(os.path.realpath(path), seen) and not (
                force and excludes.match(path)
            ):
                yield Candidate(path, True)
        elif not stat.S_ISDIR(mode):
            on_error(path, "neither a regular file nor a folder")
        elif not (force and excludes.match_folder(path)):
            start = _prefix(os.path.realpath(path))
            shown = "" if path == os.curdir else _prefix(path)
            for below in _search(path, excludes, on_error):
                real = start + below
                if _is_new(real, seen):
                    yield Candidate(shown + below, real in named)


def _prefix(folder: str) -> str:
    """What stands in front of the names in a folder: joining each one takes longer."""
    return os.path.join(folder, "")


def _is_new(real: str, seen: set[str] | None) -> bool:
    if seen is None:
        return True
    if real in seen:
        return False
    seen.add(real)
    return True


def _message(error: Exception) -> str:
    """Return what an error says, without the path that the report puts before it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)


class _Excludes:
    """The exclude patterns; pathspec is imported only where there are any.

    Raises:
        SettingsError: A pattern is not valid.
    """

    def __init__(self, settings: Settings) -> None:
        self._spec: GitIgnoreSpec | None = None
        self._root = os.path.abspath(settings.root or os.curdir)
        # With a "!pattern", a file in an excluded folder may be wanted after all.
        self._prunes = not any(line.startswith("!") for line in settings.exclude)
        if settings.exclude:
            from pathspec import GitIgnoreSpec

            try:
                self._spec = GitIgnoreSpec.from_lines(settings.exclude)
            except ValueError as error:
                raise SettingsError(f"exclude: {error}") from error

    def match(self, path: str) -> bool:
        """Tell whether a file is excluded."""
        return self._spec is not None and self._spec.match_file(self._relative(path))

    def match_folder(self, path: str) -> bool:
        """Tell whether everything in a folder is excluded."""
        return (
            self._spec is not None
            and self._prunes
            and self._spec.match_file(self._relative(path) + "/")
        )

    def _relative(self, path: str) -> str:
        return os.path.relpath(path, self._root).replace(os.sep, "/")


def _search(folder: str, excludes: _Excludes, on_error: OnError) -> Iterator[str]:
    """Yield the Python files in a folder, relative to it, sorted."""
    if _in_work_tree(folder):
        listed = _ask_git(folder)
        if listed is not None:
            yield from _listed(folder, listed, excludes)
            return
    yield from _walk(folder, "", excludes, on_error)


def _in_work_tree(folder: str) -> bool:
    """Tell whether a folder or one above it has a ``.git``: a git process is dear."""
    path = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(path, ".git")):
        path, before = os.path.dirname(path), path
        if path == before:
            return False
    return True


def _ask_git(folder: str) -> list[str] | None:
    """Return git's list of the Python files in a folder, sorted.

    None where git cannot say: it is not installed, does not trust the folder's owner,
    or ignores the folder as a whole (which the user named all the same).
    """
    files = _git(
        folder, "ls-files", "-z", "-c", "-o", "--exclude-standard", "--", "*.py"
    )
    if files is None:
        return None
    if not files and _git(folder, "check-ignore", "-q", ".") is not None:
        return None
    # A file with conflicts is listed once for each side.
    return sorted({os.fsdecode(name) for name in files.split(b"\0") if name})


def _git(folder: str, *arguments: str) -> bytes | None:
    """Return what git prints, or None when it fails."""
    import subprocess

    environment = {
        name: value for name, value in os.environ.items() if name not in _GIT_LOCATION
    }
    # A repository's configuration may name a program to run as file system monitor,
    # or one to fetch what is missing.
    environment["GIT_NO_LAZY_FETCH"] = "1"
    command = ["git", "-c", "core.fsmonitor=false", *arguments]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _listed(folder: str, files: Iterable[str], excludes: _Excludes) -> Iterator[str]:
    """Yield those of git's files that are there and are not left out by default."""
    entered: dict[str, bool] = {"": True}
    for file in files:
        parent, _, name = file.rpartition("/")
        if name.startswith(".") or not _enters(folder, parent, entered):
            continue
        path = os.path.join(folder, file)
        try:
            mode = os.lstat(path).st_mode
        except OSError:  # Deleted, but still in the index.
            continue
        if stat.S_ISREG(mode) and not excludes.match(path):
            yield file.replace("/", os.sep)


def _enters(folder: str, below: str, entered: dict[str, bool]) -> bool:
    """Tell whether a search enters a folder; ``entered`` remembers the answers."""
    known = entered.get(below)
    if known is None:
        parent, _, name = below.rpartition("/")
        known = (
            _enters(folder, parent, entered)
            and not _is_skipped(name)
            and not _is_environment(os.path.join(folder, below))
            # Git lists what a folder held before a link took its place.
            and not os.path.islink(os.path.join(folder, below))
        )
        entered[below] = known
    return known


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED_FOLDERS


def _is_environment(path: str) -> bool:
    return any(
        os.path.lexists(os.path.join(path, name)) for name in _ENVIRONMENT_MARKERS
    )


def _walk(
    folder: str, below: str, excludes: _Excludes, on_error: OnError
) -> Iterator[str]:
    """Yield the Python files in ``folder/below``, relative to ``folder``."""
    here = os.path.join(folder, below) if below else folder
    try:
        with os.scandir(here) as entries:
            found = {entry.name: entry for entry in entries}
    except OSError as error:
        on_error(here, _message(error))
        return
    if below and not found.keys().isdisjoint(_ENVIRONMENT_MARKERS):
        return
    if below and ".git" in found:
        for file in _search(here, excludes, on_error):
            yield os.path.join(below, file)
        return
    inner, whole = below and _prefix(below), _prefix(here)
    for name in sorted(_wanted(found)):
        if not name.endswith("/"):
            if not excludes.match(whole + name):
                yield inner + name
        elif not excludes.match_folder(whole + name[:-1]):
            yield from _walk(folder, inner + name[:-1], excludes, on_error)


def _wanted(entries: Mapping[str, os.DirEntry[str]]) -> Iterator[str]:
    """Yield the names worth a look, those of folders with a ``/``.

    Sorted, they then come in the order of the whole paths.
    """
    for name, entry in entries.items():
        is_script = name.endswith(".py") and not name.startswith(".")
        if is_script and entry.is_file(follow_symlinks=False):
            yield name
        elif not _is_skipped(name) and entry.is_dir(follow_symlinks=False):
            yield name + "/"
