"""Looks into first-party modules: does the helper that a script imports parse?"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable

from codemod.program.imports import Project
from codemod.program.parsing import Module
from codemod.python import source
from codemod.python.source import SourceError
from codemod.python.tree import Binding

__all__ = ["Answers", "FirstParty"]

# Modules that pass a helper on, one after the other; a longer chain is no helper's.
_MOST_MODULES = 20
# A module is asked about several functions in a row; keeping all trees would let the
# memory grow with the number of modules.
_KEPT_TREES = 8

_Question = tuple[str, str, tuple[str, ...]]


class Answers:
    """What is known of the functions of first-party modules.

    A question is a file, a function's name, and where imports are searched.

    While a question is answered, what it leads to is asked at most once: what imports
    itself in a circle counts as not parsing there, and is forgotten afterwards unless
    the whole question was answered with no.
    """

    def __init__(self) -> None:
        self._known: dict[_Question, bool] = {}
        self._open: list[_Question] = []
        self._refuted: list[_Question] = []
        self._trees: dict[str, ast.Module] = {}

    def answer(self, key: _Question, find_out: Callable[[], bool]) -> bool:
        """Return the answer to a question, found out if it is not known."""
        if key in self._known:
            return self._known[key]
        if len(self._open) >= _MOST_MODULES:
            return False
        self._known[key] = False  # what a circle finds
        self._open.append(key)
        found = True
        try:
            found = self._known[key] = find_out()
        finally:
            self._open.pop()
            if not self._known[key]:
                self._refuted.append(key)
            if not self._open:
                for refuted in self._refuted if found else ():
                    del self._known[refuted]
                self._refuted.clear()
        return found

    def tree(self, file: str, data: bytes) -> ast.Module:
        """Return a module's syntax tree, which is kept for the next questions.

        Raises:
            SourceError: It cannot be read as Python.
        """
        tree = self._trees.pop(file, None) or source.parse(data).tree
        self._trees[file] = tree
        if len(self._trees) > _KEPT_TREES:
            del self._trees[next(iter(self._trees))]
        return tree


class FirstParty:
    """The resolver of one script; answers are remembered for the whole run.

    Args:
        project: Finds and reads the first-party modules.
        path: The file that imports from them.
        answers: What is known already, shared between scripts.
        script: The script whose folders are searched; ``path`` where it is left out.
        data: The bytes of ``path``, where they are at hand.
    """

    def __init__(
        self,
        project: Project,
        path: str,
        answers: Answers,
        script: str | None = None,
        data: bytes | None = None,
    ) -> None:
        self._project = project
        self._path = path
        self._answers = answers
        self._script = script or path
        self._data = data

    def is_module(self, binding: Binding) -> bool:
        """Whether a binding is a first-party module rather than an object in one."""
        name = f"{binding.module}.{binding.name}".strip(".")
        return bool(binding.name) and self._file(name, binding.level) is not None

    def parses(self, binding: Binding, name: str) -> bool:
        """Whether the function ``name`` of a binding's module really parses."""
        module, parts = binding.module, name.split(".")
        while True:
            file = self._file(module, binding.level)
            if file is not None and self._function_parses(file, ".".join(parts)):
                return True
            if len(parts) == 1:
                return False
            # `from package import cli` and `cli.get_args()`: cli is a module.
            module = f"{module}.{parts.pop(0)}".strip(".")

    def _file(self, module: str, level: int) -> str | None:
        """The file of a module; ``None`` where it is not first-party."""
        if self._data is not None:
            self._project.scan(self._path, self._data)  # or it would be read again
            self._data = None
        dotted = "." * level + module
        files = self._project.resolve(self._path, dotted, self._script)
        if not files:
            return None
        # resolve() goes as far as there are modules, which may be less than asked.
        name = module.rpartition(".")[2]
        stem = os.path.splitext(os.path.basename(files[-1]))[0]
        folder = os.path.basename(os.path.dirname(files[-1]))
        return files[-1] if not name or name in (stem, folder) else None

    def _function_parses(self, file: str, name: str) -> bool:
        key = (file, name, self._project.search_path(self._script))
        return self._answers.answer(key, lambda: self._work_out(file, name))

    def _work_out(self, file: str, name: str) -> bool:
        data = self._project.read(file)
        if data is None:
            return False
        if name.rpartition(".")[2].encode() not in data and b"import *" not in data:
            return False
        resolver = FirstParty(self._project, file, self._answers, self._script)
        try:
            tree = self._answers.tree(file, data)
            return Module(tree, resolver).function_parses(name)
        except (SourceError, RecursionError):
            return False  # what is wrong with a module is no error of the script
