"""Imports of names, and what is said of those that fail."""

from __future__ import annotations

import importlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "call_defined",
    "describe",
    "errors",
    "import_name",
    "outcome",
    "uses_torch",
]


def import_name(name: str) -> None:
    """Import one name the way a script does.

    Args:
        name: ``BertModel`` from transformers, or ``transformers.onnx.OnnxConfig``
            from that package.
    """
    module, _, attribute = name.rpartition(".")
    exec("from {} import {}".format(module or "transformers", attribute), {})


def outcome(name: str) -> dict[str, Any] | None:
    """Import one name; its error, described, or ``None``."""
    try:
        import_name(name)
    except BaseException as error:  # Of the target's code, whatever it is.
        return describe(error)
    return None


def errors(names: Iterable[str]) -> dict[str, Any]:
    """Import names one after the other; the errors, described, by name."""
    outcomes = {name: outcome(name) for name in names}
    return {name: error for name, error in outcomes.items() if error is not None}


def describe(error: BaseException) -> dict[str, Any]:
    """The innermost cause of an error, since transformers wraps what it catches."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = error.__cause__
        if inner is None and not error.__suppress_context__:
            inner = error.__context__
        if inner is None:
            break
        error = inner
    package = getattr(error, "name", None)
    return {
        "type": type(error).__name__,
        # Without "(/path/of/the/module.py)", which says nothing more.
        "message": re.sub(r" \([^()]*\)$", "", str(error).strip())[:500],
        # Of an error that is no ImportError it may be anything.
        "package": package if isinstance(package, str) else None,
    }


def call_defined(source: str) -> None:
    """Call the function that is all that a source defines."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<script>", "exec"), namespace)
    (name,) = set(namespace) - {"__builtins__"}
    namespace[name]()


def uses_torch() -> bool:
    """Whether transformers found torch, which may be switched off."""
    try:
        utils = importlib.import_module("transformers.utils")
        return bool(utils.is_torch_available())
    except Exception:
        return False
