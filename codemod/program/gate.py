"""A look at bytes: which files may be scripts that lead to trials.

Nearly all files are no such scripts, and a syntax tree takes fifty times as long as a
look. What passes here is decided by names (reach.py).
"""

from __future__ import annotations

import os
import re
import sys
from collections import deque
from itertools import chain
from typing import NamedTuple

from codemod.program.import_lines import (
    ImportedName,
    import_lines,
    imported_names,
    with_newlines,
)
from codemod.program.libraries import COMMANDS, METHODS, STARTS, TRANSFORMERS
from codemod.program.project import Located, Project, Read
from codemod.program.scripts import console_functions

__all__ = ["Gate", "make_gate"]

# What a file may say: that it starts trials, that it runs functions in threads, which
# are trials where they lead to transformers, and that it uses transformers.
_START, _POOL, _TRANSFORMERS = "start", "pool", "transformers"
_KINDS = (_START, _POOL, _TRANSFORMERS)
_COMMANDS = "commands"  # that it may add some to an application
_THREADED = (b"threads", b"threading", b"sharedmem")
_POOL_WORDS = {
    "concurrent": [("", b"ThreadPool")],
    "joblib": [("", word) for word in _THREADED],
    "multiprocessing": [("", b"ThreadPool"), ("dummy", b"Pool")],
    "threading": [("", b"Thread")],
}
_BY_NAME = (b"import_module", b"__import__")
# Part of a module's name: "models." + name, f"models.{name}".
_PART = rb"""["']([A-Za-z_][\w.]*\.[\w.]*)"""
# A tuner's method that needs no import of its own, and what may tell it beside that.
_OWN_METHODS = [
    (f".{start.name}".encode(), [sign.encode() for sign in start.signs])
    for start in METHODS
    if start.signs or not start.package
]
_MANY = 1_000  # modules that are looked at for one question, and forgotten
_CHUNK = re.compile(rb"^[^\s#)\]}][^\n]*(?:\n(?:[ \t][^\n]*)?(?=\n|\Z))*", re.MULTILINE)
_DEFINING = (b"def ", b"class ", b"async def ", b"import ", b"from ")
_BOUND = re.compile(
    rb"^(?:(?:async[ ]+)?def|class)[ ]+(\w+)|^(\w+)[ ]*(?::[^=\n]*)?=", re.MULTILINE
)
_TARGET = re.compile(rb"\A\w+[ ]*(?::[^=\n]*)?=(?!=)")
_WORD = re.compile(rb"\w+")


_Words = dict[str, list[tuple[str, bytes]]]
"""What a file says besides the import of a library's root: the module below that, and
what is taken from there."""


def _start_words() -> _Words:
    found = {"hydra": [("", b"main")]}
    for start in (*STARTS, *METHODS):
        root, _, module = start.package.partition(".")
        if root:
            found.setdefault(root, []).append((module, start.name.encode()))
    return found


_START_WORDS = _start_words()


class _Imports(NamedTuple):
    """What the import lines of a file say.

    Attributes:
        parts: Those parts of all names that are a library's.
        names: The imported names, by what they are bound to.
    """

    parts: frozenset[str]
    names: dict[str, list[ImportedName]]


_Node = tuple[str, str]
"""A file, and a name that it imports; without a name, the file as a whole."""


