"""Paths that a module builds from its own ``__file__``, read without running it.

Two things matter to a search: what a script adds to ``sys.path``, since its modules
are found there, and the folder of a Hydra application's configuration. Both are
usually written through a constant::

    ROOT = Path(__file__).resolve().parents[1]
    sys.path.insert(0, str(ROOT / "src"))

so the few functions that such paths are built with are evaluated here, on text.
"""

from __future__ import annotations

import ast
import contextlib
import posixpath
import warnings
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["ConfigFile", "configs", "search_path"]

# Stands for the module's own file in a path; its folder is then ".".
_FILE = "\0file"

# Functions and methods that leave a path what it is, for this purpose.
_SAME = frozenset(
    {
        "Path",
        "PosixPath",
        "PurePath",
        "abspath",
        "absolute",
        "as_posix",
        "expanduser",
        "fspath",
        "normpath",
        "realpath",
        "resolve",
        "str",
    }
)
_JOIN = frozenset({"join", "joinpath"})
# The nodes that can say something.
_READ = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Call)
# How many constants are followed, one defined by the other, before giving up.
_DEPTH = 8
# How many expressions of a module are evaluated: constants that are made of constants
# that are made of constants would multiply.
_MOST_STEPS = 10_000
# "sys.path.insert(0, x)", "sys.path.append(x)", "site.addsitedir(x)".
_ADDING = {"sys.path.insert": 1, "sys.path.append": 0, "site.addsitedir": 0}
# Hydra's functions whose first argument is a config_path. Only of main is the second
# one the config_name; the others leave that to a later call. Under an alias, they
# are known by the keyword.
_CONFIGURING = frozenset({"main", "initialize", "initialize_config_dir"})


class ConfigFile(NamedTuple):
    """Where a Hydra application says that its configuration is.

    Attributes:
        folder: The ``config_path``, relative to the module's folder.
        name: The ``config_name`` without a suffix, or ``""`` when it is not literal.
    """

    folder: str
    name: str


def search_path(source: bytes) -> tuple[str, ...]:
    """Return what a module adds to ``sys.path``.

    The paths are relative to the module's folder, with forward slashes, and normalised.
    Nothing is raised; what is not literal, or not built from ``__file__``, is left out.
    """
    return tuple(dict.fromkeys(_read(source).search_path))


def configs(source: bytes) -> tuple[ConfigFile, ...]:
    """Return the configurations that ``hydra.main`` and its like are given.

    Paths are as for :func:`search_path`.
    """
    if b"hydra" not in source or not (b"config_path" in source or b"main(" in source):
        return ()
    return tuple(dict.fromkeys(_read(source).configs))


def _read(source: bytes) -> _Reader:
    reader = _Reader()
    for tree in _trees(source):
        nodes = [node for node in ast.walk(tree) if isinstance(node, _READ)]
        for node in nodes:
            reader.learn(node)
        with contextlib.suppress(RecursionError):  # no path is nested so deeply
            for node in nodes:
                reader.visit(node)
    return reader


def _trees(source: bytes) -> Iterator[ast.AST]:
    """Yield the module's tree or, where ``ast`` refuses it, those of its lines."""
    tree = _parse(source)
    if tree is not None:
        yield tree
        return
    wanted = (b"__file__", b"sys.path", b"config_path")
    lines = [
        line.strip()
        for line in source.splitlines()
        if any(word in line for word in wanted) and not line.lstrip().startswith(b"#")
    ]
    # A decorator needs a function.
    bodies = [line + b"\ndef f(): 0" if line[:1] == b"@" else line for line in lines]
    trees = [tree for body in bodies if (tree := _parse(body)) is not None]
    yield ast.Module([node for tree in trees for node in tree.body], [])


