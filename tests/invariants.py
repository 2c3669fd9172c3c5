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

from codemod.edits import guard, protobuf_env, thread_safety
from codemod.edits.apply import Reread, change, inspect
from codemod.edits.registry import all_edits
from codemod.settings import Settings
from tests.reading import read

__all__ = ["only_inserts", "same_program", "stripped", "violations"]

_FUNCTIONS = frozenset({guard.FUNCTION, thread_safety.FUNCTION})
_SIMPLE = (ast.Expr, ast.Import, ast.Assign, ast.AugAssign)

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def violations(
    data: bytes, settings: Settings, reread: Reread | None = None
) -> list[str]:
    """Patch a script, take the edits out again, and say what went wrong.

    Args:
        data: The script. Where it has an edit already, in part or by hand,
            ``--remove`` cannot restore it, but must leave the same program.
        settings: How to patch.
        reread: Reads scripts; without it, no helper that is imported is trusted.

    Raises:
        SourceError: The script cannot be read.
    """
    any_main = settings.entry == "any"
    return list(
        _violations(data, settings, reread or (lambda new: read(new, any_main)))
    )


def _violations(data: bytes, settings: Settings, reread: Reread) -> Iterator[str]:
    needs_change = _needs_change(data, settings, reread)
    after = change(reread(data), settings, reread)
    if needs_change != (after != data):
        yield "inspect() and change() do not agree"
    if not only_inserts(data, after) and not _may_rewrite(data, settings):
        yield "original bytes are lost"
    if not same_program(data, after):
        yield "the program differs in more than the edits"
    if _needs_change(after, settings, reread):
        yield "the next run would find something to change"
    if change(reread(after), settings, reread) != after:
        yield "the next run would change it again"
    removal = replace(settings, remove=True)
    removed = change(reread(after), removal, reread)
    if not same_program(data, removed, fillers=True):
        yield "--remove leaves another program"
    traces = [protobuf_env.IMPORT.encode(), *(edit.trace for edit in all_edits())]
    joined = re.sub(rb"\\\r?\n", b"", data)  # a name in a string may be broken
    if removed != data and not any(trace in joined for trace in traces):
        yield "--remove does not restore the bytes"
    if change(reread(removed), removal, reread) != removed:
        yield "a second --remove changes something"


def _needs_change(data: bytes, settings: Settings, reread: Reread) -> bool:
    return any(finding.fixable for finding in inspect(reread(data), settings))


def _may_rewrite(data: bytes, settings: Settings) -> bool:
    """Whether a guard that is there may be replaced."""
    return settings.upgrade or bool(settings.load and guard.FUNCTION.encode() in data)


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
    return ast.unparse(item) == protobuf_env.STATEMENT.replace('"', "'")
