"""What the two rules have in common: how a module with a ``main()`` is changed.

It is the plain case and no more (``args = parser.parse_args()`` in a ``main()``, or a
Hydra application), without any of the checks of eager-codemod.
"""

from __future__ import annotations

import libcst as cst

FUNCTION = "_eager_load_transformers_configs"
_DEFINITION = f"""\


def {FUNCTION}():
    try:
        from transformers import (  # noqa: F401
            AutoConfig,
            BertConfig,
            DebertaV2Config,
            GenerationMixin,
            RobertaConfig,
        )
    except (ImportError, RuntimeError):
        pass
"""


def insert_call(main: cst.FunctionDef) -> cst.FunctionDef:
    """Put the call behind the parse, or first in the body."""
    if not isinstance(main.body, cst.IndentedBlock):
        return main
    body = list(main.body.body)
    parses = [number for number, line in enumerate(body) if _parses(line)]
    index = parses[-1] + 1 if parses else int(main.get_docstring() is not None)
    body.insert(index, cst.parse_statement(f"{FUNCTION}()"))
    return main.with_changes(body=main.body.with_changes(body=body))


def insert_definition(module: cst.Module) -> cst.Module:
    """Put the definition before the first function or class."""
    body = list(module.body)
    kinds = (cst.FunctionDef, cst.ClassDef)
    index = next(number for number, line in enumerate(body) if isinstance(line, kinds))
    definition = cst.parse_module(_DEFINITION).body[0]
    return module.with_changes(body=[*body[:index], definition, *body[index:]])


def is_guarded(module: cst.Module) -> bool:
    """Whether the definition is there."""
    return any(
        isinstance(line, cst.FunctionDef) and line.name.value == FUNCTION
        for line in module.body
    )


def _parses(line: cst.BaseStatement) -> bool:
    if not isinstance(line, cst.SimpleStatementLine):
        return False
    assign = line.body[0]
    if not isinstance(assign, cst.Assign) or not isinstance(assign.value, cst.Call):
        return False
    function = assign.value.func
    return isinstance(function, cst.Attribute) and function.attr.value == "parse_args"
