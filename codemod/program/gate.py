"""A look at bytes: which files may be scripts that lead to trials.

Nearly all files are no such scripts, and a syntax tree takes fifty times as long as a
look. What passes here is decided by names (reach.py).
"""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from typing import NamedTuple

from codemod.program.import_lines import ImportedName, import_lines, imported_names
from codemod.program.libraries import COMMANDS, METHODS, STARTS
from codemod.program.project import Located, Project, Read
from codemod.program.scripts import console_functions

__all__ = ["Gate", "make_gate"]

# What runs functions in threads, or a tuner's method that needs no import of its own.
_SIGNS = (
    b"ThreadPool",
    b"Thread(",
    *(f".{start.name}".encode() for start in METHODS if not start.package),
    # But `n_jobs`, which others take too.
    *(key.encode() for start in METHODS for key in start.signs if key != "n_jobs"),
)
_THREADED = (b"threads", b"threading", b"sharedmem")
_MANY = 1_000  # modules that are looked at for one question, and forgotten
_CHUNK = re.compile(rb"^[^\s#)\]}][^\n]*(?:\n(?:[ \t][^\n]*)?(?=\n|\Z))*", re.MULTILINE)
_DEFINING = (b"def ", b"class ", b"async def ", b"import ", b"from ")
_BOUND = re.compile(
    rb"^(?:(?:async[ ]+)?def|class)[ ]+(\w+)|^(\w+)[ ]*(?::[^=\n]*)?=", re.MULTILINE
)
_TARGET = re.compile(rb"\A\w+[ ]*(?::[^=\n]*)?=(?!=)")
_WORD = re.compile(rb"\w+")


def _words() -> dict[str, list[tuple[str, bytes]]]:
    """What a file says, besides the import of a library, if it starts trials.

    The module below the library's root, and what is taken from there.
    """
    found = {
        "hydra": [("", b"main")],
        "joblib": [("", word) for word in _THREADED],
        "multiprocessing": [("dummy", b"Pool")],
    }
    for start in (*STARTS, *METHODS):
        root, _, module = start.package.partition(".")
        if root:
            found.setdefault(root, []).append((module, start.name.encode()))
    return found


_WORDS = _words()


class _Imports(NamedTuple):
    """What the import lines of a file say.

    Attributes:
        parts: Those parts of all names that are a library's.
        names: The imported names, by what they are bound to.
        adds_commands: Whether it may add commands to an application.
    """

    parts: frozenset[str]
    names: dict[str, list[ImportedName]]
    adds_commands: bool


_Node = tuple[str, str]
"""A file, and a name that it imports; without a name, the file as a whole."""


