"""Whole repositories that a person can read: what each script is, and its entry points.

``expected.json`` names the scripts with trials; the call goes to the entry points that
stand behind the verdict. Everything else is none.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from codemod.program.verdict import Judge
from codemod.python.source import parse
from codemod.search.reading import read_regular

FOLDERS = sorted((Path(__file__).parent.parent / "repositories").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_repository(tmp_path: Path, folder: Path) -> None:
    """One judge for all its files, as in a run; the quick looks agree."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / ".git").mkdir()
    judge, found = Judge(read_regular), {}
    for file in sorted(copy.rglob("*.py")):
        data = file.read_bytes()
        judgement = judge.judge(str(file), parse(data))
        names = [entry.name for entry in judgement.entries]
        if judgement.verdict.name != "none":
            assert judge.gate.passes(str(file), data)
            assert judge.may_lead(str(file), data)
            name = file.relative_to(copy).as_posix()
            found[name] = [judgement.verdict.name, *names]
    assert found == json.loads((folder / "expected.json").read_text())
