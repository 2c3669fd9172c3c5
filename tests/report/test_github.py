"""Findings as GitHub's annotations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.invoke import TUNE, Command, Outcome
from tests.report.findings import MESSAGE, WHY


def test_github_of_a_check(run: Command, folder: Path) -> None:
    """A check annotates the entry point as an error."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "github", "tune.py")
    assert outcome == Outcome(
        1,
        "::error file=tune.py,line=7,col=1,title=eager-codemod missing-guard::"
        f"{MESSAGE}{WHY}\n",
        "",
    )


def test_github_of_a_run(run: Command, folder: Path) -> None:
    """A run annotates what it fixed as a notice."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--output-format", "github", "tune.py")
    assert outcome == Outcome(
        0,
        "::notice file=tune.py,line=7,col=1,title=eager-codemod missing-guard::"
        f"{MESSAGE} (fixed)\n",
        "",
    )


def test_github_of_nothing(run: Command, folder: Path) -> None:
    """Without findings there is no annotation."""
    (folder / "tune.py").write_text("import optuna\n")
    assert run("--check", "--output-format", "github", ".") == Outcome(0, "", "")


def test_github_of_an_error(run: Command, folder: Path) -> None:
    """An error without a place annotates the file; people read it on stderr."""
    (folder / "no.txt").write_text("optuna\n")
    outcome = run("--output-format", "github", "no.txt")
    message = "no Python script, by its suffix .txt"
    assert outcome == Outcome(
        2,
        f"::error file=no.txt,title=eager-codemod error::{message}\n",
        f"no.txt: {message}\n",
    )


def test_github_escapes(run: Command, folder: Path) -> None:
    """What the runner, or a terminal, gives a meaning to is escaped."""
    name = "50%,a:b\r\n::\x1b[2J\u202e##[error]x.py"
    try:
        (folder / name).write_text(TUNE)
    except OSError:
        pytest.skip("this file system has no such names")
    outcome = run("--check", "--output-format", "github", name)
    shown = r"50%25%2Ca%3Ab\r\n%3A%3A\x1b[2J\u202e##\x5berror]x.py"
    assert outcome.stdout.startswith(f"::error file={shown},line=")
    assert outcome.stdout.count("\n") == 1


def test_github_paths_start_at_the_repository(
    run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a job's subfolder, paths are still those of the repository."""
    (folder / "sub").mkdir()
    (folder / "sub" / "tune.py").write_text(TUNE)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "sub")
    outcome = run("--check", "--output-format", "github", "tune.py")
    assert "file=sub/tune.py," in outcome.stdout
