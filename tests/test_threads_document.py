"""docs/threads.md: its example runs, and what it points to is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from codemod import runtime
from tests.documents import block

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "threads.md"


def test_trials_in_processes_share_a_study(tmp_path: Path) -> None:
    """Two workers of the example run its 20 trials, or a few more."""
    optuna = pytest.importorskip("optuna")
    (tmp_path / "tune.py").write_text(block("processes", DOCUMENT))
    command = [sys.executable, "tune.py"]
    workers = [
        subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [worker.wait(120) for worker in workers] == [0, 0]
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "study.log"))
    storage = optuna.storages.JournalStorage(backend)
    (study,) = optuna.get_all_study_summaries(storage)
    assert 20 <= study.n_trials <= 21


def test_what_it_links_to_is_there() -> None:
    """Files and headings."""
    text = DOCUMENT.read_text()
    headings = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        else:
            assert (DOCUMENT.parent / target).exists()


def test_it_tells_of_every_repair() -> None:
    """In the table, each by the name of its file."""
    text = DOCUMENT.read_text()
    for name in runtime._REPAIRS:
        assert f"| `{name}` |" in text
        assert (ROOT / "codemod" / "runtime" / f"{name}.py").exists()
