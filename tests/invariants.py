"""What must hold of every edit, checked by other means than the tool's own.

The tool compares texts and trees before it hands anything out (see
codemod/python/equivalence.py and codemod/edits/apply.py); nothing of that is used here.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace

from codemod.edits import guard, protobuf_env
from codemod.edits import thread_safety as loading
from codemod.edits.apply import apply, inspect
from codemod.edits.base import all_edits
from codemod.program.parsing import Resolver
from codemod.settings import Settings

__all__ = ["only_inserts", "same_program", "stripped", "violations"]

_FUNCTIONS = frozenset({guard.FUNCTION, loading.FUNCTION})
_SIMPLE = (ast.Expr, ast.Import, ast.Assign, ast.AugAssign)

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def violations(
    data: bytes, settings: Settings, resolver: Resolver | None = None
) -> list[str]:
    """Patch a script, take the edits out again, and say what went wrong.

    Args:
        data: The script. Where it has an edit already, in part or by hand,
            ``--remove`` cannot restore it, but must leave the same program.
        settings: How to patch.
        resolver: Looks into first-party modules.

    Raises:
        SourceError: The script cannot be read.
    """
    return list(_violations(data, settings, resolver))


def _violations(
    data: bytes, settings: Settings, resolver: Resolver | None
) -> Iterator[str]:
    found = inspect(data, settings, resolver)
    after, _ = apply(data, settings, resolver)
    if found.needs_change != (after != data):
        yield "inspect() and apply() do not agree"
    if not only_inserts(data, after) and not settings.upgrade:
        yield "original bytes are lost"
    if not same_program(data, after):
        yield "the program differs in more than the edits"
    if inspect(after, settings, resolver).needs_change:
        yield "the next run would find something to change"
    if apply(after, settings, resolver)[0] != after:
        yield "the next run would change it again"
    removal = replace(settings, remove=True)
    removed, _ = apply(after, removal, resolver)
    if not same_program(data, removed, fillers=True):
        yield "--remove leaves another program"
    traces = [protobuf_env.IMPORT.encode(), *(edit.trace for edit in all_edits())]
    joined = re.sub(rb"\\\r?\n", b"", data)  # a name in a string may be broken
    if removed != data and not any(trace in joined for trace in traces):
        yield "--remove does not restore the bytes"
    if apply(removed, removal, resolver)[0] != removed:
        yield "a second --remove changes something"


def only_inserts(before: bytes, after: bytes) -> bool:
    """Whether every byte of ``before`` is in ``after``, in order."""
    rest = iter(after)
    return all(byte in rest for byte in before)


def same_program(before: bytes, after: bytes, fillers: bool = False) -> bool:
    """Whether two scripts have the same syntax tree but for what the edits insert.

    Docstrings must still be docstrings, and what compiles must still compile: both
    depend on what stands in front. Where the running Python cannot parse the first, it
    says nothing about the second.

    Args:
        before: The one script.
        after: The other one.
        fillers: Whether a ``pass`` may stand where a block had nothing but an edit.
    """
    try:
        tree = _tree(before, fillers)
    except (SyntaxError, ValueError):
        return True
    if tree != _tree(after, fillers):
        return False
    return _compiles(after) or not _compiles(before)


def _tree(data: bytes, fillers: bool) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return stripped(ast.parse(data), fillers)


def stripped(tree: ast.Module, fillers: bool = False) -> str:
    """A dump of a syntax tree, which is changed, without what the edits insert."""
    for node in ast.walk(tree):
        if not fillers:
            _mark_docstring(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                kept = [item for item in value if not _is_left_out(item, fillers)]
                setattr(node, name, kept)
    return ast.dump(tree)


def _mark_docstring(node: ast.AST) -> None:
    if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
        assert isinstance(node.body[0], ast.Expr)
        assert isinstance(node.body[0].value, ast.Constant)
        node.body[0].value.kind = "docstring"  # only this field is free


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "script", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True


def _is_left_out(item: object, fillers: bool) -> bool:
    if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
        return item.name in _FUNCTIONS
    if fillers and isinstance(item, ast.Pass):
        return True
    if not isinstance(item, _SIMPLE):
        return False
    # A guard that a person gave parameters is called with arguments.
    if isinstance(item, ast.Expr) and isinstance(item.value, ast.Call):
        return ast.unparse(item.value.func) in _FUNCTIONS or _sets_variable(item)
    # The import is the line that the variable needs.
    return ast.unparse(item) == "import os" or _sets_variable(item)


def _sets_variable(item: ast.AST) -> bool:
    """By whatever value and hand: `--with protobuf-env --remove` takes it out."""
    text = ast.unparse(item)
    return protobuf_env.VARIABLE in text and "environ" in text