class Gate:
    """Passes files that may be scripts with trials; remembers the modules it met.

    Args:
        project: Finds and reads first-party modules.
        own: Modules that the settings name as libraries that start trials.
        transformers: Modules that count as transformers.
    """

    def __init__(
        self,
        project: Project,
        own: tuple[str, ...] = (),
        transformers: frozenset[str] = TRANSFORMERS,
    ) -> None:
        self.project = project
        roots = {name.partition(".")[0] for name in own}
        self._words = _START_WORDS | {root: [("", b"")] for root in roots}
        self._transformers = {name.partition(".")[0] for name in transformers}
        words = self._words | _POOL_WORDS
        modules = {module for of in words.values() for module, _ in of}
        self._parts = words.keys() | modules | self._transformers
        self._imports: dict[str, _Imports] = {}
        self._said: dict[tuple[str, str], bool] = {}
        self._targets: dict[_Node, list[_Node]] = {}
        self._users: dict[_Node, list[_Node]] = {}
        self._signed: dict[str, set[_Node]] = {kind: set() for kind in _KINDS}
        self._clear: dict[str, set[_Node]] = {kind: set() for kind in _KINDS}

    def passes(self, path: str, data: bytes) -> bool:
        """Tell whether a file may be a script that leads to a trial start.

        One that imports a tuner may: if it cannot be read, somebody wants to know.

        Args:
            path: Where it is, or would be.
            data: Its bytes.
        """
        path = os.path.abspath(path)
        return self._is_script(path, data) and self.leads(path, data)

    def leads(self, path: str, data: bytes) -> bool:
        """Tell whether what is run, such as a notebook, may lead to a trial start.

        Args:
            path: Where it is, or would be; an absolute path.
            data: Its bytes, or the code in them.
        """
        if not self._imports_of(path, data).parts.isdisjoint(self._words):
            return True
        node = path, ""
        return (
            self._reaches(node, _START, data)
            or self._imports_by_name(path, data)
            or (self._reaches(node, _POOL) and self._reaches(node, _TRANSFORMERS))
        )

    def is_signed(self, located: Located) -> bool:
        """Tell whether a module, or what it imports, has a sign of a trial start.

        Args:
            located: The module, and what is meant in it: of a package's ``__init__.py``
                a name that it imports only counts by itself.
        """
        node = self._node(located)
        return self._reaches(node, _START) or self._reaches(node, _POOL)

    def may_add_commands(self, located: Located) -> bool:
        """Tell whether a signed module may add commands to an application."""
        if not self.is_signed(located):
            return False
        return self._says((located.path, ""), _COMMANDS)

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

    def _reaches(self, asked: _Node, kind: str, data: bytes | None = None) -> bool:
        """Whether a file, or what it imports, says something.

        It stops at the first sign; what it met by then is looked at again if somebody
        asks about it, but for many files, which are settled once and for all.
        """
        signed, clear = self._signed[kind], self._clear[kind]
        waiting, seen, looks = deque([asked]), {asked}, 0
        while waiting and (asked not in signed or looks > _MANY):
            node = waiting.popleft()
            looks += 1
            if self._says(node, kind, data if node == asked else None):
                self._mark(node, kind)
                continue
            for target in self._targets_of(node):
                if target in signed:
                    self._mark(node, kind)
                    break
                if target not in seen and target not in clear:
                    seen.add(target)
                    waiting.append(target)
        if not waiting:
            clear |= seen - signed
        return asked in signed

    def _says(self, node: _Node, kind: str, data: bytes | None = None) -> bool:
        """Whether a file says something itself; a name that it imports does not."""
        path, name = node
        if name:
            return False
        if (path, kind) not in self._said:
            if data is None:
                data = self.project.data(path) or b""
            parts = self._at_hand(path, self._imports_of(path, data))
            if kind == _COMMANDS:
                adds = any(f".{name}".encode() in data for name in COMMANDS)
                self._said[path, kind] = adds
            elif kind == _TRANSFORMERS:
                uses = not parts.isdisjoint(self._transformers)
                self._said[path, kind] = uses or self._imports_by_name(path, data)
            else:  # both from one reading
                self._said[path, _START] = _says_start(data, parts, self._words)
                self._said[path, _POOL] = _says_word(data, parts, _POOL_WORDS)
        return self._said[path, kind]

    def _imports_by_name(self, path: str, data: bytes) -> bool:
        """Whether a file imports first-party modules by names that it makes."""
        if not any(sign in data for sign in _BY_NAME):
            return False
        names = {name.decode("ascii", "replace") for name in re.findall(_PART, data)}
        parts = (tuple(filter(None, name.split("."))) for name in names)
        return any(self.project.locate(path, 0, one) for one in parts)

    def _targets_of(self, node: _Node) -> list[_Node]:
        """What a file, or a name in it, imports."""
        if node in self._targets:
            return self._targets[node]
        path, name = node
        targets = self._targets[node] = list[_Node]()
        found = self._imports_of(path).names
        for level, parts, _ in found[name] if name else chain(*found.values()):
            if located := self.project.locate(path, level, parts):
                target = self._node(located)
                targets.append(target)
                self._users.setdefault(target, []).append(node)
        return targets

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
            self._imports[path] = _Imports(frozenset(parts), names)
        return self._imports[path]

    def _at_hand(self, path: str, found: _Imports) -> set[str]:
        """The parts of the names that a file imports, those by ``*`` included."""
        parts = set(found.parts)
        for level, name, _ in found.names.get("*", ()):
            located = self.project.locate(path, level, name[:-1])
            if located and not located.rest:
                parts |= self._imports_of(located.path).parts
        return parts

    def _mark(self, node: _Node, kind: str) -> None:
        """Note a sign for a file and for all that import it."""
        stack = [node]
        while stack:
            here = stack.pop()
            if here not in self._signed[kind]:
                self._signed[kind].add(here)
                stack += self._users.get(here, ())


def _says_start(data: bytes, parts: set[str], words: _Words) -> bool:
    """Whether a file says what starts trials, by a library's name or a method's own."""
    return _says_word(data, parts, words) or any(
        name in data and (not signs or any(sign in data for sign in signs))
        for name, signs in _OWN_METHODS
    )


def _says_word(data: bytes, parts: set[str], words: _Words) -> bool:
    """Whether a file with imports of some parts says a word that goes with them."""
    return any(
        name in data
        and (not module or module in parts or f"{root}.{module}".encode() in data)
        for root in parts & words.keys()
        for module, name in words[root]
    )


def make_gate(
    read: Read | None, hpo: tuple[str, ...] = (), transformers: tuple[str, ...] = ()
) -> Gate:
    """The gate of a run, with the libraries of its settings; see `Judge`."""
    project = Project(read, frozenset((*hpo, *transformers)))
    return Gate(project, hpo, TRANSFORMERS.union(transformers))


def _runs(data: bytes) -> bool:
    """Whether code at module level calls what the file defines, assigns or imports.

    Most modules only make a logger there. A module is cut into what starts at the left
    margin, with the indented lines below; calls of names from the standard library
    start nothing.
    """
    data = with_newlines(data)
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
