"""The look at bytes: it passes whatever may be a script with trials."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.program.gate import Gate
from codemod.program.import_lines import imported_names
from codemod.program.verdict import Judge
from codemod.search.reading import read_regular
from tests.program.judging import MODEL, Files, write

FILES: Files = {
    "model.py": MODEL,
    "search.py": "import optuna\nfrom model import f\nstudy.optimize(f)",
    "at_hand.py": "import optuna\nimport wandb",
    "pkg/__init__.py": "from .inner import go\nfrom .other import one",
    "pkg/inner.py": "from search import x as go",
    "pkg/other.py": "one = 1",
}
PASSES = [
    "import optuna\nstudy.optimize(f)",
    "import json, optuna\nstudy.ask()",
    "import json; import optuna\nstudy.optimize(f)",
    "import optuna as o\nstudy.optimize(f)",
    "from optuna import create_study\nstudy.optimize(f)",
    "from optuna.study import Study\nstudy.optimize(f)",
    "if x:\n    import optuna\nstudy.optimize(f)",
    "def f():\n\timport optuna\n\tstudy.optimize(f)",
    "\ufeffimport optuna\nstudy.optimize(f)",
    "from ray import tune\ntune.run(f)",
    "import ray\nray.tune.run(f)",
    "from at_hand import *\nwandb.agent(i, f)",
    "from at_hand import optuna\nstudy.optimize(f)",
    "import search",
    "from search import x",
    "import pkg",
    "import pkg.inner",
    "from pkg import inner",
    "from pkg import other, inner",
    "from pkg import (\n    other,  # no\n    inner,\n)",
    "from pkg import other, \\\n    inner",
    "from pkg import go as run",
    "from pkg import *",
    "import hydra\n@hydra.main()\ndef f(): pass",
    "trainer.hyperparameter_search()",
    "from concurrent.futures import ThreadPoolExecutor\nimport transformers",
    "import threading, model\nthreading.Thread(target=f)",
    "import joblib, peft\njoblib.Parallel(prefer='threads')",
    "from joblib import threading\nimportlib.import_module('model')",
    "from joblib import threading\nimportlib.import_module(f'pkg.{name}')",
    "study.optimize(f, n_trials=2)",
    "study.optimize(f, show_progress_bar=True)",
    "importlib.import_module('search')",
    "importlib.import_module(f'pkg.{name}').run()",
    "TASKS = {'go': 'pkg.inner'}\nimportlib.import_module(TASKS[name]).run()",
]
STOPS = [
    "from concurrent.futures import ThreadPoolExecutor\nprint('__main__')",
    "from joblib import threading\nimport_module(f'json.{n}')\nprint('__main__')",
    "",
    "import at_hand",
    "from pkg import one",
    "from pkg import (\n    one,  # inner\n)",
    "import json",
    "import transformers",
    "import model",
    "# import optuna",
    "x = 'optuna'",
    "ThreadPool(2)\nimport transformers",
    "import threading, transformers\nthreading.Lock()",
    "print('n_trials=2')",
    "import optunax",
    "from nowhere import optuna_helper",
    "from .nowhere import x",
]


def passes(folder: Path, text: str) -> bool:
    """Whether a script in a repository with trials passes."""
    write(folder, FILES)
    gate = Gate(Judge(read_regular).project)
    return gate.passes(str(folder / "tune.py"), text.encode())


@pytest.mark.parametrize("text", PASSES)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_what_passes(tmp_path: Path, text: str, newline: str) -> None:
    """A sign anywhere in what it imports."""
    assert passes(tmp_path, f"{text}\nprint('__main__')\n".replace("\n", newline))


@pytest.mark.parametrize(
    "text",
    [
        "import optuna\n\nstudy = optuna.create_study()\nstudy.optimize(f)\n",
        "import optuna\n\ndef tune():\n    study.optimize(f)\n\ntune()\n",
    ],
    ids=["imported", "defined"],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_flat_code_is_a_script(tmp_path: Path, newline: str, text: str) -> None:
    """Whatever its lines end with, it calls what it imports or defines."""
    write(tmp_path, FILES)
    gate = Gate(Judge(read_regular).project)
    data = text.replace("\n", newline).encode()
    assert gate.passes(str(tmp_path / "tune.py"), data)


@pytest.mark.parametrize("text", STOPS)
def test_what_does_not(tmp_path: Path, text: str) -> None:
    """Nearly all files: they cost a look."""
    assert not passes(tmp_path, f"{text}\nx = 1\n")


def test_modules_that_import_each_other(tmp_path: Path) -> None:
    """Whatever is asked first, all in a circle with a sign have it."""
    circle: Files = {
        "a.py": "import b  # __main__",
        "b.py": "import c  # __main__",
        "c.py": "import a\nimport d  # __main__",
        "d.py": "import optuna  # __main__\nstudy.optimize(f)",
        "e.py": "import a  # __main__",
        "f.py": "x = 1  # __main__",
    }
    write(tmp_path, circle)
    for order in ("abcdef", "fedcba", "cbafed"):
        gate = Gate(Judge(read_regular).project)
        found = {
            name
            for name in order
            if gate.passes(
                str(tmp_path / f"{name}.py"), (tmp_path / f"{name}.py").read_bytes()
            )
        }
        assert found == set("abcde")


def test_a_module_that_cannot_be_a_script(tmp_path: Path) -> None:
    """Relative imports, and nothing that runs it."""
    write(
        tmp_path,
        {"pkg/search.py": "import optuna\n\nfrom .x import y\ns.optimize(f)\n"},
    )
    gate = Gate(Judge(read_regular).project)
    path = tmp_path / "pkg" / "search.py"
    assert not gate.passes(str(path), path.read_bytes())


@pytest.mark.parametrize(
    ("module", "passes"),
    [
        ("import optuna\nstudy.optimize(f)", True),
        ("import optuna", False),
        ("import wandb\nwandb.init()", False),
        ("import ray\nfine.tune(run)", False),
        ("import ray\ntune.run(f)", False),
        ("from ray import tune\ntune.run(f)", True),
    ],
)
def test_a_module_says_the_word(tmp_path: Path, module: str, passes: bool) -> None:
    """One that only imports a tuner starts nothing."""
    write(tmp_path, {"search.py": module, "tune.py": "import search  # __main__"})
    path = tmp_path / "tune.py"
    gate = Gate(Judge(read_regular).project)
    assert gate.passes(str(path), path.read_bytes()) is passes


def test_what_is_run_without_being_a_script(tmp_path: Path) -> None:
    """A notebook leads to what the modules beside it say."""
    write(tmp_path, {"tuner.py": "import optuna\nstudy.optimize(f)"})
    gate = Gate(Judge(read_regular).project)
    path = tmp_path / "a.ipynb"
    assert gate.leads(str(path), b"\nfrom tuner import run\n")
    assert gate.leads(str(path.with_stem("b")), b"trainer.hyperparameter_search()")
    assert not gate.leads(str(path.with_stem("c")), b"\nimport numpy\n")


def test_a_library_of_the_settings(tmp_path: Path) -> None:
    """Whatever is called of it starts trials."""
    write(tmp_path, {"tune.py": "from ours.tuner import go\n\ngo()\n"})
    project = Judge(read_regular, hpo=("ours.tuner",)).project
    path = tmp_path / "tune.py"
    assert Gate(project, ("ours.tuner",)).passes(str(path), path.read_bytes())
    assert not Gate(project).passes(str(path), path.read_bytes())


def test_many_questions_read_each_module_once(tmp_path: Path) -> None:
    """Also where the answers stop at the first sign."""
    files: Files = {f"m{i}.py": f"import m{i + 1}, s  # __main__" for i in range(50)}
    write(tmp_path, {**files, "s.py": "import optuna\nstudy.optimize(f)"})
    read: list[str] = []

    def reading(path: str, most: int) -> bytes | None:
        read.append(path)
        return read_regular(path, most)

    gate = Gate(Judge(reading).project)
    for name in files:
        path = tmp_path / name
        assert gate.passes(str(path), path.read_bytes())
    assert read.count(str(tmp_path / "s.py")) <= 2


def test_a_module_of_many_parts() -> None:
    """No file has such a name, and with each of its names it would be written out."""
    line = b"from %s import f, g\n"
    assert len(list(imported_names(line % b"a.b"))) == 3
    assert not list(imported_names(line % b".".join([b"a"] * 500)))