def _parse(source: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module's, which are not our user's
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class _Reader:
    """Collects the paths of one module.

    Attributes:
        search_path: The folders added to ``sys.path``.
        configs: The Hydra configurations.
    """

    def __init__(self) -> None:
        self.search_path: list[str] = []
        self.configs: list[ConfigFile] = []
        self._constants: dict[str, ast.expr] = {}
        self._steps = 0

    def learn(self, node: ast.AST) -> None:
        """Remember what a name stands for; the first assignment counts."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._constants.setdefault(target.id, node.value)
        elif (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.value
        ):
            self._constants.setdefault(node.target.id, node.value)

    def visit(self, node: ast.AST) -> None:
        """Take the paths that a statement or call adds."""
        if isinstance(node, ast.AugAssign) and _dotted(node.target) == "sys.path":
            self._add(_items(node.value))
        elif isinstance(node, ast.Call):
            name = _dotted(node.func)
            if name == "sys.path.extend":
                self._add(item for argument in node.args for item in _items(argument))
            elif name in _ADDING:
                self._add(node.args[_ADDING[name] :][:1])
            else:
                self._visit_config(node, name.rpartition(".")[2])

    def _add(self, expressions: Iterable[ast.expr]) -> None:
        for expression in expressions:
            path = self._path(expression, _DEPTH)
            if path is not None and _FILE in path:
                folder = _relative(path)
                if folder.isprintable():  # no system has others, such as _FILE itself
                    self.search_path.append(folder)

    def _visit_config(self, node: ast.Call, name: str) -> None:
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        positional = node.args if name in _CONFIGURING else []
        folder = keywords.get("config_path", positional[0] if positional else None)
        path = self._path(folder, _DEPTH) if folder is not None else None
        if path is None or path.startswith("/"):
            return
        primary = keywords.get("config_name")
        if primary is None and name == "main" and len(positional) > 1:
            primary = positional[1]
        named = self._path(primary, _DEPTH) if primary is not None else None
        place = _relative(path)
        if place.endswith((".yaml", ".yml")):  # Hydra 0.x: one path for both.
            place, named = posixpath.split(place)
        if place.isprintable():
            self.configs.append(ConfigFile(place or ".", _stem(named or "")))

    def _path(self, node: ast.expr, depth: int) -> str | None:
        """Evaluate an expression to a path, or None; ``depth`` bounds the names."""
        self._steps += 1
        if self._steps > _MOST_STEPS:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return _FILE
            value = self._constants.get(node.id)
            return self._path(value, depth - 1) if value is not None and depth else None
        if isinstance(node, ast.Attribute):
            return self._attribute(node, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
            return self._joined(
                [node.left, node.right],
                depth,
                "/" if isinstance(node.op, ast.Div) else "",
            )
        if isinstance(node, ast.JoinedStr):
            return self._joined(node.values, depth, "")
        if isinstance(node, ast.FormattedValue):
            return self._path(node.value, depth)
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        return None

    def _joined(
        self, nodes: Iterable[ast.expr], depth: int, separator: str
    ) -> str | None:
        parts = [self._path(node, depth) for node in nodes]
        if not parts or None in parts:
            return None
        return separator.join(part for part in parts if part is not None)

    def _attribute(self, node: ast.Attribute, depth: int) -> str | None:
        if node.attr == "parent":
            return _parent(self._path(node.value, depth), 1)
        return {"pardir": "..", "curdir": ".", "sep": "/"}.get(node.attr)

    def _subscript(self, node: ast.Subscript, depth: int) -> str | None:
        """Evaluate ``path.parents[n]``."""
        index = node.slice
        if (
            isinstance(node.value, ast.Attribute)
            and node.value.attr == "parents"
            and isinstance(index, ast.Constant)
            and isinstance(index.value, int)
            and index.value >= 0
        ):
            return _parent(self._path(node.value.value, depth), index.value + 1)
        return None

    def _call(self, node: ast.Call, depth: int) -> str | None:
        name = _last(node.func)
        # A method of a path has the path before its dot; os.path has none.
        owner = None
        if isinstance(node.func, ast.Attribute):
            owner = self._path(node.func.value, depth)
        if name in _JOIN or (name in _SAME and len(node.args) > 1):
            parts = [self._path(argument, depth) for argument in node.args]
            if owner is not None:
                parts.insert(0, owner)
            known = [part for part in parts if part is not None]
            return "/".join(known) if known and len(known) == len(parts) else None
        subject = owner
        if subject is None and node.args:
            subject = self._path(node.args[0], depth)
        if name == "dirname":
            return _parent(subject, 1)
        return subject if name in _SAME else None


def _parent(path: str | None, levels: int) -> str | None:
    """Return the path ``levels`` folders up; :func:`_relative` does the sums."""
    return None if path is None else (path or ".") + "/.." * levels


def _relative(path: str) -> str:
    """Return a normalised path from the module's folder.

    ``file/..`` is that folder, ``file/../..`` the one above.
    """
    if path.startswith("pkg://"):  # Hydra: a package on sys.path, not a folder.
        return path
    return posixpath.normpath(path[path.find(_FILE) :] if _FILE in path else path)


def _stem(name: str) -> str:
    return name.removesuffix(".yaml").removesuffix(".yml")


def _items(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.List | ast.Tuple) else []


def _last(node: ast.expr) -> str:
    return _dotted(node).rpartition(".")[2] or getattr(node, "attr", "")


def _dotted(node: ast.expr) -> str:
    """Return ``a.b.c`` for names and attributes, ``""`` for anything else."""
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value)
        return f"{owner}.{node.attr}" if owner else ""
    return node.id if isinstance(node, ast.Name) else ""
