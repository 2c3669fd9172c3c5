"""The console scripts that a package names: ``[project.scripts]`` and its relatives."""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator
from typing import Any

from codemod.program.modules import Project
from codemod.search.toml import TomlError, parse_toml

__all__ = ["console_functions"]

_POETRY = ("tool", "poetry", "scripts")
_TABLES = (("project", "scripts"), ("project", "gui-scripts"), _POETRY)


def console_functions(project: Project, path: str) -> set[str]:
    """The functions of a file that a package around it names as console scripts.

    Args:
        project: Finds modules and reads files.
        path: The file.
    """
    root = project.root(os.path.dirname(path))
    known = project.console.get(root)
    if known is None:
        known = project.console[root] = {}
        for value in _named(project, root):
            module, _, function = value.partition(":")
            function = function.split("[")[0].strip()
            if file := _file(project, root, module.strip()):
                known.setdefault(file, set()).add(function)
    return known.get(path, set())


def _file(project: Project, root: str, module: str) -> str | None:
    importer = os.path.join(root, "setup.py")
    located = project.locate(importer, 0, tuple(module.split(".")))
    return located.path if located and not located.rest else None


def _named(project: Project, root: str) -> Iterator[str]:
    data = project.text(os.path.join(root, "pyproject.toml"))
    if b"scripts" in data:
        yield from _from_toml(data)
    data = project.text(os.path.join(root, "setup.cfg"))
    if b"console_scripts" in data or b"gui_scripts" in data:
        yield from _from_cfg(data)


def _from_toml(data: bytes) -> Iterator[str]:
    try:
        document: Any = parse_toml(data)
    except TomlError:
        return
    for keys in _TABLES:
        table: Any = document
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        for value in table.values() if isinstance(table, dict) else ():
            if isinstance(value, str):
                yield value


def _from_cfg(data: bytes) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(data.decode("utf-8"))
    except (configparser.Error, ValueError):
        return
    for key in ("console_scripts", "gui_scripts"):
        lines = parser.get("options.entry_points", key, fallback="").splitlines()
        for line in lines:
            _, found, value = line.partition("=")
            if found:
                yield value.strip()
