"""The hooks, run by the real pre-commit in real repositories."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from tests.invoke import DOWNLOAD, TUNE
from tests.repository import clean_environment, git, make, this_project

pytest.importorskip("pre_commit")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("git") is None, reason="no git"),
]

# A script that parses and searches through modules of its own project only.
INDIRECT = """\
from project import search
from project.options import read


def main():
    args = read()
    search.run(args)


if __name__ == "__main__":
    main()
"""
SEARCH = """\
import optuna
from transformers import AutoModel


def objective(trial):
    return AutoModel.from_pretrained(trial.number)


def run(args):
    optuna.create_study().optimize(objective, n_jobs=args.jobs)
"""
PROJECT = {
    "project/__init__.py": "",
    "project/options.py": (
        "import argparse\n\n\n"
        "def read():\n    return argparse.ArgumentParser().parse_args()\n"
    ),
    "project/search.py": SEARCH,
}
PATCHED = codemod.patch(TUNE).source
GUARD = "def _eager_load_transformers_configs"


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """This project as a repository of hooks, and pre-commit's cache of it."""
    folder = tmp_path_factory.mktemp("hooks")
    return this_project(folder / "eager-codemod"), folder / "cache"


class Project:
    """A repository that uses a hook."""

    def __init__(self, folder: Path, hooks: tuple[Path, Path], hook: str) -> None:
        self.folder = folder
        self._hooks, cache = hooks
        revision = git(self._hooks, "rev-parse", "HEAD").strip()
        config = (
            f"repos:\n  - repo: {self._hooks}\n    rev: {revision}\n"
            f"    hooks:\n      - id: {hook}\n"
        )
        make(folder, {".pre-commit-config.yaml": config})
        self._environment = clean_environment(PRE_COMMIT_HOME=str(cache))

    def write(self, files: dict[str, str]) -> None:
        """Write and stage files."""
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        git(self.folder, "add", "--all")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run pre-commit."""
        return self._start(sys.executable, "-m", "pre_commit", *arguments)

    def commit(self) -> subprocess.CompletedProcess[str]:
        """Commit, hooks and all."""
        return self._start("git", "commit", "--message", "Change")

    def _start(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def project(tmp_path: Path, hooks: tuple[Path, Path]) -> Project:
    """A repository with the hook that fixes."""
    return Project(tmp_path / "project", hooks, "eager-codemod")


@pytest.fixture
def checked(tmp_path: Path, hooks: tuple[Path, Path]) -> Project:
    """A repository with the hook that only checks."""
    return Project(tmp_path / "project", hooks, "eager-codemod-check")


def test_a_commit_is_stopped_and_fixed_then_passes(project: Project) -> None:
    """The first try to commit is stopped with the script fixed; the second passes."""
    assert project.run("install").returncode == 0
    project.write({"tune.py": TUNE})
    stopped = project.commit()
    assert stopped.returncode == 1
    assert "files were modified by this hook" in stopped.stdout
    assert "patched tune.py" in stopped.stdout
    assert (project.folder / "tune.py").read_text() == PATCHED
    git(project.folder, "add", "tune.py")
    passed = project.commit()
    assert passed.returncode == 0, passed.stdout
    assert git(project.folder, "status", "--porcelain") == ""
    assert GUARD in git(project.folder, "show", "HEAD:tune.py")


def test_other_scripts_pass(project: Project) -> None:
    """Scripts that search nothing are none of the hook's business."""
    project.write({"download.py": DOWNLOAD, "notes.txt": TUNE})
    passed = project.run("run", "--all-files")
    assert passed.returncode == 0, passed.stdout
    assert (project.folder / "download.py").read_text() == DOWNLOAD


def test_an_excluded_file_given_by_name_passes(project: Project) -> None:
    """The project's excludes hold though pre-commit names the file."""
    settings = '[tool.eager-codemod]\nexclude = ["legacy/"]\n'
    project.write({"pyproject.toml": settings, "legacy/tune.py": TUNE})
    passed = project.run("run", "--files", "legacy/tune.py")
    assert passed.returncode == 0, passed.stdout
    assert (project.folder / "legacy/tune.py").read_text() == TUNE


def test_a_script_is_judged_through_modules_it_was_not_given(project: Project) -> None:
    """The hook is given one file and reads those that it imports."""
    project.write({**PROJECT, "train.py": INDIRECT})
    stopped = project.run("run", "--files", "train.py")
    assert stopped.returncode == 1, stopped.stdout
    assert GUARD in (project.folder / "train.py").read_text()


def test_a_script_that_does_not_parse_stops_the_commit(project: Project) -> None:
    """An error is shown with its place, and the other files are done."""
    project.write({"bad.py": "import optuna\ndef main(:\n", "tune.py": TUNE})
    stopped = project.run("run", "--all-files")
    assert stopped.returncode == 1
    assert "bad.py:2:10: invalid syntax" in stopped.stdout
    assert (project.folder / "tune.py").read_text() == PATCHED


def test_many_files_are_done_in_one_go(project: Project) -> None:
    """More files than pre-commit's smallest batch, all patched, none twice."""
    project.write({f"scripts/tune_{number}.py": TUNE for number in range(40)})
    stopped = project.run("run", "--all-files")
    assert stopped.returncode == 1
    assert "40 files patched" in stopped.stdout
    for file in (project.folder / "scripts").iterdir():
        assert file.read_text() == PATCHED
    git(project.folder, "add", "--all")
    assert project.run("run", "--all-files").returncode == 0


def test_the_check_stops_an_unguarded_script(checked: Project) -> None:
    """The check shows the diff, changes nothing, and fails."""
    checked.write({"tune.py": TUNE})
    stopped = checked.run("run", "--all-files")
    assert stopped.returncode == 1
    assert f"+{GUARD}" in stopped.stdout
    assert "files were modified" not in stopped.stdout
    assert (checked.folder / "tune.py").read_text() == TUNE


def test_the_check_lets_a_guarded_script_pass(checked: Project) -> None:
    """What has the guard, or needs none, passes."""
    assert isinstance(PATCHED, str)
    checked.write({"tune.py": PATCHED, "download.py": DOWNLOAD})
    passed = checked.run("run", "--all-files")
    assert passed.returncode == 0, passed.stdout


def test_a_commit_that_touches_no_script_can_make_one_affected(
    tmp_path: Path, hooks: tuple[Path, Path]
) -> None:
    """The hooks for the repository see it, those for the files of a commit do not."""
    before = {**PROJECT, "train.py": INDIRECT, "project/search.py": ""}
    outcomes = {}
    for hook in ("eager-codemod-check", "eager-codemod-all-check", "eager-codemod-all"):
        one = Project(tmp_path / hook, hooks, hook)
        one.write(before)
        assert one.run("run").returncode == 0
        assert one.commit().returncode == 0
        one.write({"project/search.py": PROJECT["project/search.py"]})
        outcomes[hook] = one.run("run")
        changed = GUARD in (one.folder / "train.py").read_text()
        assert changed == (hook == "eager-codemod-all")
    assert [done.returncode for done in outcomes.values()] == [0, 1, 1]
    assert "would patch train.py" in outcomes["eager-codemod-all-check"].stdout
    assert "patched train.py" in outcomes["eager-codemod-all"].stdout
