"""The guard: its text, and recognising the ones that were written before."""

from __future__ import annotations

import ast
from typing import NamedTuple

from codemod.edits.called_function import CalledFunction
from codemod.edits.removal import Layout, origin
from codemod.python.tree import Function, is_docstring
from codemod.settings import Settings

__all__ = ["COMMENT", "DEFAULT_NAMES", "FUNCTION", "GUARD", "extra_names", "render"]

FUNCTION = "_eager_load_transformers_configs"
COMMENT = "# Eagerly load transformers configs to prevent lazy loading race conditions"

DEFAULT_NAMES = (
    "AutoConfig",
    "BertConfig",
    "DebertaV2Config",
    "GenerationMixin",
    "RobertaConfig",
)
"""What the guard loads: between them, every package of transformers that replaces
itself and that more than one model needs; `python -m benchmarks.race` measures it."""

# The `type:` comment keeps mypy --strict quiet without changing the signature, and
# the noqa on `try` keeps SIM105 quiet, which prefers suppress(), and ruff's RUF100, a
# default rule since 0.17, which minds a noqa for a rule that is not enabled.
_HEAD = f'''\
def {FUNCTION}():  # type: () -> None
    """Import what transformers' models share before any thread does.

    Threads that first import one of its lazy packages at the same moment
    can fail: "cannot import name 'OnnxConfig' from 'transformers.onnx'".
{{origin}}
    """
'''
_BLOCK = """\
    try:  # noqa: RUF100, SIM105
        {imports}
    except (ImportError, RuntimeError):
        # Missing or incomplete: the error appears where a model is used.
        pass
"""


def render(load: tuple[str, ...] = (), layout: Layout | None = None) -> str:
    r"""The source of the guard's definition.

    Args:
        load: Names to import beyond the default ones. They get a block of their own,
            so that an unknown one never keeps the default ones from loading.
        layout: What the insertion added, noted in the docstring.

    Returns:
        The definition, indented by four spaces, lines ended by ``\n``.
    """
    head = _HEAD.format(origin=origin(layout))
    extra = sorted(set(load) - set(DEFAULT_NAMES), key=_isort_key)
    blocks = [_block(list(DEFAULT_NAMES))] + ([_block(extra)] if extra else [])
    return head + "".join(blocks)


def _block(names: list[str]) -> str:
    """One ``try`` around one import, in the form that isort, black and ruff keep."""
    line = f"from transformers import {', '.join(names)}  # noqa: F401"
    if len(line) + 8 > 79:
        rows = "".join(f"            {name},\n" for name in names)
        line = f"from transformers import (  # noqa: F401\n{rows}        )"
    return _BLOCK.format(imports=line)


def _isort_key(name: str) -> tuple[int, list[tuple[int, int, str]]]:
    """Constants, classes, the rest; digits by their value: isort's and ruff's order."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    parts: list[tuple[int, int, str]] = []
    digits = letters = ""
    for char in [*name.lower(), ""]:
        if char.isdigit():
            digits += char
            if letters:
                parts.append((1, 0, letters))
            letters = ""
            continue
        if digits:
            parts.append((0, int(digits), ""))
        digits = ""
        letters += char
    return kind, [*parts, (1, 0, letters)] if letters else parts


class _Block(NamedTuple):
    """One ``try: from transformers import ...`` of a definition."""

    names: frozenset[str]
    errors: frozenset[str]


_ANCESTOR = _Block(
    frozenset(DEFAULT_NAMES) - {"GenerationMixin"}, frozenset({"ImportError"})
)
"""What people wrote by hand before there was this tool."""
_CURRENT = _Block(frozenset(DEFAULT_NAMES), frozenset({"ImportError", "RuntimeError"}))
_GENERATIONS = (_ANCESTOR, _CURRENT)


def extra_names(definition: Function) -> frozenset[str] | None:
    """The names beyond the default ones that a definition of this tool loads.

    Returns:
        ``None`` where a person wrote or edited the definition.
    """
    found = _blocks(definition)
    if not found or found[0] not in _GENERATIONS:
        return None
    return frozenset().union(*(block.names for block in found[1:]))


def _blocks(definition: Function) -> list[_Block] | None:
    """What a definition consists of, or ``None`` where it holds anything else."""
    if definition.decorator_list or not isinstance(definition, ast.FunctionDef):
        return None
    if ast.unparse(definition.args):
        return None  # whoever gave it parameters calls it with arguments
    body = definition.body
    found = []
    for stmt in body[1:] if is_docstring(body[0]) else body:
        block = _parse_block(stmt)
        if block is None:
            return None
        found.append(block)
    return found


def _parse_block(stmt: ast.stmt) -> _Block | None:
    if not isinstance(stmt, ast.Try) or stmt.orelse or stmt.finalbody:
        return None
    if len(stmt.body) != 1 or len(stmt.handlers) != 1:
        return None
    imported, handler = stmt.body[0], stmt.handlers[0]
    if len(handler.body) != 1 or not isinstance(handler.body[0], ast.Pass):
        return None
    if not isinstance(imported, ast.ImportFrom) or imported.module != "transformers":
        return None
    if imported.level or any(alias.asname for alias in imported.names):
        return None
    caught = (
        handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    )
    errors = frozenset(node.id for node in caught if isinstance(node, ast.Name))
    return _Block(frozenset(alias.name for alias in imported.names), errors)


class _Guard(CalledFunction):
    """The edit that the tool is named after."""

    name = "guard"
    summary = "load transformers' shared lazy packages before trials start in threads"
    function = FUNCTION
    comment = COMMENT

    def render(self, settings: Settings, layout: Layout) -> str:
        return render(settings.load, layout)

    def upgraded(self, definition: Function, settings: Settings) -> str | None:
        extra = extra_names(definition)
        if extra is None:
            return None
        if _is_current(definition) and not _wanted(settings) - extra:
            return None
        layout = Layout.read(ast.get_docstring(definition, clean=False))
        return render((*extra, *settings.load), layout)

    def lack(self, definition: Function, settings: Settings) -> str:
        if not _is_current(definition):
            return super().lack(definition, settings)
        names = sorted(_wanted(settings) - (extra_names(definition) or set()))
        return f"does not load {', '.join(names)}; --upgrade adds it"


def _is_current(definition: Function) -> bool:
    return (_blocks(definition) or [])[:1] == [_CURRENT]


def _wanted(settings: Settings) -> set[str]:
    """The names to load beyond the default ones."""
    return set(settings.load) - set(DEFAULT_NAMES)


GUARD = _Guard()
