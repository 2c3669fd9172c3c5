"""The cases of tests/fixtures: reading them, and patching as the command does.

A case is a folder with ``before.py``, ``after.py`` (missing where nothing changes), the
modules that it imports, and ``options.json`` where options matter.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from codemod.edits.apply import apply
from codemod.program.resolver import Answers, FirstParty
from codemod.program.selection import Judge
from codemod.settings import Settings

__all__ = ["CASES", "Case", "patch", "unpatch"]

FOLDER = Path(__file__).parent / "fixtures"


@dataclass(frozen=True)
class Case:
    """One folder of tests/fixtures."""

    name: str
    before: bytes
    after: bytes
    settings: Settings
    newer_syntax: bool

    @property
    def path(self) -> Path:
        """The script."""
        return FOLDER / self.name / "before.py"


def _read(folder: Path) -> Case:
    file = folder / "options.json"
    options = json.loads(file.read_text()) if file.exists() else {}
    newer = options.pop("newer_syntax", False)
    for name in ("load", "edits"):
        if name in options:
            options[name] = tuple(options[name])
    before = (folder / "before.py").read_bytes()
    after = folder / "after.py"
    return Case(
        folder.name,
        before,
        after.read_bytes() if after.exists() else before,
        Settings(**options),
        newer,
    )


CASES = [_read(folder) for folder in sorted(FOLDER.iterdir()) if folder.is_dir()]


def patch(case: Case, data: bytes) -> bytes:
    """Patch bytes as if they were the case's script."""
    project = Judge(case.settings).project
    resolver = FirstParty(project, str(case.path), Answers())
    return apply(data, case.settings, resolver)[0]


def unpatch(case: Case, data: bytes) -> bytes:
    """Take the edits out again."""
    settings = Settings(remove=True)
    return apply(data, settings)[0]
