"""What a run is asked to do: one frozen dataclass, and which one holds for a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from codemod.search.toml import TABLE, TomlError, table_of

__all__ = ["EDITS", "KEYS", "SELECTIONS", "Lookup", "Settings", "SettingsError"]

SELECTIONS = ("affected", "threaded", "hpo", "all")
"""What ``--select`` takes."""
EDITS = ("guard", "thread-safety", "protobuf-env")
"""The names of the edits; here, so that a name is checked without importing them."""
_FORMATS = ("text", "json", "github", "gitlab", "sarif")
_REPOSITORY = (".git", ".hg")
_LONGEST = 200  # characters of a name to import: transformers' have up to 60
# Returns what is wrong with a value, or None.
Check = Callable[[object], str | None]


class SettingsError(ValueError):
    """The settings are wrong; the message says what, and what may be meant.

    Attributes:
        message: What is wrong, in one line.
        path: The file that says so, if it is one.
        place: The 1-based line and column there, or nothing.
    """

    def __init__(self, message: str, path: str = "", place: Sequence[int] = ()) -> None:
        where = ":".join(map(str, (path, *place)))
        super().__init__(f"{where}: {message}" if path else message)
        self.message = message
        self.path = path
        self.place = place


@dataclass(frozen=True)
class Settings:
    """The options that decide what an edit is and which files get one.

    Attributes:
        select: ``"affected"``, ``"threaded"``, ``"hpo"`` or ``"all"``; ``None`` means
            ``all`` for a file that was named, ``affected`` for one that was found.
        entry: ``"argparse"`` or ``"any"``, which takes any ``main()``, and failing that
            the ``__main__`` block.
        load: Further names that the guard imports from transformers.
        edits: Names of the edits to apply; the command always adds ``guard``.
        upgrade: Whether the guard is rewritten that people wrote by hand before there
            was this tool.
        remove: Take the edits out instead of putting them in.
        exclude: gitignore-style patterns, relative to ``root``.
        force_exclude: Whether ``exclude`` holds for named files too.
        jobs: Worker processes; ``None`` lets the run decide.
        hpo_libraries: Modules of which every call starts trials, beyond the built-in
            ones.
        transformers_libraries: Modules that count as transformers, beyond the
            built-in ones.
        root: The folder that ``exclude`` is relative to: that of the
            ``pyproject.toml`` in force, else, with ``None``, the current one.

    Raises:
        SettingsError: A value is none of those.
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

    def __post_init__(self) -> None:
        """Refuse what the command refuses: a typing error must not do nothing."""
        for field, check in _FIELDS.items():
            value = getattr(self, field)
            if isinstance(value, list):
                object.__setattr__(self, field, tuple(value))
            if value is None and field in ("select", "jobs"):
                continue
            complaint = check(value)
            if complaint:
                raise SettingsError(f"{field}: {complaint}")


class _Table:
    """What holds in some folders: a table, or nothing, and the command line on top."""

    def __init__(self, path: str, table: dict[str, Any], given: dict[str, Any]) -> None:
        for key, value in table.items():
            complaint = _complaint(key, value)
            if complaint:
                raise SettingsError(f"[tool.{TABLE}] {_shown(key, str)}: {complaint}")
        self.options = {**table, **given}
        values: dict[str, Any] = {
            key.replace("-", "_"): value
            for key, value in self.options.items()
            if key not in _OUTPUT
        }
        values["edits"] = tuple(dict.fromkeys(("guard", *values.pop("with", ()))))
        if path and "exclude" not in given:
            values["root"] = os.path.dirname(path)
        self.settings = Settings(**values)


class Lookup:
    """Which settings hold where.

    Each file obeys the nearest ``pyproject.toml`` above it that has a
    ``[tool.eager-codemod]`` table, whatever else is looked at in the same run. One
    without is passed over, so that the packages of a repository need not repeat the
    table at its top. The search ends at the repository's root: the first folder with
    ``.git`` or ``.hg``. What the command line says wins over every table.

    Args:
        given: What the command line says, by the keys' names; and ``remove``.

    Raises:
        SettingsError: A value on the command line is wrong.
    """

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = dict(given or {})
        self._default = _Table("", {}, self._given)
        self._known: dict[str, _Table | SettingsError | None] = {}

    def for_folder(self, folder: str) -> Settings:
        """The settings that hold for the files of a folder; the same object for many.

        Raises:
            SettingsError: The ``pyproject.toml`` in force is wrong.
        """
        return self._in_force(folder).settings

    def for_run(self, paths: Sequence[str]) -> tuple[Settings, dict[str, Any]]:
        """What holds for a run: the settings of the folder that holds all the paths.

        Returns:
            The settings, and all options by their keys, those on output included.

        Raises:
            SettingsError: The ``pyproject.toml`` in force is wrong.
        """
        table = self._in_force(_common_folder(paths))
        return table.settings, dict(table.options)

    def _in_force(self, folder: str) -> _Table:
        passed = []
        found: _Table | SettingsError | None = None
        if folder not in self._known:
            folder = os.path.abspath(folder)
        while folder not in self._known:
            passed.append(folder)
            found = self._load(os.path.join(folder, "pyproject.toml"))
            above = os.path.dirname(folder)
            if found or above == folder or _is_repository(folder):
                break
            folder = above
        else:
            found = self._known[folder]
        self._known.update(dict.fromkeys(passed, found))
        if isinstance(found, SettingsError):
            raise found
        return found or self._default

    def _load(self, path: str) -> _Table | SettingsError | None:
        try:
            table = table_of(path)
            return None if table is None else _Table(path, table, self._given)
        except (TomlError, SettingsError) as error:
            return SettingsError(str(error), path, error.place)


