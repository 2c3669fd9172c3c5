"""The console scripts that a package names: ``[project.scripts]`` and its relatives."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from codemod.program.project import Project

__all__ = ["console_functions"]

_POETRY = ("tool", "poetry", "scripts")
_TABLES = (("project", "scripts"), ("project", "gui-scripts"), _POETRY)
_KEYS = (b"console_scripts", b"gui_scripts")
_KEY = rb"(\w+)[ \t]*[=:](.*)"
_COMMENTS = (b"#", b";")
# A script in a literal of setup.py, which is not run: "tune = package.module:main".
_IN_SETUP = rb"""["'][ \t]*[\w.-]+[ \t]*=[ \t]*([\w.]+:[\w.]+)"""


def console_functions(project: Project, path: str) -> set[str]:
    """The functions of a file that a package around it names as console scripts.

    Args:
        project: Finds modules and reads files.
        path: The file.
    """
    return _around(project, os.path.dirname(path)).get(path, set())


def _around(project: Project, folder: str) -> dict[str, set[str]]:
    """The functions that the tables of a folder and of those above it name."""
    folders = []
    while folder not in project.console:
        folders.append(folder)
        if folder in (project.root(folder), os.path.dirname(folder)):
            break
        folder = os.path.dirname(folder)
    known = project.console.get(folder, {})
    for folder in reversed(folders):
        if found := _of_folder(project, folder):
            both = known.keys() | found.keys()
            known = {f: known.get(f, set()) | found.get(f, set()) for f in both}
        project.console[folder] = known
    return known


def _of_folder(project: Project, folder: str) -> dict[str, set[str]]:
    """The functions that the tables of one folder name, by their files."""
    found: dict[str, set[str]] = {}
    for value in _named(project, folder):
        module, _, function = value.partition(":")
        if file := _file(project, folder, module.strip()):
            found.setdefault(file, set()).add(function.split("[")[0].strip())
    return found


def _file(project: Project, folder: str, module: str) -> str | None:
    importer = os.path.join(folder, "setup.py")
    located = project.locate(importer, 0, tuple(module.split(".")))
    return located.path if located and not located.rest else None


def _named(project: Project, folder: str) -> Iterator[str]:
    data = project.text(os.path.join(folder, "pyproject.toml"))
    if b"scripts" in data:
        yield from _from_toml(data)
    data = project.text(os.path.join(folder, "setup.cfg"))
    if any(key in data for key in _KEYS):
        yield from _from_cfg(data)
    data = project.text(os.path.join(folder, "setup.py"))
    if any(key in data for key in _KEYS):
        yield from (match[1].decode() for match in re.finditer(_IN_SETUP, data))


def _from_toml(data: bytes) -> Iterator[str]:
    from codemod.search.toml import TomlError, parse_toml

    try:
        document: Any = parse_toml(data)
    except TomlError:
        return
    for keys in _TABLES:
        table: Any = document
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        for value in table.values() if isinstance(table, dict) else ():
            if isinstance(value, dict):  # poetry's {reference = "...", type = ...}
                value = value.get("reference")
            if isinstance(value, str):
                yield value


def _from_cfg(data: bytes) -> Iterator[str]:
    """The values of the section's keys, line by line.

    `configparser` takes minutes for a file of 1 MiB that is made for it.
    """
    section = key = b""
    for line in data.splitlines():
        text = line.strip()
        if not text or text.startswith(_COMMENTS):
            continue
        if line[:1] not in (b" ", b"\t"):  # else it goes on with the key above
            key = b""
            if text.startswith(b"["):
                section = text.strip(b"[] \t")
            elif found := re.match(_KEY, text):
                key, text = found.groups()
        _, has_value, value = text.partition(b"=")
        if has_value and key in _KEYS and section == b"options.entry_points":
            yield value.strip().decode("utf-8", "replace")
