"""Which scripts ``--verify`` looks at, and what it says of them without a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.edits.guard import FUNCTION, render
from tests.invoke import Command, Outcome

StandIn = Callable[..., None]

VERIFY = ("--verify", "--python", sys.executable)
NOTHING = (
    "nothing to verify: no script whose trials lead to transformers, and none with "
    "a guard\n"
)
# Nine lines: what a script is guarded with, and its trial.
HEAD = f"""\
import optuna
from guards import {FUNCTION}
from transformers import AutoModel


def objective(trial):
    return AutoModel.from_pretrained(trial)


"""
RUN = "optuna.create_study().optimize(objective)"
# What has trials' results has no trials.
READS = "import optuna\nfrom transformers import AutoModel\noptuna.load_study('x')\n"

FLAT = f"""{HEAD}{RUN}
{FUNCTION}()
"""
IN_AN_ARGUMENT = f"""{HEAD}def tune(parser):
    {RUN}


def main():
    best_params = tune(parser.parse_args())
    {FUNCTION}()


main()
"""
EARLY_BRANCH = f"""{HEAD}def main():
    if len(sys.argv) == 1:
        {RUN}
        return
    {FUNCTION}()
    {RUN}


if __name__ == "__main__":
    main()
"""
SECOND_COMMAND = f"""{HEAD}@click.command()
def one():
    {FUNCTION}()
    {RUN}


@click.command()
def two():
    {RUN}
