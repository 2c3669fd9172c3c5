"""The code of notebooks, and what is said of those with trials."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemod.python.source import SourceError
from codemod.search.notebooks import Cell, cells_of, parsed, rough_code
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


def test_a_cell_knows_where_it_stands() -> None:
    """By its number among all cells, and the line of the script that it starts on."""
    assert cells_of(notebook("a = 1", "[text]", "b = 2\nc = 3\n")) == [
        Cell(1, 1, "a = 1\n"),
        Cell(3, 2, "b = 2\nc = 3\n"),
    ]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%matplotlib inline", "pass\n"),
        ("!pip install optuna", "pass\n"),
        ("if x:\n    !ls", "if x:\n    pass\n"),
        ("files = !ls", "files = None\n"),
        ("files = !ls \\\n  -l\nf()", "files = None\n\nf()\n"),
        ("!{cmd} \\\n  --a \\\n  --b 'c\nf()", "pass\n\n\nf()\n"),
        ("%%bash\nls", "\n\n"),
        ("%%writefile tune.py\nf()", "\n\n"),
        ("%%time\nf()", "\nf()\n"),
        ("\n%%capture out --no-stderr\n!ls\nf()", "\n\npass\nf()\n"),
        ("%%wandb -h 600\nf()", "\nf()\n"),
        ("%time f()", "f()\n"),
        ("%timeit -n1 -r 3 -o f()", "f()\n"),
        ("%prun -s cumtime f()", "f()\n"),
        ("x = %time f()", "x = f()\n"),
        ("%time !ls", "pass\n"),
        ("  f()\n  g()", "f()\ng()\n"),
        ("model?", "pass\n"),
        ("x = 5 % 3", "x = 5 % 3\n"),
        ("f('%s'\n  % x)", "f('%s'\n  % x)\n"),
        ("x = 1 \\\n  % 3", "x = 1 \\\n  % 3\n"),
        ("assert (x\n    != 1)", "assert (x\n    != 1)\n"),
        ("!ls\nok = (a\n  != b)", "pass\nok = (a\n  != b)\n"),
        ("%cd x\nf('%s'\n  % (x))", "pass\nf('%s'\n  % (x))\n"),
        ("x = 1 +\n", "\n"),
        ("a = 1\r\nb = 2", "a = 1\nb = 2\n"),
    ],
)
def test_what_only_ipython_knows_is_masked(cell: str, code: str) -> None:
    """The rest of the cell is Python, and stays on its line."""
    assert cells_of(notebook(cell)) == [Cell(1, 1, code)]


def test_a_cell_of_another_language_is_left_out() -> None:
    """IPython runs the others all the same."""
    cells = cells_of(notebook("a = 1", "x = 1 +\n", "print 'py2'\n", "b = 2"))
    assert parsed(cells).text == b"a = 1\n\n\nb = 2\n"


def test_the_lines_of_a_notebook_without_its_json() -> None:
    """Enough for a look at its imports, be the source a list or a text."""
    assert b"\nimport optuna\n" in rough_code(notebook("a = 1\nimport optuna\n"))
    assert b"\nimport optuna\n" in rough_code(b'{"source": "a = 1\\nimport optuna"')


def test_a_notebook_of_another_language() -> None:
    """It has no cell to look at."""
    assert cells_of(notebook("x", kernelspec={"language": "R"})) == []


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\n", "empty, so no notebook"),
        (b"[]", "no notebook: its cells are missing or damaged"),
        (b'{"cells": 3}', "no notebook: its cells are missing or damaged"),
        (b'{"cells": [{}]}', "no notebook: its cells are missing or damaged"),
        (b"[" * 100_000, "no notebook: it cannot be read as JSON"),
        (b'{"cells": "\xff"}', "no notebook: it cannot be read as JSON"),
        (b'{"cells": [', "no notebook: expecting value"),
    ],
)
def test_what_is_no_notebook(data: bytes, problem: str) -> None:
    """One line says why."""
    with pytest.raises(SourceError, match=problem):
        cells_of(data)


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


@pytest.mark.parametrize(
    "line",
    [
        IMPORT,
        f"from transformers import ({IMPORT[25:]},)".replace(", ", ",\n    "),
        "from transformers import RobertaConfig, GenerationMixin, pipeline\n"
        "from transformers import BertConfig, AutoConfig, DebertaV2Config as D",
        f"try:\n    {IMPORT}\nexcept ImportError:\n    pass",
        "from guards import _eager_load_transformers_configs\n"
        "_eager_load_transformers_configs()",
    ],
)
def test_a_notebook_that_imports_what_is_needed_is_fine(
    line: str, tmp_path: Path, run: Command
) -> None:
    """The pasted line ends the message, however a formatter wraps it."""
    (tmp_path / "study.ipynb").write_bytes(notebook(STUDY, line, START))
    assert "already fine" in run(str(tmp_path)).stderr


def test_an_import_below_the_trials_is_too_late(tmp_path: Path, run: Command) -> None:
    """Also where a function starts them that stands above it."""
    main = "def main():\n    optuna.create_study().optimize(objective, n_jobs=4)\n"
    cells = STUDY, main, "main()", IMPORT
    (tmp_path / "study.ipynb").write_bytes(notebook(*cells))
    assert "its cell 3 starts trials" in run(str(tmp_path)).stderr


def test_a_function_that_is_called_below_the_import(
    tmp_path: Path, run: Command
) -> None:
    """What counts is where its trials are started."""
    main = "def main():\n    optuna.create_study().optimize(objective, n_jobs=4)\n"
    cells = STUDY, main, IMPORT, "main()"
    (tmp_path / "study.ipynb").write_bytes(notebook(*cells))
    assert "already fine" in run(str(tmp_path)).stderr


def test_trials_below_a_magic_and_a_broken_cell(tmp_path: Path, run: Command) -> None:
    """Neither hides them."""
    cells = STUDY, "x = 1 +", f"%%time\n{START}"
    (tmp_path / "study.ipynb").write_bytes(notebook(*cells))
    assert "its cell 3 starts trials" in run(str(tmp_path)).stderr


def test_a_notebook_that_asks_to_be_left_alone(tmp_path: Path, run: Command) -> None:
    """The comment holds for all of it, as in a script."""
    cells = STUDY, f"# eager-codemod: skip (one kernel)\n{START}"
    (tmp_path / "study.ipynb").write_bytes(notebook(*cells))
    assert run(str(tmp_path)).stderr == "1 file skipped by a comment\n"


def test_a_notebook_with_its_trials_in_a_module(tmp_path: Path, run: Command) -> None:
    """It says nothing of a tuner itself."""
    start = START.replace("\n", "\n    ")
    (tmp_path / "tuner.py").write_text(f"{STUDY}\n\ndef run():\n    {start}")
    cells = "from tuner import run", "run()"
    (tmp_path / "study.ipynb").write_bytes(notebook(*cells))
    assert "its cell 2 starts trials" in run(str(tmp_path)).stderr


@pytest.mark.parametrize(
    "line",
    [
        "import tuner\r",
        "import\ttuner",
        'from importlib import import_module\ntuner = import_module("tuner")',
    ],
)
def test_a_module_is_seen_in_the_notebooks_json(
    tmp_path: Path, run: Command, line: str
) -> None:
    """Whatever JSON makes of the line that imports it."""
    start = START.replace("\n", "\n    ")
    (tmp_path / "tuner.py").write_text(f"{STUDY}\n\ndef run():\n    {start}")
    (tmp_path / "study.ipynb").write_bytes(notebook(f"{line}\ntuner.run()"))
    assert "its cell 1 starts trials" in run(str(tmp_path)).stderr


@pytest.mark.parametrize(
    "kernel", [None, {}, {"language": None}, {"language": "Python"}]
)
def test_a_notebook_whose_kernel_is_not_told(kernel: object) -> None:
    """Most are Python's."""
    assert cells_of(notebook("f()", kernelspec=kernel))


