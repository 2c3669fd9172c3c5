"""Reading scripts and replacing them: the only module that writes files.

A file that was found by searching is opened from the folder that was given, one folder
after the other and without following links: between the search and the reading, or
the reading and the writing, somebody may put a link in the place of any of them.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from typing import NamedTuple

from codemod.errors import reason
from codemod.python.source import MAX_BYTES, SourceError
from codemod.search.reading import BINARY, READ, read_all
from codemod.signals import held_signals

__all__ = ["FileError", "Files", "Snapshot", "TooLargeError"]

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
# O_PATH: a folder need not be readable for its files to be.
_FOLDER = _NO_LINK | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_OPENS_IN_FOLDERS = os.open in os.supports_dir_fd and bool(_NO_LINK)
_LINK = "a link has taken its place since it was found, left alone"


class FileError(Exception):
    """A file that could not be read or written; the message is one line."""


class TooLargeError(SourceError):
    """A file of more than ``MAX_BYTES``; it was not read."""


class Snapshot(NamedTuple):
    """A file as it was read.

    Attributes:
        data: Its bytes.
        identity: Device and inode, which change when the file is replaced.
    """

    data: bytes
    identity: tuple[int, int]


class _Place(NamedTuple):
    """A file as the system is told of it.

    Attributes:
        path: The file.
        folder: The open folder that it is in, if its path is relative to one.
    """

    path: str
    folder: int | None = None

    def open(self) -> int:
        """Open it for reading; in an open folder, no link is followed."""
        flags = READ if self.folder is None else READ | _NO_LINK
        return os.open(self.path, flags, dir_fd=self.folder)


class Files:
    """Reads and replaces files; one serves a run.

    The last folder is kept open, since files come folder by folder.
    """

    def __init__(self) -> None:
        self._path: str | None = None
        self._folder: int | None = None

    def close(self) -> None:
        """Close the last folder."""
        self._path, folder, self._folder = None, self._folder, None
        if folder is not None:
            os.close(folder)

    def read(self, path: str, given: int | None = None) -> Snapshot:
        """Read a regular file.

        Args:
            path: The file.
            given: How much of the path was given by the user: symbolic links are
                followed there, and nowhere behind. ``None`` is all of it.

        Raises:
            FileError: It is missing, unreadable, or no regular file.
            TooLargeError: It is larger than ``MAX_BYTES``.
        """
        try:
            descriptor = self._at(path, given).open()
        except (OSError, ValueError) as error:  # ValueError: a path with a NUL byte
            raise FileError(_reason(error)) from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise FileError("not a regular file")
            if status.st_size > MAX_BYTES:
                raise TooLargeError(
                    f"larger than 1 MiB ({status.st_size:,} bytes), left alone"
                )
            data = read_all(descriptor, status.st_size, MAX_BYTES + 1)
        except OSError as error:
            raise FileError(_reason(error)) from None
        finally:
            os.close(descriptor)
        if len(data) > MAX_BYTES:  # it grew meanwhile, or the system did not know
            raise TooLargeError("larger than 1 MiB, left alone")
        return Snapshot(data, _identity(status))

    def replace(
        self, path: str, snapshot: Snapshot, data: bytes, given: int | None = None
    ) -> None:
        """Replace a file atomically: whoever looks sees the old bytes or the new ones.

        The new bytes are written to a temporary file in the same folder, which then
        takes the file's place. The mode is kept, the owner where that is allowed; a
        symbolic link that was named stays one and its target is replaced. Of a hard
        link, this name gets the new file, the others keep the old one.

        Killed in between, the temporary file is left behind, hidden and by a name of
        its own (``.eager-codemod-*.tmp``). Nothing takes it for a script, and no later
        run uses its name again; nor does one delete it, since it may belong to a run
        on another machine.

        Args:
            path: The file.
            snapshot: The file as it was read.
            data: The new bytes.
            given: As for ``read``.

        Raises:
            FileError: It cannot be written, or changed since it was read.
        """
        try:
            if given is None:
                path = os.path.realpath(path)
            elif not _OPENS_IN_FOLDERS:
                _refuse_links(path, given)
            place = self._at(path, given)
            # A worker ends at once when it is told to: not with half a file here.
            with held_signals("SIGINT", "SIGTERM", "SIGHUP"):
                _replace(place, snapshot, data)
        except OSError as error:
            raise FileError(f"cannot be written: {_reason(error)}") from None

    def _at(self, path: str, given: int | None) -> _Place:
        """Where a file is; if it was found, its folder is opened."""
        if given is None or not _OPENS_IN_FOLDERS:
            return _Place(path)
        folder, name = os.path.split(path[given:])
        whole = path[:given] + folder
        if self._path != whole:
            self.close()
            self._folder = _open_folder(path[:given] or os.curdir, folder)
            self._path = whole
        return _Place(name, self._folder)


def _open_folder(start: str, below: str) -> int:
    """Open a folder below another one; none of those between may be a link."""
    descriptor = os.open(start, _FOLDER & ~_NO_LINK)
    for name in filter(None, below.split(os.sep)):
        above = descriptor
        try:
            descriptor = os.open(name, _FOLDER, dir_fd=above)
        except NotADirectoryError:
            raise FileError(_LINK) from None
        finally:
            os.close(above)
    return descriptor


def _refuse_links(path: str, given: int) -> None:
    """Where folders cannot be opened, look once more before a file is written."""
    start = os.path.realpath(path[:given] or os.curdir)
    if os.path.realpath(path) != os.path.join(start, path[given:]):
        raise FileError(_LINK)


def _replace(place: _Place, snapshot: Snapshot, data: bytes) -> None:
    status = os.stat(place.path, dir_fd=place.folder, follow_symlinks=False)
    if not os.access(place.path, os.W_OK, dir_fd=place.folder):
        raise FileError("read-only file, left alone")
    temporary = _write_new(place, data, status)
    try:
        if _is_other(place, snapshot):
            raise FileError("changed on disk since it was read; run again")
        os.replace(
            temporary, place.path, src_dir_fd=place.folder, dst_dir_fd=place.folder
        )
    except BaseException:
        _discard(temporary, place)
        raise


def _write_new(place: _Place, data: bytes, like: os.stat_result) -> str:
    """Write a temporary file that is ready to take the place of another one."""
    # A name that nobody can foresee, and O_EXCL: what else is there, be it a link or a
    # FIFO that somebody put there or the file of another run, is never written to.
    name = f".eager-codemod-{os.urandom(8).hex()}.tmp"
    path = os.path.join(os.path.dirname(place.path), name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | BINARY
    descriptor = os.open(path, flags, 0o600, dir_fd=place.folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if hasattr(os, "fchmod"):
                owner = os.fstat(file.fileno())
                if (like.st_uid, like.st_gid) != (owner.st_uid, owner.st_gid):
                    with contextlib.suppress(PermissionError):
                        os.fchown(file.fileno(), like.st_uid, like.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
    except BaseException:
        _discard(path, place)
        raise
    return path


def _discard(temporary: str, place: _Place) -> None:
    with contextlib.suppress(OSError):
        os.unlink(temporary, dir_fd=place.folder)


def _is_other(place: _Place, snapshot: Snapshot) -> bool:
    """Whether a file is not what was read; its time alone says too little."""
    descriptor = place.open()
    try:
        status = os.fstat(descriptor)
        return (
            _identity(status) != snapshot.identity
            or read_all(descriptor, status.st_size, MAX_BYTES + 1) != snapshot.data
        )
    finally:
        os.close(descriptor)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _reason(error: Exception) -> str:
    is_link = isinstance(error, OSError) and error.errno == errno.ELOOP
    return _LINK if is_link else reason(error)
