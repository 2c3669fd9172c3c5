"""What the tests of the formats share."""

from __future__ import annotations

import json
from typing import Any

from tests.invoke import Outcome

__all__ = ["MESSAGE", "WHY", "put_right", "read"]

MESSAGE = "main() does not call _eager_load_transformers_configs"
"""What is found in the script that tests use."""
WHY = (
    '; its trials run in threads (n_jobs=args.jobs) and can fail: "cannot import name '
    "'OnnxConfig' from 'transformers.onnx'\"; eager-codemod puts it right"
)
"""What the message goes on with where nothing was put right."""


def read(outcome: Outcome) -> Any:
    """The JSON that the command printed."""
    return json.loads(outcome.stdout)


def put_right(script: str, fix: list[dict[str, Any]]) -> str:
    """Apply a fix as an editor would: from the end, by lines and columns."""
    lines = [*script.splitlines(keepends=True), ""]

    def offset(line: int, column: int) -> int:
        return len("".join(lines[: line - 1])) + column - 1

    for change in reversed(fix):
        start = offset(change["line"], change["column"])
        end = offset(change["end_line"], change["end_column"])
        script = script[:start] + change["text"] + script[end:]
    return script