"""


@pytest.fixture
def folder(here: Path) -> Path:
    """A folder with a module that has the guard of others."""
    here.joinpath("guards.py").write_text(render(), encoding="utf-8")
    return here


def write(folder: Path, text: str, name: str = "tune.py") -> None:
    """Write a script."""
    folder.joinpath(name).write_text(text, encoding="utf-8")


def scripts_of(found: Outcome) -> str:
    """What is said of the scripts, without the environment and the summary."""
    return "\n\n".join(found.stdout.split("\n\n")[1:-1]) + "\n"


# -- nothing to do, nothing to read --------------------------------------------------


@pytest.mark.parametrize("paths", [(".",), ("reads.py",), ("guards.py", "reads.py")])
def test_nothing_to_verify_is_0(
    paths: tuple[str, ...], folder: Path, command: Command
) -> None:
    """No trials, or a module with the guard of others; no process is started."""
    write(folder, READS, "reads.py")
    assert command("--verify", *paths) == (0, "", NOTHING)
    assert command("--verify", "-q", *paths) == (0, "", "")


def test_nothing_to_verify_for_machines(here: Path, command: Command) -> None:
    """They get a document all the same."""
    found = command("--verify", "--output-format", "json", ".")
    assert json.loads(found.stdout) == {"version": 1, "status": 0, "scripts": []}


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("bad.py", "def main(:\n", "bad.py:1:10: invalid syntax"),
        ("notes.txt", "numpy\n", "notes.txt: no Python script, by its suffix .txt"),
        ("d.py", f"x = {'-' * 9000}1\n", "d.py:1:1: nested too deeply to be parsed"),
    ],
)
def test_what_cannot_be_read_is_2(
    name: str, text: str, line: str, here: Path, command: Command
) -> None:
    """One line, and nothing else."""
    write(here, text, name)
    assert command("--verify", name) == (2, "", f"{line}\n")


def test_a_comment_that_says_skip(folder: Path, command: Command) -> None:
    """It holds here as well."""
    text = HEAD.replace(f"from guards import {FUNCTION}", "# eager-codemod: skip")
    write(folder, f"{text}{RUN}\n")
    line = text.partition("# eager")[0].count("\n") + 1
    assert command("--verify", ".") == (
        0,
        "",
        f"tune.py:{line}: skipped by its comment\n"
        "nothing to verify: what there is asks to be skipped\n",
    )
    assert command("--verify", "-q", ".") == (0, "", "")


def test_a_notebook_is_told_of(here: Path, command: Command) -> None:
    """As in a plain run; whether its cells were run in order, nobody can prove."""
    source = HEAD.replace(f"from guards import {FUNCTION}\n", "") + RUN
    cells = [{"cell_type": "code", "source": source}]
    write(here, json.dumps({"cells": cells, "nbformat": 4}), "tune.ipynb")
    found = command("--verify", "tune.ipynb")
    assert (found.status, found.stdout) == (0, "")
    told, nothing = found.stderr.splitlines(keepends=True)
    assert told.startswith("tune.ipynb: a notebook, left alone: its cell 1 starts ")
    assert nothing == NOTHING


# -- when the guard is called ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (FLAT, "tune.py:11: the trials of line 10 start before"),
        (IN_AN_ARGUMENT, "tune.py:16: the trials of line 11 start before"),
        (EARLY_BRANCH, "tune.py:14: the trials of line 11 start before"),
        (SECOND_COMMAND, "tune.py:17: the trials of line 18 start before"),
    ],
)
def test_trials_in_front_of_the_call(
    text: str, line: str, folder: Path, command: Command, stand_in: StandIn
) -> None:
    """It looks guarded, and its trials race all the same; a plain run cures it."""
    stand_in()
    write(folder, text)
    found = command(*VERIFY, ".")
    assert (found.status, found.stderr) == (1, "")
    assert scripts_of(found) == (
        f"{line} the guard is called\n"
        "  -> run eager-codemod tune.py, which adds a call in time\n"
    )
    assert found.stdout.splitlines()[-1].startswith("1 fails (")
    assert command("-q", "tune.py").status == 0
    assert "tune.py: holds\n" in command(*VERIFY, ".").stdout


def test_the_line_for_machines(
    folder: Path, command: Command, stand_in: StandIn
) -> None:
    """As a number of its own."""
    stand_in()
    write(folder, FLAT)
    found = command(*VERIFY, "--output-format", "json", ".")
    (script,) = json.loads(found.stdout)["scripts"]
    assert (script["verdict"], script["line"]) == ("fails", 11)
    assert script["reason"] == "the trials of line 10 start before the guard is called"


def test_a_call_in_front_of_what_is_no_trial(
    folder: Path, command: Command, stand_in: StandIn
) -> None:
    """Where nothing starts trials, no call comes too late."""
    stand_in()
    write(folder, f"{HEAD}def helper():\n    {FUNCTION}()\n\n\nmain(objective)\n")
    assert "tune.py: holds\n" in command(*VERIFY, ".").stdout


def test_a_guard_that_is_not_bound_where_it_is_called(
    folder: Path, command: Command, stand_in: StandIn
) -> None:
    """It would end in a NameError, so it is no proof that its definition holds."""
    stand_in()
    late = HEAD.replace(f"from guards import {FUNCTION}\n", f"{FUNCTION}()\n")
    write(folder, f"{late}from guards import {FUNCTION}\n{RUN}\n")
    found = command(*VERIFY, ".")
    assert found.status == 1
    assert scripts_of(found) == (
        f"tune.py: fails\n  the module lacks the definition of {FUNCTION}\n"
        "  -> run eager-codemod tune.py, which adds it\n"
    )


# -- without a guard -------------------------------------------------------------------


def test_a_script_without_a_guard_beside_one_that_holds(
    folder: Path, command: Command, stand_in: StandIn
) -> None:
    """It is named and counts, since the other proves nothing about it."""
    stand_in()
    write(folder, f"{HEAD}{FUNCTION}()\n{RUN}\n")
    bare = HEAD.replace(f"from guards import {FUNCTION}\n", "")
    write(folder, f"{bare}{RUN}\n", "bare.py")
    found = command(*VERIFY, ".")
    assert (found.status, found.stderr) == (1, "")
    assert "bare.py: not guarded\n  -> run eager-codemod bare.py first\n" in (
        found.stdout
    )
    assert "tune.py: holds\n" in found.stdout
    assert found.stdout.splitlines()[-1].startswith("1 not guarded, 1 holds (")


def test_a_script_that_a_run_cannot_guard(
    folder: Path, command: Command, stand_in: StandIn
) -> None:
    """What a person has to do is said in place of the command that would not help."""
    stand_in()
    bare = HEAD.replace(f"from guards import {FUNCTION}\n", "")
    write(folder, f"{bare}def main(): {RUN}\n")
    found = command(*VERIFY, ".")
    assert found.status == 1
    assert scripts_of(found) == (
        f"tune.py: not guarded\n  -> main() does not call {FUNCTION}; left alone: its "
        "body stands on the line of its header; give it lines of its own\n"
    )


@pytest.mark.parametrize(
    ("select", "status"), [("affected", 1), ("all", 1), ("threaded", 0)]
)
def test_what_a_run_would_not_take_needs_no_guard(
    select: str, status: int, folder: Path, command: Command, stand_in: StandIn
) -> None:
    """Its trials run one after the other, and only those in threads were asked for."""
    stand_in()
    bare = HEAD.replace(f"from guards import {FUNCTION}\n", "")
    write(folder, f"{bare}{RUN}\n")
    assert command(*VERIFY, "--select", select, ".").status == status


@pytest.mark.usefixtures("affected")
def test_a_shared_guard_that_fails(
    here: Path, command: Command, stand_in: StandIn
) -> None:
    """No run over the script would change it: its file is named."""
    stand_in()
    write(here, f"def {FUNCTION}():\n    pass\n", "guards.py")
    write(here, f"{HEAD}{FUNCTION}()\n{RUN}\n")
    found = command(*VERIFY, "tune.py")
    assert found.status == 1
    assert found.stdout.count("\n  -> ") == 1
    assert (
        "\n  -> let the guard in guards.py load AutoConfig, BertConfig, "
        "DebertaV2Config, GenerationMixin, RobertaConfig too\n"
    ) in found.stdout


# -- guards that are not run -----------------------------------------------------------


def test_an_expression_of_900_terms_in_a_guard(
    here: Path, command: Command, stand_in: StandIn
) -> None:
    """A line, wherever Python's stack ends."""
    stand_in()
    guard = f"def {FUNCTION}():\n    x = {' + '.join('1' * 900)}\n\n\n"
    own = HEAD.replace(f"from guards import {FUNCTION}\n", guard)
    write(here, f"{own}{FUNCTION}()\n{RUN}\n")
    found = command(*VERIFY, ".")
    assert (found.status, found.stderr) == (1, "")
    line = "it was edited and is not run here: line 3 is no import from transformers"
    assert f"tune.py: fails\n  {line}" in found.stdout