def _is_repository(folder: str) -> bool:
    return any(os.path.lexists(os.path.join(folder, name)) for name in _REPOSITORY)


def _common_folder(paths: Sequence[str]) -> str:
    """Return the absolute path of the folder that holds all paths."""
    absolute = [os.path.abspath(path) for path in paths or (os.curdir,)]
    try:
        common = os.path.commonpath(absolute)
    except ValueError:  # Windows: several drives.
        common = os.path.abspath(os.curdir)
    return common if os.path.isdir(common) else os.path.dirname(common)


def _complaint(key: str, value: object) -> str | None:
    """Return what is wrong with a key or its value, or None."""
    check = KEYS.get(key)
    if check is not None:
        return check(value)
    if key in _COMMAND_LINE_ONLY:
        return f"only the command line can say this (--{key})"
    return f"unknown key{_perhaps(key.replace('_', '-').lower(), KEYS)}"


def _perhaps(word: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """A question whether something else is meant, or nothing."""
    from difflib import get_close_matches

    near = get_close_matches(word[:40], known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _shown(value: object, form: Callable[[object], str] = repr) -> str:
    """A value for a message: a file may hold one of any size."""
    try:
        text = form(value)
    except (ValueError, RecursionError):  # no number of thousands of digits is printed
        return "something of that size"
    return text if len(text) <= 80 else f"{text[:77]}..."


def _boolean(value: object) -> str | None:
    if isinstance(value, bool):
        return None
    return f"must be true or false, not {_shown(value)}"


def _count(value: object) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return None
    return f"must be a whole number from 1, not {_shown(value)}"


def _strings(value: object) -> str | None:
    if isinstance(value, (list, tuple)) and all(isinstance(v, str) for v in value):
        return None
    if isinstance(value, str):
        return f"must be a list of strings: [{_shown(value)}]"
    return f"must be a list of strings, not {_shown(value)}"


def _each(check: Callable[[str], str | None]) -> Check:
    """What checks a list of strings, one after the other."""

    def check_all(value: object) -> str | None:
        complaint = _strings(value)
        if complaint:
            return complaint
        assert isinstance(value, (list, tuple))
        return next((found for item in value if (found := check(item))), None)

    return check_all


def _name(name: str) -> str | None:
    """What is wrong with a name to import: it becomes part of a script."""
    from keyword import iskeyword

    if len(name) > _LONGEST and name.isidentifier():
        return f"{_shown(name)} is longer than {_LONGEST} characters"
    if name == "__debug__":  # no keyword, and yet no script with it compiles
        return f"{_shown(name)} cannot be assigned to"
    # There are letters beyond ASCII that one version of Python knows and another not.
    if name.isascii() and name.isidentifier() and not iskeyword(name):
        return None
    what = "no identifier" if name.isascii() else "no name of transformers'"
    return f"{_shown(name)} is {what}"


def _module(name: str) -> str | None:
    if all(part.isidentifier() for part in name.split(".")):
        return None
    return f"{_shown(name)} is no module name"


def _edit(name: str) -> str | None:
    if name in EDITS:
        return None
    known = _perhaps(name, EDITS) or f"; one of: {', '.join(EDITS[1:])}"
    return f"unknown edit {_shown(name)}{known}"


def _patterns(value: object) -> str | None:
    complaint = _strings(value)
    if complaint or not value:
        return complaint
    assert isinstance(value, (list, tuple))
    from codemod.search.patterns import Patterns

    try:
        Patterns(value)
    except ValueError as error:
        return str(error)
    return None


def _choice(*choices: str) -> Check:
    def check(value: object) -> str | None:
        if value in choices:
            return None
        near = _perhaps(value, choices) if isinstance(value, str) else ""
        return f"must be one of {', '.join(choices)}, not {_shown(value)}{near}"

    return check


# Each key with what checks its value: None, or what is wrong with it.
KEYS: dict[str, Check] = {
    "color": _boolean,
    "entry": _choice("argparse", "any"),
    "exclude": _patterns,
    "force-exclude": _boolean,
    "hpo-libraries": _each(_module),
    "jobs": _count,
    "load": _each(_name),
    "output-format": _choice(*_FORMATS),
    "quiet": _boolean,
    "select": _choice(*SELECTIONS),
    "transformers-libraries": _each(_module),
    "upgrade": _boolean,
    "verbose": _boolean,
    "with": _each(_edit),
}
# What is about the output of a run, and not about a file.
_OUTPUT = frozenset({"color", "output-format", "quiet", "verbose"})
_FIELDS = {
    "edits": KEYS["with"],
    "remove": _boolean,
    **{
        key.replace("-", "_"): check
        for key, check in KEYS.items()
        if key not in _OUTPUT and key != "with"
    },
}
# What a run is for is said when it is started, not in a file.
_COMMAND_LINE_ONLY = frozenset(
    {"check", "diff", "explain", "python", "remove", "stdin-filename", "verify"}
)
