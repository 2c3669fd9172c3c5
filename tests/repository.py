"""Real git repositories for tests, this project's working tree among them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

__all__ = ["clean_environment", "git", "make", "this_project"]

ROOT = Path(__file__).parent.parent


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without what git sets for its hooks, and with an identity."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Tester"), ("EMAIL", "tester@example.org"))
    }
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return {**kept, **identity, **nobody, **extra}


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder and return what it prints."""
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def make(folder: Path, files: dict[str, str]) -> Path:
    """Make a repository with one commit of these files."""
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    return folder


def this_project(folder: Path, everything: bool = False) -> Path:
    """A repository of this working tree's files, committed or not.

    Args:
        folder: Where to make it.
        everything: Take all that git does not ignore, not only what is installed.
    """
    names = ["pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"]
    names += (file.relative_to(ROOT).as_posix() for file in ROOT.glob("codemod/**/*"))
    if everything:
        listed = git(
            ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"
        )
        names = listed.split("\0")
    for name in names:
        if (ROOT / name).is_file() and "__pycache__" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "As it stands")
    return folder
