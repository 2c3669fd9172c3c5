"""``eager-codemod --verify``, from the command line to the exit status."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.edits.guard import FUNCTION
from codemod.verify import interpreters
from tests.invoke import DOWNLOAD, TUNE, Command

StandIn = Callable[..., None]


@pytest.fixture
def tree(here: Path) -> Path:
    """A folder with an HPO script, guarded by the command, and another script."""
    here.joinpath("tune.py").write_text(TUNE, encoding="utf-8")
    here.joinpath("download.py").write_text(DOWNLOAD, encoding="utf-8")
    return here


def test_guard_then_verify(tree: Path, command: Command, stand_in: StandIn) -> None:
    """The two commands of the README: patch a folder, prove it."""
    stand_in()
    assert command("-q", ".").status == 0
    found = command("--verify", "--python", sys.executable, ".")
    assert found.status == 0, found.stdout + found.stderr
    assert "tune.py: holds" in found.stdout
    assert "download.py" not in found.stdout, "it is no HPO script and has no guard"


def test_verify_before_guarding(
    tree: Path, command: Command, stand_in: StandIn
) -> None:
    """The script is named, with the command that comes first."""
    stand_in()
    found = command("--verify", "--python", sys.executable, ".")
    assert found.status == 1
    assert "tune.py: not guarded\n  -> run eager-codemod " in found.stdout


def test_a_guarded_script_that_no_run_would_select(
    tree: Path, command: Command, stand_in: StandIn
) -> None:
    """Whoever has a guard wants to know about it."""
    stand_in()
    assert command("-q", "download.py").status == 0
    found = command("--verify", "--python", sys.executable, ".")
    assert "download.py: holds" in found.stdout


def test_json(tree: Path, command: Command, stand_in: StandIn) -> None:
    """Machines get one JSON document on standard output, and nothing else."""
    stand_in()
    command("-q", ".")
    found = command(
        "--verify", "--python", sys.executable, "--output-format", "json", "tune.py"
    )
    data = json.loads(found.stdout)
    assert (found.status, found.stderr) == (data["status"], "")
    assert [s["path"] for s in data["scripts"]] == ["tune.py"]


@pytest.mark.parametrize("output_format", ["github", "sarif"])
def test_formats_for_findings_are_refused(
    tree: Path, command: Command, output_format: str
) -> None:
    """A proof is no list of findings."""
    found = command("--verify", "--output-format", output_format, "tune.py")
    assert found.status == 2
    assert f"--verify prints text or json, not {output_format}\n" in found.stderr


@pytest.mark.parametrize(
    "option", ["--load=XConfig", "--with=protobuf-env", "--upgrade", "--remove"]
)
def test_what_is_about_changes_is_refused(
    tree: Path, command: Command, option: str
) -> None:
    """It would not count for the verdict; a settings file may have it."""
    found = command("--verify", option, "tune.py")
    assert found.status == 2
    what = option.partition("=")[0]
    assert found.stderr.endswith(f" changes nothing; it goes without {what}\n")


def test_standard_input_is_refused(tree: Path, command: Command) -> None:
    """What a script imports is looked for from its place."""
    found = command("--verify", "-")
    assert found.status == 2
    assert found.stderr.endswith('; name the file instead of "-"\n')


def test_quiet_prints_what_does_not_hold(
    tree: Path, command: Command, stand_in: StandIn
) -> None:
    """And nothing else; nothing at all where all is well."""
    stand_in()
    command("-q", "download.py")
    verify = "--verify", "-q", "--python", sys.executable
    assert command(*verify, "download.py") == (0, "", "")
    found = command(*verify, ".")
    assert (found.status, found.stderr) == (1, "")
    assert found.stdout.startswith("tune.py: not guarded\n  -> run eager-codemod ")
    assert found.stdout.count("\n") == 2


def test_several_scripts_are_counted(
    tree: Path, command: Command, stand_in: StandIn
) -> None:
    """In the plural."""
    stand_in()
    command("-q", "tune.py", "download.py")
    found = command("--verify", "--python", sys.executable, "tune.py", "download.py")
    assert found.stdout.splitlines()[-1].startswith("2 hold (")


def test_nothing_is_changed(tree: Path, command: Command, stand_in: StandIn) -> None:
    """Not a script, and no file appears beside them."""
    stand_in()
    command("-q", ".")
    before = {path: path.stat() for path in tree.glob("*.py")}
    command("--verify", "--python", sys.executable, ".")
    assert {path: path.stat().st_mtime_ns for path in tree.glob("*.py")} == {
        path: stat.st_mtime_ns for path, stat in before.items()
    }


def test_an_unreadable_script_is_2_and_the_others_are_verified(
    tree: Path, command: Command, stand_in: StandIn
) -> None:
    """One bad file stops nothing, and outranks what was found."""
    stand_in()
    command("-q", ".")
    tree.joinpath("broken.py").write_text(f"def main(: {FUNCTION}", encoding="utf-8")
    found = command("--verify", "--python", sys.executable, ".")
    assert found.status == 2
    assert found.stderr == "broken.py:1:10: invalid syntax\n"
    assert "tune.py: holds" in found.stdout


def test_a_missing_path_is_2(tree: Path, command: Command) -> None:
    """As for every other command."""
    found = command("--verify", "nowhere.py")
    assert found.status == 2
    assert "nowhere.py" in found.stderr


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("no-such-python", "is no interpreter"),
        ("folder", "is no virtual environment"),
        ("tune.py", "is no interpreter"),
    ],
)
def test_what_is_no_interpreter_is_2(
    python: str, message: str, tree: Path, command: Command
) -> None:
    """One line that says what --python takes."""
    tree.joinpath("folder").mkdir()
    found = command("--verify", "--python", python, "tune.py")
    assert found.status == 2
    assert message in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="Windows starts no scripts")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("#!/bin/sh\necho what a day >&2; exit 5\n", "exit status 5: what a day"),
        ("#!/nowhere/python\n", "cannot be started: No such file"),
        ("\x7fELF", "cannot be started: "),
    ],
)
def test_an_interpreter_that_does_not_start_is_2(
    text: str, message: str, tree: Path, command: Command
) -> None:
    """Whatever it is, the error is one line."""
    python = tree / "python"
    python.write_text(text, encoding="utf-8")
    python.chmod(0o755)
    found = command("--verify", "--python", "./python", "tune.py")
    assert found.status == 2
    assert message in found.stderr
    assert found.stderr.count("\n") == 1


def test_a_virtual_environments_folder(
    bare_environment: Path,
    tree: Path,
    command: Command,
    stand_in: StandIn,
) -> None:
    """--python takes what people have: the folder."""
    stand_in()
    command("-q", ".")
    found = command("--verify", "--python", str(bare_environment), "tune.py")
    assert found.status == 0
    assert str(bare_environment) in found.stdout


@pytest.mark.skipif(os.name != "posix", reason="a link is the simplest interpreter")
def test_by_default_the_python_on_path_that_has_transformers(
    bare_environment: Path,
    here: Path,
    monkeypatch: pytest.MonkeyPatch,
    stand_in: StandIn,
) -> None:
    """The activated environment, not the one that the tool is installed in."""
    stand_in()
    monkeypatch.setenv("PATH", str(bare_environment / "bin"))
    found = interpreters.find(None, [])
    assert found["executable"] == str(bare_environment / "bin" / "python")


def test_else_the_running_one(
    here: Path, monkeypatch: pytest.MonkeyPatch, stand_in: StandIn
) -> None:
    """Without any Python on PATH there still is the one that runs the tool."""
    stand_in()
    monkeypatch.setenv("PATH", str(here))
    assert interpreters.find(None, [])["executable"] == sys.executable


def test_no_transformers_anywhere_is_2(
    bare_environment: Path,
    tree: Path,
    command: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that were asked are named, and what to do."""
    python = str(next(bare_environment.glob("*/python*")))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("PATH", str(bare_environment / "bin"))
    monkeypatch.setattr(sys, "executable", python)
    found = command("--verify", "tune.py")
    assert found.status == 2
    assert "activate the environment that runs your trials" in found.stderr
