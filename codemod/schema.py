"""The JSON Schema of the settings, for validate-pyproject and editors of TOML."""

from __future__ import annotations

import json
import os
from typing import Any

__all__ = ["tool_schema"]


def tool_schema(tool: str = "eager-codemod") -> dict[str, Any]:
    """The schema of the table ``[tool.eager-codemod]``.

    Args:
        tool: The name of the table; validate-pyproject passes that of the entry point.
    """
    path = os.path.join(os.path.dirname(__file__), "settings.schema.json")
    with open(path, encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
    return schema
