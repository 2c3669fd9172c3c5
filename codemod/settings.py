"""What a run is asked to do: one frozen dataclass, and reading it from TOML."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from codemod.search.reading import read_regular

__all__ = ["Settings", "SettingsError", "find_pyproject", "is_identifier", "read"]

_TABLE = "eager-codemod"
_REPOSITORY = (".git", ".hg")
_MOST = 1 << 20  # bytes; no such file is larger


class SettingsError(Exception):
    """The settings are wrong; the message says where, what, and what may be meant."""


@dataclass(frozen=True)
class Settings:
    """The options that decide what an edit is and which files get one.

    Attributes:
        select: ``"affected"``, ``"hpo"`` or ``"all"``; ``None`` means the
            default of section 4: ``all`` for a file that was named, ``hpo``
            for a file that was found by searching a directory.
        entry: ``"argparse"`` (the entry points of section 3) or ``"any"``.
        load: Further names that the guard imports from transformers.
        edits: Names of the edits to apply; the guard always comes first.
        upgrade: Whether a definition that an older version wrote is rewritten.
        remove: Take the edits out instead of putting them in.
        exclude: gitignore-style patterns, relative to ``root``.
        force_exclude: Whether ``exclude`` holds for named files too.
        jobs: Worker processes; ``None`` lets the run decide.
        hpo_libraries: Module names that make a script an HPO script, beyond
            the built-in ones.
        transformers_libraries: Module names that count as transformers,
            beyond the built-in ones.
        root: The folder of the ``pyproject.toml`` in force, else ``None``.
    """

    select: str | None = None
    entry: str = "argparse"
    load: tuple[str, ...] = ()
    edits: tuple[str, ...] = ("guard",)
    upgrade: bool = False
    remove: bool = False
    exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    jobs: int | None = None
    hpo_libraries: tuple[str, ...] = ()
    transformers_libraries: tuple[str, ...] = ()
    root: str | None = None


def find_pyproject(paths: Sequence[str]) -> str | None:
    """Return the ``pyproject.toml`` whose settings hold for the paths, or None.

    It is the nearest one, from the folder that holds all paths upwards, that has a
    ``[tool.eager-codemod]`` table; one without is passed over, so that the packages of
    a repository need not repeat the table at its top. The search ends at the
    repository's root: the first folder with ``.git`` or ``.hg``.

    Raises:
        SettingsError: A file that mentions this tool cannot be read, or is no TOML.
    """
    folder = _common_folder(paths)
    while True:
        candidate = os.path.join(folder, "pyproject.toml")
        if _load(candidate) is not None:
            return candidate
        parent = os.path.dirname(folder)
        if parent == folder or any(
            os.path.lexists(os.path.join(folder, name)) for name in _REPOSITORY
        ):
            return None
        folder = parent


def _common_folder(paths: Sequence[str]) -> str:
    """Return the absolute path of the folder that holds all paths."""
    absolute = [os.path.abspath(path) for path in paths or (os.curdir,)]
    try:
        common = os.path.commonpath(absolute)
    except ValueError:  # Windows: several drives.
        common = os.path.abspath(os.curdir)
    return common if os.path.isdir(common) else os.path.dirname(common)


def read(pyproject_path: str) -> dict[str, Any]:
    """Return the ``[tool.eager-codemod]`` table, with the keys that the file has.

    The keys are the options' names (``force-exclude``), the values of the types that
    :data:`KEYS` says. A file without the table gives an empty dictionary.

    Raises:
        SettingsError: The file cannot be read or is no TOML; a key is unknown; a value
            has the wrong type.
    """
    table = _load(pyproject_path) or {}
    for key, value in table.items():
        complaint = _complaint(key, value)
        if complaint:
            raise SettingsError(f"{pyproject_path}: [tool.{_TABLE}] {key}: {complaint}")
    return table


def _load(path: str) -> dict[str, Any] | None:
    """Return a file's table, None without one; importing a TOML parser is put off."""
    try:
        data = read_regular(path, _MOST) or b""
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from error
    if _TABLE.encode() not in data:
        return None
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(data.decode())
    except ValueError as error:  # Not TOML, or not UTF-8.
        raise SettingsError(f"{path}: {error}") from error
    tool = document.get("tool")
    table = tool.get(_TABLE) if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: tool.{_TABLE} must be a table")
    return table


def _complaint(key: str, value: object) -> str | None:
    """Return what is wrong with a key or its value, or None."""
    check = KEYS.get(key)
    if check is not None:
        return check(value)
    if key in _COMMAND_LINE_ONLY:
        return f"only the command line can say this (--{key})"
    from difflib import get_close_matches

    near = get_close_matches(key.replace("_", "-").lower(), KEYS, n=1, cutoff=0.5)
    return f"unknown key; did you mean {near[0]}?" if near else "unknown key"


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else f"must be true or false, not {value!r}"


def _count(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return None
    return f"must be a whole number from 1, not {value!r}"


def _strings(value: object) -> str | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return None
    if isinstance(value, str):
        return f"must be a list of strings: [{value!r}]"
    return f"must be a list of strings, not {value!r}"


def _identifiers(value: object) -> str | None:
    return _strings(value) or _first_unfit(value, is_identifier, "no identifier")


def is_identifier(name: str) -> bool:
    """Tell whether a name can be imported; a keyword cannot."""
    from keyword import iskeyword

    return name.isidentifier() and not iskeyword(name)


def _modules(value: object) -> str | None:
    return _strings(value) or _first_unfit(value, _is_dotted, "no module name")


def _is_dotted(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _first_unfit(value: object, fits: Callable[[str], bool], what: str) -> str | None:
    assert isinstance(value, list)
    unfit = [item for item in value if not fits(item)]
    return f"{unfit[0]!r} is {what}" if unfit else None


def _choice(*choices: str) -> Callable[[object], str | None]:
    def check(value: object) -> str | None:
        if value in choices:
            return None
        return f"must be one of {', '.join(choices)}, not {value!r}"

    return check


# Each key with what checks its value: None, or what is wrong with it.
KEYS: dict[str, Callable[[object], str | None]] = {
    "color": _boolean,
    "entry": _choice("argparse", "any"),
    "exclude": _strings,
    "force-exclude": _boolean,
    "hpo-libraries": _modules,
    "jobs": _count,
    "load": _identifiers,
    "output-format": _choice("text", "json", "github", "sarif"),
    "quiet": _boolean,
    "select": _choice("affected", "hpo", "all"),
    "transformers-libraries": _modules,
    "upgrade": _boolean,
    "verbose": _boolean,
    "with": _strings,
}
# What a run is for is said when it is started, not in a file.
_COMMAND_LINE_ONLY = frozenset(
    {"check", "diff", "explain", "python", "remove", "stdin-filename", "verify"}
)