class Gate:
    """Passes files that may be scripts with trials; remembers the modules it met.

    Args:
        project: Finds and reads first-party modules.
        own: Modules that the settings name as libraries that start trials.
    """

    def __init__(self, project: Project, own: tuple[str, ...] = ()) -> None:
        self.project = project
        self._words = _WORDS | {name.partition(".")[0]: [("", b"")] for name in own}
        modules = (m for of in self._words.values() for m, _ in of)
        self._parts = self._words.keys() | modules
        self._imports: dict[str, _Imports] = {}
        self._targets: dict[_Node, list[_Node]] = {}
        self._users: dict[_Node, list[_Node]] = {}
        self._signed: set[_Node] = set()
        self._clear: set[_Node] = set()

    def passes(self, path: str, data: bytes) -> bool:
        """Tell whether a file may be a script that leads to a trial start.

        One that imports a tuner may: if it cannot be read, somebody wants to know.

        Args:
            path: Where it is, or would be.
            data: Its bytes.
        """
        path = os.path.abspath(path)
        if not self._is_script(path, data):
            return False
        tuners = self._imports_of(path, data).parts & self._words.keys()
        return bool(tuners) or self._leads((path, ""), data)

    def has_sign(self, data: bytes) -> bool:
        """Tell whether bytes, such as a notebook's, mention what starts trials."""
        return any(sign in data for sign in (*_SIGNS, *map(str.encode, self._words)))

    def is_signed(self, located: Located) -> bool:
        """Tell whether a module, or what it imports, has a sign of a trial start.

        Args:
            located: The module, and what is meant in it: of a package's ``__init__.py``
                a name that it imports only counts by itself.
        """
        return self._leads(self._node(located))

    def may_add_commands(self, located: Located) -> bool:
        """Tell whether a signed module may add commands to an application."""
        if not self.is_signed(located):
            return False
        return self._imports_of(located.path).adds_commands

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

    def _leads(self, asked: _Node, data: bytes | None = None) -> bool:
        """Whether a file, or what it imports, has a sign of a trial start.

        It stops at the first sign; what it met by then is looked at again if somebody
        asks about it, but for many files, which are settled once and for all.
        """
        waiting, seen, looks = deque([asked]), {asked}, 0
        while waiting and (asked not in self._signed or looks > _MANY):
            node = waiting.popleft()
            looks += 1
            for target in self._targets_of(node, data if node == asked else None):
                if target in self._signed:
                    self._mark(node)
                    break
                if target not in seen and target not in self._clear:
                    seen.add(target)
                    waiting.append(target)
        if not waiting:
            self._clear |= seen - self._signed
        return asked in self._signed

    def _targets_of(self, node: _Node, data: bytes | None) -> list[_Node]:
        """What a file imports; nothing where it has a sign itself."""
        if node in self._targets:
            return self._targets[node]
        path, name = node
        if data is None and not (name and path in self._imports):
            data = self.project.data(path) or b""
        found = self._imports_of(path, data)
        targets = self._targets[node] = list[_Node]()
        if not name and self._has_sign(self._at_hand(path, found), data or b""):
            self._mark(node)
            return targets
        names = [found.names[name]] if name else found.names.values()
        for level, parts, _ in (one for ones in names for one in ones):
            if located := self.project.locate(path, level, parts):
                target = self._node(located)
                targets.append(target)
                self._users.setdefault(target, []).append(node)
        return targets

    def _has_sign(self, parts: set[str], data: bytes) -> bool:
        if any(sign in data for sign in _SIGNS):
            return True
        if b".optimize" in data and b"n_jobs" in data:
            return True
        return any(
            name in data
            and (not module or module in parts or f"{root}.{module}".encode() in data)
            for root in parts & self._words.keys()
            for module, name in self._words[root]
        )

    def _node(self, located: Located) -> _Node:
        path, rest = located
        if rest and path.endswith("__init__.py"):
            names = self._imports_of(path).names
            if rest[0] in names:
                return path, rest[0]
        return path, ""

    def _imports_of(self, path: str, data: bytes | None = None) -> _Imports:
        """What a file imports, read once."""
        if path not in self._imports:
            names: dict[str, list[ImportedName]] = {}
            parts: set[str] = set()
            if data is None:
                data = self.project.data(path) or b""
            for one in imported_names(data):
                names.setdefault(one.alias, []).append(one)
                parts.update(self._parts.intersection(one.parts))
            adds = any(f".{name}".encode() in data for name in COMMANDS)
            self._imports[path] = _Imports(frozenset(parts), names, adds)
        return self._imports[path]

    def _at_hand(self, path: str, found: _Imports) -> set[str]:
        """The parts of the names that a file imports, those by ``*`` included."""
        parts = set(found.parts)
        for level, name, _ in found.names.get("*", ()):
            located = self.project.locate(path, level, name[:-1])
            if located and not located.rest:
                parts |= self._imports_of(located.path).parts
        return parts

    def _mark(self, node: _Node) -> None:
        """Note a sign for a file and for all that import it."""
        stack = [node]
        while stack:
            here = stack.pop()
            if here not in self._signed:
                self._signed.add(here)
                stack += self._users.get(here, ())


def make_gate(
    read: Read | None, hpo: tuple[str, ...] = (), transformers: tuple[str, ...] = ()
) -> Gate:
    """The gate of a run, with the libraries of its settings; see `Judge`."""
    return Gate(Project(read, frozenset((*hpo, *transformers))), hpo)


def _runs(data: bytes) -> bool:
    """Whether code at module level calls what the file defines, assigns or imports.

    Most modules only make a logger there. A module is cut into what starts at the left
    margin, with the indented lines below; calls of names from the standard library
    start nothing.
    """
    bound = {name for match in _BOUND.finditer(data) for name in match.groups() if name}
    for line in import_lines(data):
        root = line.split(None, 2)[1].partition(b".")[0].decode("ascii", "replace")
        if root not in sys.stdlib_module_names:
            bound.update(_WORD.findall(line))
            if line.endswith(b"*"):
                return True  # who knows what names follow
    for chunk in _CHUNK.finditer(data):
        text = chunk.group()
        if text.startswith(_DEFINING):
            continue
        # Called, or handed over, or an item of what is called: TASKS["tune"]().
        if b"(" in text and not bound.isdisjoint(_WORD.findall(_TARGET.sub(b"", text))):
            return True
    return False
