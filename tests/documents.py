"""The code in the documents, so that tests run the very text that people copy."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = [
    "DOCUMENTS",
    "README",
    "ROOT",
    "WORKFLOWS",
    "block",
    "blocks",
    "headings",
    "links",
    "shell",
]

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
WORKFLOWS = ROOT / "docs" / "workflows.md"
DOCUMENTS = [
    README,
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


def block(name: str, document: Path = WORKFLOWS) -> str:
    """The code block below ``<!-- name -->``."""
    found = dict(blocks(re.escape(name), document))
    assert len(found) == 1, f"{document.name} has no block {name!r}"
    return found[name]


def blocks(pattern: str, document: Path) -> Iterator[tuple[str, str]]:
    """The code blocks below comments that match a pattern, with the comments.

    Args:
        pattern: A regular expression without groups.
        document: Where they are looked for.
    """
    marked = rf"^ *<!-- ({pattern}) -->\n( *)```\w+\n(.*?)^\2```$"
    for found in re.finditer(marked, document.read_text(), re.MULTILINE | re.DOTALL):
        yield found[1], textwrap.dedent(found[3]) if found[2] else found[3]


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^ *```.*?^ *```$", "", document.read_text(), flags=re.M | re.S)
    return {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }


def links(document: Path) -> list[str]:
    """Where a document's links lead to."""
    return re.findall(r"\]\(([^)\s]+)\)", document.read_text())


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a document in a shell, with this working tree's command."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    function = f'eager-codemod() {{ "{sys.executable}" -m codemod "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", function + line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
