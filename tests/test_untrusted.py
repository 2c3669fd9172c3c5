"""Repositories that mean harm.

The tool runs on what nobody has read yet: nothing in it is executed or imported, and
nothing outside of the given paths is written.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.invoke import TUNE, Command

REPOSITORY = Path(__file__).parent.parent


# -- Nothing is executed ---------------------------------------------------------------

MARK = "open(__file__ + '.imported', 'w').close()\n"
STANDARD = [
    "argparse",
    "ast",
    "asyncio",
    "click",
    "codecs",
    "concurrent",
    "difflib",
    "libcst",
    "multiprocessing",
    "os",
    "pathspec",
    "pickle",
    "random",
    "re",
    "resource",
    "signal",
    "sitecustomize",
    "subprocess",
    "tokenize",
    "tomllib",
    "types",
    "usercustomize",
    "warnings",
]


def run(
    folder: Path,
    *arguments: str,
    program: tuple[str, ...] = ("-m", "codemod"),
) -> subprocess.CompletedProcess[str]:
    """Run the command as a process in a folder."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )


@pytest.fixture
def trap(here: Path) -> Path:
    """A repository in which everything that could be imported leaves a mark."""
    folder = here / "trap"
    package = folder / "pkg"
    package.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for name in (*STANDARD, "conftest", "setup", "transformers", "optuna", "helper"):
        (folder / f"{name}.py").write_text(MARK)
    (package / "__init__.py").write_text(MARK + "from .cli import *\n")
    (package / "cli.py").write_text(MARK + "import argparse\ndef get(): pass\n")
    (folder / "tune.py").write_text(MARK + "import helper, pkg\n" + TUNE)
    (folder / "newer.py").write_text(MARK + "type X = int\n" + TUNE)
    (folder / "again.py").write_text(MARK + TUNE)  # two more are for workers
    (folder / "pyproject.toml").write_text("[tool.eager-codemod]\nexclude = ['x']\n")
    return folder


def marks(folder: Path) -> list[str]:
    """What was imported."""
    return [file.name for file in folder.rglob("*.imported")]


@pytest.fixture
def script(here: Path) -> tuple[str, ...]:
    """What pip installs as the command."""
    file = here / "bin" / "eager-codemod"
    file.parent.mkdir()
    file.write_text("from codemod.cli import main\nmain(prog_name='eager-codemod')\n")
    return (str(file),)


@pytest.mark.parametrize(
    "options", [["--diff", "."], ["--explain", "."], ["--jobs", "2", "."], ["-"]]
)
def test_nothing_is_imported_from_the_repository(
    trap: Path, script: tuple[str, ...], options: list[str]
) -> None:
    """Not by the command, not by its workers, not by its helpers."""
    (trap / "codemod.py").write_text(MARK)
    done = subprocess.run(
        [sys.executable, *script, *options],
        cwd=trap,
        input=TUNE,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        timeout=60,
    )
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert marks(trap) == []


@pytest.mark.parametrize("options", [["--diff", "."], ["--jobs", "2", "."]])
def test_python_m_imports_nothing_from_the_current_folder(
    trap: Path, options: list[str]
) -> None:
    """Python looks there first, until we stop it."""
    # What runpy imports itself, before anything of ours is run.
    for name in ("os", "codecs", "types", "warnings", "sitecustomize", "usercustomize"):
        (trap / f"{name}.py").unlink()
    done = run(trap, *options)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)
    assert marks(trap) == []


@pytest.mark.skipif("sys.version_info < (3, 11)", reason="3.10 starts no workers so")
def test_workers_that_are_started_anew_import_nothing(
    trap: Path, script: tuple[str, ...]
) -> None:
    """As on macOS and Windows, where Python looks into the current folder first."""
    Path(*script).write_text(
        "from codemod.run import pool\npool._FORKS = False\n"
        "class Pool(pool.ProcessPoolExecutor):\n"
        "    def submit(self, *arguments):\n"
        "        print('submitted', flush=True)\n"
        "        return super().submit(*arguments)\n"
        "pool.ProcessPoolExecutor = Pool\n"
        "from codemod.cli import main\n"
        "if __name__ == '__main__':\n    main(prog_name='eager-codemod')\n"
    )
    done = run(trap, "--jobs", "2", "-q", ".", program=script)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "submitted\n" * 2
    assert marks(trap) == []
    assert "_eager_load" in (trap / "newer.py").read_text()


