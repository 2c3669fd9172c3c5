"""The code in docs/workflows.md, so that tests run the very text that people copy."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

__all__ = ["WORKFLOWS", "block"]

WORKFLOWS = Path(__file__).parent.parent / "docs" / "workflows.md"


def block(name: str, document: Path = WORKFLOWS) -> str:
    """The code block below ``<!-- name -->``."""
    pattern = rf"^ *<!-- {re.escape(name)} -->\n( *)```\w+\n(.*?)^\1```$"
    found = re.search(pattern, document.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{document.name} has no block {name!r}"
    return textwrap.dedent(found[2])
