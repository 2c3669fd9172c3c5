"""A look at bytes: which files may be scripts that lead to trials.

Nearly all files are no such scripts, and a syntax tree takes fifty times as long as a
look. What passes here is decided by names (reach.py).
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

from codemod.program.libraries import METHODS, STARTS
from codemod.program.project import Project
from codemod.program.scripts import console_functions

__all__ = ["Gate"]

# What runs functions in threads, or a tuner's method that needs no import of its own.
_SIGNS = (
    b"ThreadPool",
    b"Thread(",
    b"hyperparameter_search",
    b"n_trials",
    b"show_prog",
)
# Imports that may matter: the libraries, Hydra (its configuration may name a sweeper),
# and what runs functions in threads, or modules whose names are strings.
_ROOTS = frozenset(
    {start.package.partition(".")[0] for start in (*STARTS, *METHODS)} - {""}
    | {"hydra", "joblib"}
)
_LINE = re.compile(
    rb"(?:\A(?:\xef\xbb\xbf)?|[\n\r;])[ \t\f]*(?:from|import)[ \t.][^\n\r;]*"
)
_BY_STRING = re.compile(rb"""(?:import_module|__import__)\(\s*["']([\w.]+)["']""")
_CHUNK = re.compile(rb"^[^\s#)\]}][^\n]*(?:\n(?:[ \t][^\n]*)?(?=\n|\Z))*", re.MULTILINE)
_DEFINING = (b"def ", b"class ", b"async def ", b"import ", b"from ")
_BOUND = re.compile(
    rb"^(?:(?:async[ ]+)?def|class)[ ]+(\w+)|^(\w+)[ ]*(?::[^=\n]*)?=", re.MULTILINE
)
_TARGET = re.compile(rb"\A\w+[ ]*(?::[^=\n]*)?=(?!=)")
_WORD = re.compile(rb"\w+")
_MOST = 4_000  # bytes of a list of names in parentheses


class Gate:
    """Passes files that may be scripts with trials; remembers the modules it met.

    Args:
        project: Finds and reads first-party modules.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._met: set[str] = set()
        self._signed: set[str] = set()
        self._users: dict[str, list[str]] = {}

    def passes(self, path: str, data: bytes) -> bool:
        """Tell whether a file may be a script that leads to a trial start.

        Args:
            path: Where it is, or would be.
            data: Its bytes.
        """
        path = os.path.abspath(path)
        return self._is_script(path, data) and self._leads(path, data)

    def has_sign(self, data: bytes) -> bool:
        """Tell whether bytes, such as a notebook's, mention what starts trials."""
        return any(sign in data for sign in (*_SIGNS, *map(str.encode, _ROOTS)))

    def is_signed(self, path: str) -> bool:
        """Tell whether a module, or what it imports, has a sign of a trial start."""
        if path not in self._met:
            self._leads(path, self.project.data(path) or b"")
        return path in self._signed

    def _is_script(self, path: str, data: bytes) -> bool:
        """Whether somebody can run a file, rather than import it.

        Python does not run a file with relative imports as a script.
        """
        if b"__main__" in data or b"def main(" in data:
            return True
        if os.path.basename(path) == "__main__.py":
            return True
        if b"\nfrom ." not in data and _runs(data):
            return True
        return bool(console_functions(self.project, path))

    def _leads(self, path: str, data: bytes) -> bool:
        """Whether a file, or what it imports, has a sign of a trial start."""
        waiting = [(path, data)] if self._is_new(path) else []
        while waiting:
            here, content = waiting.pop()
            if any(sign in content for sign in _SIGNS):
                self._mark(here)
                continue
            for level, parts in _imports(content):
                if not level and parts[0] in _ROOTS:
                    self._mark(here)
                    break
                located = self.project.locate(here, level, parts)
                if located is None:
                    continue
                target = located.path
                self._users.setdefault(target, []).append(here)
                if target in self._signed:
                    self._mark(here)
                    break
                if self._is_new(target):
                    waiting.append((target, self.project.data(target) or b""))
        return path in self._signed

    def _is_new(self, path: str) -> bool:
        if path in self._met:
            return False
        self._met.add(path)
        return True

    def _mark(self, path: str) -> None:
        """Note a sign for a file and for all that import it."""
        stack = [path]
        while stack:
            here = stack.pop()
            if here not in self._signed:
                self._signed.add(here)
                stack += self._users.get(here, ())


def _runs(data: bytes) -> bool:
    """Whether code at module level calls what the file defines, assigns or imports.

    Most modules only make a logger there. A module is cut into what starts at the left
    margin, with the indented lines below; calls of names from the standard library
    start nothing.
    """
    bound = {name for match in _BOUND.finditer(data) for name in match.groups() if name}
    for line in _LINE.finditer(data):
        words = line.group().split()
        root = words[1].partition(b".")[0].decode("ascii", "replace")
        if root not in sys.stdlib_module_names:
            bound.update(_WORD.findall(line.group()))
            if line.group().rstrip().endswith((b"(", b"*")):
                return True  # who knows what names follow
    for chunk in _CHUNK.finditer(data):
        text = chunk.group()
        if text.startswith(_DEFINING):
            continue
        # Called, or handed over, or an item of what is called: TASKS["tune"]().
        if b"(" in text and not bound.isdisjoint(_WORD.findall(_TARGET.sub(b"", text))):
            return True
    return False


def _imports(data: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The dotted names that the import lines of a file mention, and their dots."""
    for match in _LINE.finditer(data):
        line = match.group().strip(b"\xef\xbb\xbf \t\f\r\n;")
        if line.startswith(b"import"):
            for item in line[6:].split(b","):
                if words := item.split():
                    yield 0, _parts(words[0])
            continue
        module, found, names = line[4:].partition(b" import")
        if not found:
            continue
        if b"(" in names and b")" not in names:
            end = data.find(b")", match.end(), match.end() + _MOST)
            names += data[match.end() : end]
        module = module.strip()
        dots = len(module) - len(module.lstrip(b"."))
        parts = _parts(module[dots:])
        if dots or parts:
            yield dots, parts
            for item in names.strip(b"( \t").split(b","):
                if words := item.split():
                    yield dots, (*parts, *_parts(words[0]))
    for match in _BY_STRING.finditer(data) if b"import_" in data else ():
        name = match[1]
        level = len(name) - len(name.lstrip(b"."))
        if parts := _parts(name):
            yield level, parts


def _parts(name: bytes) -> tuple[str, ...]:
    text = name.decode("utf-8", "replace")
    return tuple(part for part in text.split(".") if part)
