"""What git says about a folder: which files are the project's own.

The repository may mean harm. Whatever its index and its configuration say, git runs no
program of theirs, answers for no other repository, and does not keep a run waiting.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable
from typing import IO, TYPE_CHECKING

from codemod.signals import held_signals

if TYPE_CHECKING:
    import subprocess

__all__ = ["Git", "work_tree"]

SECONDS = 20.0
"""How long one question may take."""
ALL_SECONDS = 60.0
"""How long all questions of a run may take together."""

ALL_BYTES = 64 << 20
"""What git may print in a run; a small index may hold names that all begin alike."""

MEMORY = 1 << 30
"""The address space that git gets, in bytes: ten times what a million files need."""

# What would change git's answer.
_DROPPED = (
    # Set by git for its hooks, they mean another repository.
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
    # Set by a user for commands of their own, they make *.py the name of one file.
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
)
# What stands between two slashes, or before the first, and leads somewhere else.
_NO_NAME = r"(?:\A|/)\.{0,2}(?:/|\Z)"
_OPTIONS = (
    # A repository's configuration may name a program to run as file system monitor.
    *("-c", "core.fsmonitor=false"),
    # A folder that looks like the inside of a .git is part of what was cloned.
    *("-c", "safe.bareRepository=explicit"),
)


def work_tree(folder: str) -> str | None:
    """Return the work tree that a folder is part of: where ``.git`` is; None without.

    A folder on the way that git would take for a bare repository ends the search: git
    would answer for that one, by a configuration which came with the files.

    Args:
        folder: Its real path.
    """
    while not os.path.lexists(os.path.join(folder, ".git")):
        inside = all(
            os.path.lexists(os.path.join(folder, name))
            for name in ("HEAD", "objects", "refs")
        )
        folder, before = os.path.dirname(folder), folder
        if inside or folder == before:
            return None
    return folder


class _GivenUpError(Exception):
    """Git is not asked any more; the message says what it does."""


class Git:
    """Asks git; one serves a run, since all its questions share the limits.

    Args:
        on_note: Called with a folder and a message where git went beyond a limit.
    """

    def __init__(self, on_note: Callable[[str, str], None]) -> None:
        self._on_note = on_note
        self._left = ALL_SECONDS
        self._room = ALL_BYTES

    def files(self, folder: str) -> list[str] | None:
        """Return git's list of scripts and notebooks in a folder, sorted, with ``/``.

        None where git cannot say: there is no repository, git is not installed, does
        not trust the folder's owner, goes beyond a limit, or ignores the folder as a
        whole (which the user named all the same).
        """
        real = os.path.realpath(folder)
        top = work_tree(real)
        if top is None:
            return None
        question = ("ls-files", "-z", "-co", "--exclude-standard", "--")
        files = self._ask(folder, top, *question, "*.py", "*.ipynb")
        if files is None:
            return None
        if not files and self._ask(folder, top, "check-ignore", "-q", ".") is not None:
            return None
        # A file with conflicts is listed once for each side.
        names = {os.fsdecode(name) for name in files.split(b"\0")}
        return sorted(name for name in names if _is_below(name))

    def _ask(self, folder: str, top: str, *arguments: str) -> bytes | None:
        """Return what git prints, or None when it fails."""
        program = _program()
        if program is None or self._left <= 0:
            return None
        begin = time.monotonic()
        seconds = min(SECONDS, self._left)
        command = [program, *_OPTIONS, *arguments]
        try:
            output = _output(command, folder, _environment(top), seconds, self._room)
        except _GivenUpError as error:
            self._left = 0
            self._on_note(
                folder, f"git {error} here; searched without it, and .gitignore"
            )
            return None
        except (OSError, RuntimeError):  # no process, or no thread
            return None
        self._left -= time.monotonic() - begin
        self._room -= len(output or b"")
        return output


def _output(
    command: list[str],
    folder: str,
    environment: dict[str, str],
    seconds: float,
    room: int,
) -> bytes | None:
    """Return what a command prints, or None when it fails.

    However this ends, by Ctrl-C or by a signal, the process has ended by then.

    Raises:
        _GivenUpError: It took too long, or printed more than there is room for.
        OSError: It cannot be started.
        RuntimeError: What reads from it cannot be started.
    """
    from subprocess import TimeoutExpired

    end = time.monotonic() + seconds
    process = None
    try:
        with held_signals("SIGINT", "SIGTERM", "SIGHUP"):
            process = _start(command, folder, environment)
            assert process.stdout is not None
            reader = _Reader(process.stdout, room)
        output = reader.output(seconds)
        process.wait(max(0, end - time.monotonic()))
    except TimeoutExpired:
        raise _GivenUpError("takes too long") from None
    finally:
        if process is not None:
            process.kill()
            process.wait()
    return output if process.returncode == 0 else None


def _start(
    command: list[str], folder: str, environment: dict[str, str]
) -> subprocess.Popen[bytes]:
    import subprocess

    return subprocess.Popen(
        command,
        bufsize=0,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Nothing else runs in this process yet that a fork could disturb.
        preexec_fn=_limit_memory if os.name == "posix" else None,
    )


class _Reader:
    """Reads what a process prints, in pieces; a thread can wait for a while only.

    Args:
        pipe: Where the process prints to.
        room: How many bytes that may be.
    """

    def __init__(self, pipe: IO[bytes], room: int) -> None:
        from threading import Thread

        self._pipe = pipe
        self._room = room
        self._pieces: list[bytes] = []
        # Git may have started what holds the pipe longer than it lives itself.
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def output(self, seconds: float) -> bytes:
        """Return all of it.

        Raises:
            _GivenUpError: It does not end in time, or is too much.
        """
        self._thread.join(seconds)
        if self._thread.is_alive():
            raise _GivenUpError("takes too long")
        if self._room < 0:
            raise _GivenUpError("lists too much")
        return b"".join(self._pieces)

    def _read(self) -> None:
        with self._pipe:
            while self._room >= 0 and (piece := self._pipe.read(1 << 16)):
                self._room -= len(piece)
                self._pieces.append(piece)


def _limit_memory() -> None:
    """Limit what git takes, where the system can: it reads whole files."""
    import resource

    with contextlib.suppress(OSError, ValueError):  # macOS refuses
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or hard > MEMORY:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def _program() -> str | None:
    """Return git's absolute path.

    Git is started in the repository, so an entry of PATH such as ``node_modules/.bin``
    would run the repository's.
    """
    name = "git.exe" if os.name == "nt" else "git"
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(entry, name)
        if os.path.isabs(entry) and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _environment(top: str) -> dict[str, str]:
    """The environment in which git answers for one work tree, from what is there."""
    kept = {name: v for name, v in os.environ.items() if name not in _DROPPED}
    # A broken .git would make git look further up.
    kept["GIT_CEILING_DIRECTORIES"] = os.path.dirname(top)
    # The configuration may say that the work tree is elsewhere.
    kept["GIT_WORK_TREE"] = top
    # A file that is missing may be fetched, by a program that the configuration names.
    kept["GIT_NO_LAZY_FETCH"] = "1"
    kept["GIT_ALLOW_PROTOCOL"] = "none"
    return kept


def _is_below(name: str) -> bool:
    """Tell whether a name that an index holds is one of a file below the folder.

    An index is a file like any other, and may name what is not there to be named.
    """
    # No file that can be opened by its path has a longer one.
    if not name or len(name) > 4096:
        return False
    if os.name == "nt" and ("\\" in name or ":" in name):
        return False
    return not re.search(_NO_NAME, name)