def test_a_notebook_with_other_trials_is_counted(tmp_path: Path, run: Command) -> None:
    """As a script is, with the option that takes it."""
    study = STUDY.replace("from transformers", "from keras")
    (tmp_path / "study.ipynb").write_bytes(notebook(study, START))
    assert "--select hpo takes them" in run(str(tmp_path)).stderr


def test_a_damaged_notebook_that_is_named(tmp_path: Path, run: Command) -> None:
    """Who names it wants to hear of it."""
    file = tmp_path / "study.ipynb"
    file.write_bytes(b'{"cells": [\n}')
    done = run(str(file))
    assert done.status == 2
    assert done.stderr.startswith(f"{file}:2:1: no notebook: expecting value; ")


def test_a_damaged_notebook_in_a_folder(tmp_path: Path, run: Command) -> None:
    """As a script that is no Python: an error only where it imports a tuner."""
    (tmp_path / "plots.ipynb").write_bytes(notebook("import numpy")[:-1])
    assert run(str(tmp_path)).status == 0
    (tmp_path / "study.ipynb").write_bytes(notebook("import optuna")[:-1])
    assert "study.ipynb:1:" in run(str(tmp_path)).stderr


def test_a_notebook_without_trials_is_silent(tmp_path: Path, run: Command) -> None:
    """It mentions optuna, and starts nothing."""
    (tmp_path / "plots.ipynb").write_bytes(notebook(STUDY))
    assert "ipynb" not in run(str(tmp_path)).stderr
