"""The example for all-repos, on three local repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from tests.documents import block
from tests.invoke import DOWNLOAD, TUNE
from tests.repository import clean_environment, git, make

pytest.importorskip("all_repos")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="no git"),
]

ROOT = Path(__file__).parent.parent
MODEL = "from transformers import AutoModel\n"


def start(folder: Path, *command: str) -> str:
    """Run a Python module or script as the document does."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder,
        env=clean_environment(PATH=_path(folder), PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    assert "***Errored" not in done.stdout
    return done.stdout


def _path(folder: Path) -> str:
    """The search path, with this working tree's command in front."""
    command = folder / "bin" / "eager-codemod"
    if not command.exists():
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m codemod "$@"\n')
        command.chmod(0o755)
    return f"{command.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def organisation(tmp_path: Path) -> Path:
    """Three repositories that can be pushed to, cloned by all-repos."""
    repositories = {
        "search": {
            "tune.py": TUNE,
            "download.py": DOWNLOAD,
            "bad.py": "import optuna\ndef main(:\n",
        },
        "models": {"model.py": MODEL, "download.py": DOWNLOAD},
        "website": {"app.py": "print()\n", "tune.py": "import optuna\n"},
    }
    for name, files in repositories.items():
        make(tmp_path / name, files)
        git(tmp_path, "clone", "--quiet", "--bare", name, f"{name}.git")
    remotes = {name: str(tmp_path / f"{name}.git") for name in repositories}
    (tmp_path / "repositories.json").write_text(json.dumps(remotes))
    config = {
        "output_dir": "output",
        "source": "all_repos.source.json_file",
        "source_settings": {"filename": "repositories.json"},
        "push": "all_repos.push.merge_to_master",
        "push_settings": {},
    }
    (tmp_path / "all-repos.json").write_text(json.dumps(config))
    (tmp_path / "all-repos.json").chmod(0o600)
    (tmp_path / "fix_guards.py").write_text(block("autofixer"))
    start(tmp_path, "-m", "all_repos.clone")
    return tmp_path


def pushed(organisation: Path, name: str, file: str) -> str:
    """A file on the main branch that everybody pulls from."""
    return git(organisation / f"{name}.git", "show", f"main:{file}")


def test_the_repositories_that_need_it_are_fixed(organisation: Path) -> None:
    """The affected script is patched and pushed; nothing else is touched."""
    output = start(organisation, "fix_guards.py")
    assert pushed(organisation, "search", "tune.py") == codemod.patch(TUNE).source
    assert pushed(organisation, "search", "download.py") == DOWNLOAD
    assert pushed(organisation, "models", "download.py") == DOWNLOAD
    for name in ("models", "website"):
        assert git(organisation / f"{name}.git", "log", "--format=%s") == "Begin\n"
    assert "bad.py:2:10: invalid syntax" in output
    assert "output/website" not in output  # no transformers: not even looked at


def test_a_dry_run_pushes_nothing(organisation: Path) -> None:
    """With --dry-run the diff is shown, and that is all."""
    output = start(organisation, "fix_guards.py", "--dry-run")
    assert "+def _eager_load_transformers_configs" in output
    assert pushed(organisation, "search", "tune.py") == TUNE


def test_a_second_run_finds_nothing(organisation: Path) -> None:
    """What is fixed stays fixed."""
    start(organisation, "fix_guards.py")
    before = git(organisation / "search.git", "rev-parse", "main")
    start(organisation, "-m", "all_repos.clone")
    start(organisation, "fix_guards.py")
    assert git(organisation / "search.git", "rev-parse", "main") == before
