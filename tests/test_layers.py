"""Imports between the packages go downwards only, and in no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent / "codemod"
LAYERS = [
    {"python", "runtime", "errors", "signals"},
    {"search", "settings"},
    {"program"},
    {"edits"},
    {"run"},
    {"report"},
    {"verify", "api", "commands", "schema", "help", "cli"},
    {"__main__"},
]
EDITS = {"edits.guard", "edits.protobuf_env", "edits.thread_safety"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the package: its dotted name below codemod, and its tree."""
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        yield name.removesuffix(".__init__"), ast.parse(path.read_bytes())


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules of the package that a module imports, wherever it does so.

    Those for type checkers alone are left out: a unit knows its module, and a module
    its units, but only one of them imports the other.
    """
    unseen = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for stmt in node.body
        for inner in ast.walk(stmt)
    }
    for node in ast.walk(tree):
        if id(node) in unseen:
            continue
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "codemod" and len(parts) > 1:
                yield _module(parts[1:])


def _module(parts: list[str]) -> str:
    """The longest part of a name that is a module."""
    while parts:
        path = ROOT.joinpath(*parts)
        if path.with_suffix(".py").exists() or (path / "__init__.py").exists():
            return ".".join(parts)
        parts = parts[:-1]
    return "__init__"


def floor(module: str) -> int:
    """How high a module is; the package itself is everybody's."""
    package = module.partition(".")[0]
    return next((i for i, names in enumerate(LAYERS) if package in names), -1)


def test_every_package_has_its_floor() -> None:
    """A new package is put into the list above."""
    packages = {name.partition(".")[0] for name, _ in modules()} - {"__init__"}
    assert packages <= set().union(*LAYERS)


def test_imports_go_downwards() -> None:
    """From a floor to itself or to a lower one."""
    wrong = {
        (name, target)
        for name, tree in modules()
        for target in imported(tree)
        if name != "__init__" and floor(target) > floor(name)
    }
    assert wrong == set()


def test_nothing_goes_in_a_circle() -> None:
    """Not even where an import is put off until a function is called."""
    graph = {name: set(imported(tree)) - {name} for name, tree in modules()}
    graph.pop("__init__")
    assert list(TopologicalSorter(graph).static_order())


def test_nothing_imports_an_edit_but_the_registry() -> None:
    """What works on edits works on any; the proof runs the texts of two of them."""
    wrong = {
        (name, target)
        for name, tree in modules()
        for target in EDITS.intersection(imported(tree))
        if name not in {"edits.registry", "edits.thread_safety"}
        if not name.startswith("verify")
    }
    assert wrong == set()


def test_the_runtime_imports_nothing_else_of_ours() -> None:
    """It is installed where the trials run, and nothing else of this tool works."""
    for name, tree in modules():
        if name.partition(".")[0] == "runtime":
            assert {m.partition(".")[0] for m in imported(tree)} <= {"runtime"}