@pytest.mark.parametrize(
    "key", ["core.fsmonitor", "core.sshCommand", "core.pager", "core.editor"]
)
def test_programs_in_gits_configuration_are_not_run(
    trap: Path, script: tuple[str, ...], key: str
) -> None:
    """A repository that came as an archive brings its own."""
    program = trap / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}/ran.imported\n")
    program.chmod(0o755)
    subprocess.run(["git", "config", key, str(program)], cwd=trap, check=True)
    assert run(trap, "--check", ".", program=script).returncode in (0, 1)
    assert marks(trap) == []


# -- Nothing outside is written --------------------------------------------------------


@pytest.fixture
def outside(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A script outside of the current folder, which is a repository."""
    folder = here / "outside"
    folder.mkdir()
    (folder / "tune.py").write_text(TUNE)
    inside = here / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    return folder / "tune.py"


@pytest.mark.parametrize("git", [False, True])
def test_links_that_lead_outside_are_not_followed(
    command: Command, outside: Path, git: bool
) -> None:
    """Neither a file's nor a folder's, when it was found by searching."""
    if git:
        subprocess.run(["git", "init", "-q"], check=True)
    Path("link.py").symlink_to(outside)
    Path("folder").symlink_to(outside.parent)
    assert command("--select", "all", ".").status == 0
    assert outside.read_text() == TUNE


def test_a_link_that_took_a_folders_place_is_not_followed(
    command: Command, outside: Path
) -> None:
    """Git still lists what the folder held."""
    Path("data").mkdir()
    Path("data/tune.py").write_text(TUNE)
    subprocess.run("git init -q && git add .", shell=True, check=True)
    Path("data/tune.py").unlink()
    Path("data").rmdir()
    Path("data").symlink_to(outside.parent)
    assert command(".").status == 0
    assert outside.read_text() == TUNE


@pytest.mark.parametrize(
    "settings",
    [
        'exclude = ["!**"]',
        'select = "all"\nentry = "any"',
        'hpo-libraries = ["os"]\ntransformers-libraries = ["os"]',
    ],
)
def test_settings_cannot_reach_outside(
    command: Command, outside: Path, settings: str
) -> None:
    """They leave files out, and select among those that are found."""
    Path("pyproject.toml").write_text(f"[tool.eager-codemod]\n{settings}\n")
    Path("x.py").write_text("import sys\nsys.path.append('../outside')\nimport tune\n")
    assert command(".").status == 0
    assert outside.read_text() == TUNE


@pytest.mark.parametrize(
    "key", ["root", "paths", "python", "verify", "stdin-filename", "edits", "write"]
)
def test_settings_say_how_not_what(command: Command, here: Path, key: str) -> None:
    """No key names a path to write to, or a program to run."""
    (here / "pyproject.toml").write_text(f'[tool.eager-codemod]\n{key} = "/"\n')
    assert command(".").status == 2


def test_settings_cannot_draw_on_the_terminal(command: Command, here: Path) -> None:
    """A key is shown in the message; its control characters are not."""
    (here / "pyproject.toml").write_text('[tool.eager-codemod]\n"\\u001b[2J" = 1\n')
    status, stdout, stderr = command(".")
    assert (status, stdout) == (2, "")
    assert "\x1b" not in stderr
    assert "\\x1b[2J: unknown key" in stderr


def test_code_cannot_draw_on_the_terminal(command: Command, here: Path) -> None:
    """Messages about it show its names and encodings, and nothing that acts."""
    (here / "a.py").write_bytes(
        b"# coding: \x1b[2J\ndef main(n_trials=a.optimize): pass\n"
    )
    (here / "b.py").write_bytes(b"def main(n_trials=a.optimize): pass\nx = \x1b[2J\n")
    (here / "c.py").write_bytes(
        "def main(n_trials=a.optimize): pass\nx = \u202e\n".encode()
    )
    _, stdout, stderr = command("-v", ".")
    assert stderr.endswith("\n2 files failed\n")  # a.py has no cookie for Python
    assert "\x1b" not in stdout + stderr
    assert "\u202e" not in stdout + stderr


def test_text_of_settings_is_no_code(command: Command, here: Path) -> None:
    """What is loaded ends up in the script, so it must be an identifier."""
    (here / "tune.py").write_text(TUNE)
    for name in ("x\\nimport os", "a.b", "for", ""):
        file = here / "pyproject.toml"
        file.write_text(f'[tool.eager-codemod]\nload = ["{name}"]\n')
        assert command("tune.py").status == 2
        assert (here / "tune.py").read_text() == TUNE
