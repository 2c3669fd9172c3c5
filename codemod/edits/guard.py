"""The guard: its text, and recognising the ones that were written before."""

from __future__ import annotations

import ast
import copy
import re

from codemod.edits.called_function import CalledFunction
from codemod.edits.recognition import same_text
from codemod.python.tree import Function, called, is_docstring
from codemod.settings import Settings

__all__ = [
    "COMMENT",
    "DEFAULT_NAMES",
    "FUNCTION",
    "GUARD",
    "extra_names",
    "is_call",
    "render",
    "statement",
]

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

# suppress() rather than `except Exception: pass`, which ruff's default rules, its SIM
# and pylint's mind: whatever the import raises, a script that ran before must go on.
_HEAD = f'''\
def {FUNCTION}() -> None:
    """Import what transformers' models share before any thread does.

    Threads that first import one of its lazy packages at the same moment
    can fail: "cannot import name 'OnnxConfig' from 'transformers.onnx'".
    Inserted by eager-codemod; its --remove takes it out.
    """
    from contextlib import suppress

    # Missing or broken: the error appears where a model is used.
'''
_BLOCK = """\
    with suppress(Exception):
        {imports}
"""
_ANCESTOR = f"""\
def {FUNCTION}():
    try:
        from transformers import AutoConfig, BertConfig, DebertaV2Config, RobertaConfig
    except ImportError:
        pass
"""


def render(load: tuple[str, ...] = ()) -> str:
    r"""The source of the guard's definition.

    Args:
        load: Names to import beyond the default ones. They get a block of their own,
            so that an unknown one never keeps the default ones from loading.

    Returns:
        The definition, indented by four spaces, lines ended by ``\n``.
    """
    extra = sorted(set(load) - set(DEFAULT_NAMES), key=_isort_key)
    blocks = [_block(list(DEFAULT_NAMES))] + ([_block(extra)] if extra else [])
    return _HEAD + "".join(blocks)


def is_call(stmt: ast.stmt) -> bool:
    """Whether a statement calls the guard."""
    return called(stmt) == FUNCTION


def statement(load: tuple[str, ...] = ()) -> str:
    """The import in the guard as one line, for a notebook's cell."""
    extra = sorted(set(load) - set(DEFAULT_NAMES), key=_isort_key)
    return f"from transformers import {', '.join((*DEFAULT_NAMES, *extra))}"


def _block(names: list[str]) -> str:
    """One import on its own, in the form that isort, black and ruff keep."""
    line = f"from transformers import {', '.join(names)}  # noqa: F401"
    if len(line) + 8 > 79:
        rows = "".join(f"            {name},\n" for name in names)
        line = f"from transformers import (  # noqa: F401\n{rows}        )"
    return _BLOCK.format(imports=line)


def _isort_key(name: str) -> tuple[int, list[tuple[int, int, str]], str]:
    """Constants, classes, the rest; digits by their value: isort's and ruff's order.

    A script may have names of more digits than become a number.
    """
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    parts = [part for part in re.split(r"(\d+)", name.lower()) if part]
    return kind, [_value(p) if p.isdecimal() else (1, 0, p) for p in parts], name


def _value(digits: str) -> tuple[int, int, str]:
    """What orders digits by their value: the longer ones, without zeros, have more."""
    digits = digits.lstrip("0")
    return 0, len(digits), digits


def extra_names(definition: Function) -> frozenset[str] | None:
    """The names beyond the default ones that a definition of this tool loads.

    Returns:
        ``None`` where a person wrote or edited the definition.
    """
    extra = _imported(definition) - set(DEFAULT_NAMES)
    return extra if same_text(definition, render(tuple(extra))) else None


def _imported(definition: Function) -> frozenset[str]:
    """The names that a definition imports from transformers."""
    return frozenset(
        alias.name
        for node in ast.walk(definition)
        if isinstance(node, ast.ImportFrom) and node.module == "transformers"
        for alias in node.names
    )


def _is_ancestor(definition: Function) -> bool:
    """Whether it is what people wrote by hand before there was this tool."""
    bare = copy.copy(definition)
    bare.body = definition.body[is_docstring(definition.body[0]) :]
    bare.returns = None
    return len(bare.body) == 1 and same_text(bare, _ANCESTOR)


class _Guard(CalledFunction):
    """The edit that the tool is named after."""

    name = "guard"
    summary = "load transformers' shared lazy packages before trials start in threads"
    function = FUNCTION
    comment = COMMENT

    def render(self, settings: Settings) -> str:
        return render(settings.load)

    def is_ours(self, definition: Function) -> bool:
        return extra_names(definition) is not None

    def update(self, definition: Function, settings: Settings) -> str | None:
        extra = extra_names(definition)
        if extra is None:
            is_old = settings.upgrade and _is_ancestor(definition)
            return render(settings.load) if is_old else None
        if set(settings.load) <= extra | set(DEFAULT_NAMES):
            return None
        return render((*extra, *settings.load))

    def lack(self, definition: Function, settings: Settings) -> str:
        names = _imported(definition)
        if not names:  # it may hand the work on; who knows
            return ""
        lacking = sorted({*DEFAULT_NAMES, *settings.load} - names)
        lack = f"does not load {', '.join(lacking)}" if lacking else ""
        if _is_ancestor(definition):
            return f"{lack}; --upgrade rewrites it"
        if lack and not self.is_ours(definition):
            return f"{lack}; left alone: a person wrote or edited it"
        return lack


GUARD = _Guard()
