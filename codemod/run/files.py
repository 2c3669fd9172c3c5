"""Reading scripts and replacing them: the only room that touches file contents."""

from __future__ import annotations

import contextlib
import os
import stat
from typing import NamedTuple

from codemod.python.source import MAX_BYTES, SourceError

__all__ = ["FileError", "Snapshot", "read", "replace"]


class FileError(Exception):
    """A file that could not be read or written; the message is one line."""


class Snapshot(NamedTuple):
    """A file as it was read.

    Attributes:
        data: Its bytes.
        identity: Device and inode, which change when the file is replaced.
    """

    data: bytes
    identity: tuple[int, int]


def read(path: str, needles: tuple[bytes, ...] = ()) -> Snapshot | None:
    """Read a regular file.

    Args:
        path: The file; a symbolic link is followed.
        needles: If given, only a file that contains one of these is wanted.

    Returns:
        The file, or ``None`` if it contains none of the needles.

    Raises:
        FileError: It is missing, unreadable, or no regular file.
        SourceError: It is wanted, and larger than ``MAX_BYTES``.
    """
    try:
        descriptor = _open(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL byte
        raise FileError(_reason(error)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise FileError("not a regular file")
        if status.st_size > MAX_BYTES:
            if needles and not _contains(descriptor, status.st_size, needles):
                return None
            raise SourceError(
                f"larger than 1 MiB ({status.st_size:,} bytes), left alone"
            )
        data = _read_all(descriptor, status.st_size)
    except (OSError, ValueError) as error:  # ValueError: mmap of a file that vanished
        raise FileError(_reason(error)) from None
    finally:
        os.close(descriptor)
    if needles and not any(needle in data for needle in needles):
        return None
    return Snapshot(data, _identity(status))


_BINARY = getattr(os, "O_BINARY", 0)  # Windows


def _open(path: str) -> int:
    """Open a file to read; a FIFO without a writer must not make us wait."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _BINARY)


def replace(path: str, snapshot: Snapshot, data: bytes) -> None:
    """Replace a file atomically: whoever looks sees the old bytes or the new ones.

    The new bytes are written to a temporary file in the same folder, which then takes
    the file's place. The mode is kept, the owner where that is allowed; a symbolic
    link stays one and its target is replaced. Of a hard link, this name gets the new
    file, the others keep the old one.

    Killed in between, the temporary file is left behind, hidden and by a name of its
    own (``.eager-codemod-*.tmp``). Nothing takes it for a script, and no later run
    uses its name again; nor does one delete it, since it may belong to a run on
    another machine.

    Args:
        path: The file.
        snapshot: The file as it was read.
        data: The new bytes.

    Raises:
        FileError: It cannot be written, or changed since it was read.
    """
    target = os.path.realpath(path)
    try:
        status = os.stat(target)
        if not os.access(target, os.W_OK):
            raise FileError("read-only file, left alone")
        temporary = _write_new(os.path.dirname(target), data, status)
        try:
            if _is_other(target, snapshot):
                raise FileError("changed on disk since it was read; run again")
            os.replace(temporary, target)
        except BaseException:
            _discard(temporary)
            raise
    except OSError as error:
        raise FileError(f"cannot be written: {_reason(error)}") from None


def _write_new(folder: str, data: bytes, like: os.stat_result) -> str:
    """Write a temporary file that is ready to take the place of another one."""
    # A name that nobody can foresee, and O_EXCL: what else is there, be it a link or a
    # FIFO that somebody put there or the file of another run, is never written to.
    path = os.path.join(folder, f".eager-codemod-{os.urandom(8).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
    descriptor = os.open(path, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if hasattr(os, "fchmod"):
                with contextlib.suppress(PermissionError):
                    if (like.st_uid, like.st_gid) != _owner(file.fileno()):
                        os.fchown(file.fileno(), like.st_uid, like.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(like.st_mode))
    except BaseException:
        _discard(path)
        raise
    return path


def _discard(temporary: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(temporary)


def _is_other(target: str, snapshot: Snapshot) -> bool:
    """Whether a file is not what was read; its time alone says too little."""
    descriptor = _open(target)
    try:
        status = os.fstat(descriptor)
        return _identity(status) != snapshot.identity or (
            _read_all(descriptor, status.st_size) != snapshot.data
        )
    finally:
        os.close(descriptor)


def _owner(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_uid, status.st_gid


def _read_all(descriptor: int, size: int) -> bytes:
    """The whole file, or the first megabyte and more of one that grows meanwhile."""
    data = os.read(descriptor, size + 1)
    if len(data) == size:
        return data
    pieces = [data]
    length = len(data)
    while pieces[-1] and length <= MAX_BYTES:
        pieces.append(os.read(descriptor, MAX_BYTES))
        length += len(pieces[-1])
    return b"".join(pieces)


def _contains(descriptor: int, size: int, needles: tuple[bytes, ...]) -> bool:
    """Whether a large file contains a needle; memory stays flat."""
    import mmap

    with mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) as data:
        return any(data.find(needle) >= 0 for needle in needles)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _reason(error: Exception) -> str:
    """The operating system's words, without the path that the report adds."""
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return str(error)
