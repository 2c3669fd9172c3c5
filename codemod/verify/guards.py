"""A script's guard, and what running it would do, found without running it.

The probe runs a guard's definition. A guard may have been edited, and a check that
promises not to run the script must not run what an edit put there. So only a definition
that consists of imports from transformers, in ``try`` or ``suppress()`` blocks, is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemod.edits.guard import FUNCTION, extra_names
from codemod.program.imports import Project
from codemod.python import source
from codemod.python.source import SourceError
from codemod.python.tree import Function, bindings, dotted, is_docstring, module_level

__all__ = ["Guard", "definition_of", "find", "is_called", "is_name", "normalised"]

_LIBRARY = "transformers"


@dataclass(frozen=True)
class Guard:
    """What a script does to load transformers before its trials start.

    Attributes:
        source: Its definition, without docstring, comments and layout, so that equal
            guards have equal sources; empty when it cannot be run.
        names: What it imports: ``BertConfig``, ``transformers.onnx.OnnxConfig``.
        rewritable: Whether ``--upgrade`` rewrites it, since no person edited it.
        problem: Why it proves nothing without a run; empty when it can be run.
    """

    source: str = ""
    names: tuple[str, ...] = ()
    rewritable: bool = False
    problem: str = ""


class _RefusedError(Exception):
    """A definition holds something that is not run; the text says what and where."""


def is_name(text: str) -> bool:
    """Whether a text names something of transformers, as in ``Guard.names``."""
    *module, name = text.split(".")
    if module and module[0] != _LIBRARY:
        return False
    return all(part.isidentifier() for part in (*module, name))


def find(path: str, tree: ast.Module, project: Project) -> Guard | None:
    """Find a script's guard: its own, or one that it imports from a first-party module.

    Args:
        path: The script.
        tree: Its syntax tree.
        project: Finds the first-party modules.

    Returns:
        ``None`` when the script has none.
    """
    definition = definition_of(FUNCTION, path, tree, project)
    if definition is None:
        known = bindings(tree).get(FUNCTION) or is_called(FUNCTION, tree)
        return Guard(problem="its definition was not found") if known else None
    if not is_called(FUNCTION, tree):
        return Guard(problem="it is defined but never called")
    try:
        names = tuple(dict.fromkeys(_imports_of(definition)))
    except _RefusedError as refusal:
        return Guard(problem=f"it was edited and is not run here: {refusal}")
    rewritable = extra_names(definition) is not None
    return Guard(normalised(definition), names, rewritable)


def definition_of(
    name: str, path: str, tree: ast.Module, project: Project
) -> Function | None:
    """The definition of a function: the script's own, or a first-party module's.

    Args:
        name: The function.
        path: The script.
        tree: Its syntax tree.
        project: Finds the first-party modules.
    """
    if own := _definition(name, tree):
        return own
    binding = bindings(tree).get(name)
    if binding is None or binding.name is None:
        return None
    # Importing a.b.c runs a/__init__.py and a/b/__init__.py too: the last is meant.
    for file in reversed(project.resolve(path, "." * binding.level + binding.module)):
        data = project.read(file)
        try:
            found = _definition(name, source.parse(data).tree) if data else None
        except SourceError:
            continue
        if found is not None:
            return found
    return None


def _definition(name: str, tree: ast.Module) -> Function | None:
    for stmt in module_level(tree.body):
        if isinstance(stmt, Function) and stmt.name == name:
            return stmt
    return None


def is_called(name: str, tree: ast.Module) -> bool:
    """Whether anything in a module calls a function of this name."""
    return any(
        (dotted(node.func) or "").rpartition(".")[2] == name
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    )


def normalised(definition: Function) -> str:
    """A definition's source without docstring, comments and layout."""
    body = definition.body
    plain = ast.FunctionDef(
        definition.name,
        ast.arguments([], [], None, [], [], None, []),
        [*(body[1:] if is_docstring(body[0]) else body)] or [ast.Pass()],
        [],
        None,
        None,
    )
    return ast.unparse(ast.fix_missing_locations(plain)) + "\n"


def _imports_of(definition: Function) -> Iterator[str]:
    if not isinstance(definition, ast.FunctionDef):
        raise _RefusedError("it is an async function")
    if definition.decorator_list:
        raise _RefusedError("it has a decorator")
    if any(ast.iter_child_nodes(definition.args)):
        raise _RefusedError("it takes arguments")
    yield from _imports(definition.body)


def _imports(body: Sequence[ast.stmt]) -> Iterator[str]:
    for stmt in body:
        if isinstance(stmt, ast.Try):
            yield from _imports(stmt.body)
            for handler in stmt.handlers:
                _check_handler(handler)
                yield from _imports(handler.body)
            yield from _imports(stmt.orelse)
            yield from _imports(stmt.finalbody)
        elif isinstance(stmt, ast.With) and _suppresses(stmt):
            yield from _imports(stmt.body)
        elif ast.unparse(stmt) == "from contextlib import suppress":
            continue
        elif isinstance(stmt, ast.ImportFrom | ast.Import):
            yield from _imported(stmt)
        elif not _does_nothing(stmt):
            raise _refused(stmt)


def _suppresses(stmt: ast.With) -> bool:
    """Whether a statement does nothing but suppress exceptions."""
    items = [ast.unparse(item) for item in stmt.items]
    return items in (["suppress(Exception)"], ["suppress(ImportError)"])


def _imported(stmt: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The names that an import of the definition takes from transformers."""
    names = [alias.name for alias in stmt.names]
    if isinstance(stmt, ast.ImportFrom):
        module = "." * stmt.level + (stmt.module or "")
        prefix = "" if module == _LIBRARY else f"{module}."
        modules = [module]
    else:
        prefix = ""
        modules = names
        names = [name for name in names if name != _LIBRARY]
    if "*" in names or any(m.partition(".")[0] != _LIBRARY for m in modules):
        raise _refused(stmt)
    return (prefix + name for name in names)


def _does_nothing(stmt: ast.stmt) -> bool:
    if isinstance(stmt, ast.Return):
        return stmt.value is None or isinstance(stmt.value, ast.Constant)
    if isinstance(stmt, ast.Expr):
        return isinstance(stmt.value, ast.Constant)
    return isinstance(stmt, ast.Pass)


def _check_handler(handler: ast.ExceptHandler) -> None:
    """Refuse a handler whose exceptions are more than names."""
    kinds = handler.type
    elements = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    if not all(isinstance(kind, ast.Name | None) for kind in elements):
        raise _refused(handler)


def _refused(node: ast.stmt | ast.ExceptHandler) -> _RefusedError:
    text = ast.unparse(node).partition("\n")[0]
    return _RefusedError(f"line {node.lineno} is no import from transformers: {text}")
