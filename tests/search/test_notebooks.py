"""The code of notebooks, and what is said of those with trials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemod.search.notebooks import Cell, code_of
from tests.invoke import Command, command

STUDY = """\
import optuna
from transformers import AutoModel


def objective(trial):
    return AutoModel.from_pretrained("x")
"""
START = "study = optuna.create_study()\nstudy.optimize(objective, n_jobs=4)\n"
IMPORT = (
    "from transformers import AutoConfig, BertConfig, DebertaV2Config, "
    "GenerationMixin, RobertaConfig"
)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command."""
    return command(capsys)


def notebook(*cells: str, **metadata: object) -> bytes:
    """A notebook with these code cells; a text in ``[]`` is a Markdown cell."""
    content = [
        {
            "cell_type": "markdown" if cell.startswith("[") else "code",
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    return json.dumps({"cells": content, "metadata": metadata}).encode()


def test_the_code_cells_are_joined() -> None:
    """Each is known by its number among all cells, and the line that it starts on."""
    assert code_of(notebook("a = 1", "[text]", "b = 2\nc = 3\n")) == (
        b"a = 1\nb = 2\nc = 3\n",
        [Cell(1, 1), Cell(3, 2)],
    )


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%matplotlib inline", b"pass\n"),
        ("!pip install optuna", b"pass\n"),
        ("if x:\n    !ls", b"if x:\n    pass\n"),
        ("files = !ls", b"files = None\n"),
        ("%%bash\nls", b"\n"),
        ("model?", b"pass\n"),
        ("x = 5 % 3", b"x = 5 % 3\n"),
    ],
)
def test_what_only_ipython_knows_is_masked(cell: str, code: bytes) -> None:
    """The rest of the cell is Python."""
    assert code_of(notebook(cell)) == (code, [Cell(1, 1)])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'{"cells": 3}',
        b"[" * 100_000,
        notebook("x", kernelspec={"language": "R"}),
    ],
)
def test_what_is_no_notebook_of_python(data: bytes) -> None:
    """It is passed over."""
    assert code_of(data) is None


def test_a_notebook_is_named_and_left_alone(tmp_path: Path, run: Command) -> None:
    """The line says which cell starts trials, and what to run above it."""
    file = tmp_path / "study.ipynb"
    file.write_bytes(notebook("[Study]", STUDY, START))
    before = file.read_bytes()
    done = run(str(tmp_path))
    assert (done.status, done.stderr) == (
        0,
        f"{file}: a notebook, left alone: its cell 3 starts trials; "
        f"run in a cell above it: {IMPORT}\n"
        "1 notebook left alone\n",
    )
    assert file.read_bytes() == before


def test_check_only_tells_of_notebooks(tmp_path: Path, run: Command) -> None:
    """Nothing can put them right but a person."""
    (tmp_path / "study.ipynb").write_bytes(notebook(STUDY, START))
    assert run("--check", str(tmp_path)).status == 0


def test_a_notebook_that_imports_what_is_needed_is_fine(
    tmp_path: Path, run: Command
) -> None:
    """The pasted line ends the message."""
    (tmp_path / "study.ipynb").write_bytes(notebook(STUDY, IMPORT, START))
    assert "already fine" in run(str(tmp_path)).stderr


def test_a_notebook_without_trials_is_silent(tmp_path: Path, run: Command) -> None:
    """It mentions optuna, and starts nothing."""
    (tmp_path / "plots.ipynb").write_bytes(notebook(STUDY))
    assert "ipynb" not in run(str(tmp_path)).stderr
