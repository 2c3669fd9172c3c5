"""Whether two scripts are the same program but for an edit."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from codemod.python.source import Source
from codemod.python.tree import Function, is_docstring

__all__ = ["equivalent"]

Owns = Callable[[ast.stmt], bool]


def equivalent(before: Source, after: Source, owns: Owns) -> bool:
    """Compare two syntax trees with an edit's statements left out.

    A statement whose text did not change has the same tree, so that only the few
    statements around the edit are compared node by node.

    Args:
        before: The one script.
        after: The other script.
        owns: Whether a statement belongs to the edit.
    """
    return _Comparison(before, after, owns).same(before.tree, after.tree)


class _Comparison:
    def __init__(self, before: Source, after: Source, owns: Owns) -> None:
        self._before = before
        self._after = after
        self._owns = owns

    def same(self, old: ast.AST, new: ast.AST) -> bool:
        """Whether two nodes are the same but for an edit; docstrings stay that."""
        if type(old) is not type(new) or (_documented(old) and not _documented(new)):
            return False
        for field in old._fields:
            one, other = getattr(old, field, None), getattr(new, field, None)
            if not self._same_values(one, other):
                return False
        return True

    def _same_blocks(self, old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> bool:
        old = [stmt for stmt in old if not self._is_left_out(stmt)]
        new = [stmt for stmt in new if not self._is_left_out(stmt)]
        return len(old) == len(new) and all(map(self._same_statements, old, new))

    def _is_left_out(self, stmt: ast.stmt) -> bool:
        # `pass` fills a block that has nothing else once the edit is out of it.
        return isinstance(stmt, ast.Pass) or self._owns(stmt)

    def _same_statements(self, old: ast.stmt, new: ast.stmt) -> bool:
        if _text(self._before, old) == _text(self._after, new):
            return True
        return self.same(old, new)

    def _same_values(self, old: object, new: object) -> bool:
        if isinstance(old, list) and isinstance(new, list):
            if _are(ast.stmt, old) and _are(ast.stmt, new):
                return self._same_blocks(old, new)
            if _are((ast.ExceptHandler, ast.match_case), old):
                return len(old) == len(new) and all(map(self.same, old, new))
        return _dump(old) == _dump(new)


def _documented(node: ast.AST) -> bool:
    if not isinstance(node, ast.Module | ast.ClassDef | Function):
        return False
    return bool(node.body) and is_docstring(node.body[0])


def _are(kind: type | tuple[type, ...], nodes: Sequence[object]) -> bool:
    return all(isinstance(node, kind) for node in nodes)


def _dump(value: object) -> object:
    if isinstance(value, list):
        return [_dump(item) for item in value]
    return ast.dump(value) if isinstance(value, ast.AST) else value


def _text(source: Source, stmt: ast.stmt) -> bytes:
    """A statement's text, decorators included."""
    first: list[ast.expr] = getattr(stmt, "decorator_list", [])
    start = source.start(stmt)
    if first:
        start = source.offset(first[0].lineno, first[0].col_offset)
    return source.text[start : source.end(stmt)]
