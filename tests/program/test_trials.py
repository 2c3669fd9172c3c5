"""What the trials are, and whether they lead to transformers."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from tests.program.judging import MODEL, Files, verdict

TRIALS = {
    "function": "def f(trial):\n    return AutoModel()\nstudy.optimize(f)",
    "lambda": "study.optimize(lambda trial: AutoModel())",
    "lambda around a function": (
        "def f(t, a):\n    return AutoModel()\nstudy.optimize(lambda t: f(t, 1))"
    ),
    "partial": (
        "from functools import partial\n"
        "def f(a, t):\n"
        "    return AutoModel()\n"
        "study.optimize(partial(f, 1))"
    ),
    "partial in a variable": (
        "from functools import partial\n"
        "def f(a, t):\n"
        "    return AutoModel()\n"
        "p = partial(f, 1)\n"
        "study.optimize(p)"
    ),
    "object": (
        "class F:\n"
        "    def __call__(self, trial):\n"
        "        return AutoModel()\n"
        "study.optimize(F())"
    ),
    "object in a variable": (
        "class F:\n"
        "    def __call__(self, trial):\n"
        "        return AutoModel()\n"
        "f = F()\n"
        "study.optimize(f, n_trials=2)"
    ),
    "method": (
        "class F:\n"
        "    def go(self, trial):\n"
        "        return AutoModel()\n"
        "study.optimize(F().go)"
    ),
    "own method": (
        "class F:\n"
        "    def go(self, trial):\n"
        "        return AutoModel()\n"
        "    def run(self):\n"
        "        study.optimize(self.go)\n"
        "F().run()"
    ),
    "nested function": (
        "def run():\n"
        "    def f(trial):\n"
        "        return AutoModel()\n"
        "    study.optimize(f)\n"
        "run()"
    ),
    "made by a function": (
        "def make():\n"
        "    def f(trial):\n"
        "        return AutoModel()\n"
        "    return f\n"
        "study.optimize(make())"
    ),
    "decorated": (
        "def deco(g):\n"
        "    return g\n"
        "@deco\n"
        "def f(trial):\n"
        "    return AutoModel()\n"
        "study.optimize(f)"
    ),
    "wrapped": (
        "def wrap(g):\n"
        "    return g\n"
        "def f(trial):\n"
        "    return AutoModel()\n"
        "study.optimize(wrap(f))"
    ),
    "keyword": "def f(trial):\n    return AutoModel()\nstudy.optimize(func=f)",
    "alias": "def f(trial):\n    return AutoModel()\ng = f\nstudy.optimize(g)",
    "parameter": (
        "def f(trial):\n"
        "    return AutoModel()\n"
        "def run(func):\n"
        "    study.optimize(func)\n"
        "run(f)"
    ),
    "attribute": (
        "def f(trial):\n"
        "    return AutoModel()\n"
        "class R:\n"
        "    def __init__(self, func):\n"
        "        self.func = func\n"
        "    def run(self):\n"
        "        study.optimize(self.func)\n"
        "R(f).run()"
    ),
    "import in the trial": (
        "def f(trial):\n"
        "    from transformers import BertModel\n"
        "    return BertModel()\n"
        "study.optimize(f)"
    ),
    "library on top": (
        "def f(trial):\n"
        "    from sentence_transformers import SentenceTransformer\n"
        "    return SentenceTransformer('x')\n"
        "study.optimize(f)"
    ),
    "module": (
        "import transformers\n"
        "def f(trial):\n"
        "    return transformers.AutoModel()\n"
        "study.optimize(f)"
    ),
    "object that holds it": (
        "class Data:\n"
        "    def load(self):\n"
        "        return AutoModel()\n"
        "data = Data()\n"
        "def f(trial):\n"
        "    return data.load()\n"
        "study.optimize(f)"
    ),
    "object with a model": (
        "class F:\n"
        "    def __init__(self):\n"
        "        self.model = AutoModel()\n"
        "    def go(self, trial):\n"
        "        return self.model(trial)\n"
        "    def run(self):\n"
        "        study.optimize(self.go)\n"
        "F().run()"
    ),
    "method that a framework calls": (
        "from workflows import Workflow\n"
        "class F(Workflow):\n"
        "    def search(self):\n"
        "        study.optimize(lambda trial: AutoModel())\n"
        "F().run()"
    ),
    "registry": (
        "MODELS = {}\n"
        "def add(g):\n"
        "    MODELS['g'] = g\n"
        "    return g\n"
        "@add\n"
        "def build():\n"
        "    return AutoModel()\n"
        "def f(trial):\n"
        "    return MODELS[trial.x]()\n"
        "study.optimize(f)"
    ),
}
ELSEWHERE = {
    "trial without": "def f(trial):\n    return 1\nAutoModel()\nstudy.optimize(f)",
    "lambda without": "AutoModel()\nstudy.optimize(lambda trial: 1)",
    "object without": (
        "class F:\n"
        "    def __call__(self, trial):\n"
        "        return 1\n"
        "    def other(self):\n"
        "        return AutoModel()\n"
        "study.optimize(F())"
    ),
    "not used": (
        "def g():\n"
        "    return AutoModel()\n"
        "def f(trial):\n"
        "    return 1\n"
        "study.optimize(f)"
    ),
    "subprocess": (
        "import subprocess\n"
        "def f(trial):\n"
        "    return subprocess.run(['python', 'train.py'])\n"
        "study.optimize(f)"
    ),
}
HEAD = (
    "import optuna\nfrom transformers import AutoModel\nstudy = optuna.create_study()\n"
)


@pytest.mark.parametrize("text", TRIALS.values(), ids=TRIALS)
def test_trials_that_lead_to_transformers(tmp_path: Path, text: str) -> None:
    """The trial is what counts, however it is written."""
    assert verdict(tmp_path, HEAD + text) == "affected"


def test_a_module_that_is_handed_on(tmp_path: Path) -> None:
    """Whatever is taken from it counts."""
    text = """\
import model
TASKS = {"bert": model}
study.optimize(lambda trial: TASKS[trial.x].objective(trial))
"""
    files: Files = {"tune.py": HEAD + text, "model.py": MODEL}
    assert verdict(tmp_path, files) == "affected"


@pytest.mark.parametrize(
    "line",
    [
        "if model is None:\n    raise SystemExit",
        "reload(model)",
        "setattr(model, 'x', 1)",
    ],
)
def test_a_module_that_is_only_mentioned(tmp_path: Path, line: str) -> None:
    """Nothing of it runs by that."""
    text = (
        f"import model\nfrom importlib import reload\n{line}\nstudy.optimize(print)\n"
    )
    head = HEAD.replace("from transformers import AutoModel\n", "")
    files: Files = {"tune.py": head + text, "model.py": MODEL}
    assert verdict(tmp_path, files) == "hpo"


@pytest.mark.parametrize("base", ["threading.Thread", "multiprocessing.Process"])
def test_a_class_that_runs_by_itself(tmp_path: Path, base: str) -> None:
    """Nothing in the script calls ``run``."""
    text = f"""\
import multiprocessing, threading

class Worker({base}):
    def run(self):
        study.optimize(lambda trial: AutoModel())

for worker in [Worker() for _ in range(4)]:
    worker.start()
"""
    assert verdict(tmp_path, HEAD + text) == "affected"


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE)
def test_trials_that_do_not(tmp_path: Path, text: str) -> None:
    """A model that the script loads before its trials is no reason."""
    assert verdict(tmp_path, HEAD + text) == "hpo"


def test_a_trial_that_cannot_be_told(tmp_path: Path) -> None:
    """Then the script counts: ask and tell has no trial function."""
    text = "AutoModel()\ntrial = study.ask()\nstudy.tell(trial, 1)\n"
    assert verdict(tmp_path, HEAD + text) == "affected"


POOLS = {
    "a library's own method in a thread": (
        """
        from threading import Thread

        model = AutoModel.from_pretrained("tiny")
        model = model.to("cpu")
        while True:
            Thread(target=model.generate).start()
        """,
        "none",
    ),
    "a trainer in threads": (
        """
        from threading import Thread
        from transformers import Trainer

        trainer = Trainer()
        for _ in range(4):
            Thread(target=trainer.train).start()
        """,
        "affected",
    ),
    "a function that another package runs in threads": (
        """
        from threading import Thread
        from workers import Worker

        def load():
            AutoModel.from_pretrained("tiny")

        for _ in range(4):
            worker = Worker(load)
            Thread(target=worker.run).start()
        """,
        "affected",
    ),
    "a function in threads": (
        """
        from threading import Thread

        def load():
            AutoModel.from_pretrained("tiny")

        for _ in range(4):
            Thread(target=load).start()
        """,
        "affected",
    ),
    "method with a model": (
        """
        class Embedder:
            def __init__(self):
                self.model = AutoModel()

            def embed(self, line):
                return self.model(line)

            def all(self, lines):
                with ThreadPoolExecutor() as pool:
                    return list(pool.map(self.embed, lines))

        Embedder().all([])
        """,
        "affected",
    ),
    "whatever it is given": (
        """
        def each(function, items):
            with ThreadPoolExecutor() as pool:
                pool.map(lambda item: function(item), items)

        each(print, [])
        AutoModel()
        """,
        "none",
    ),
}


@pytest.mark.parametrize(("text", "expected"), POOLS.values(), ids=POOLS)
def test_thread_pools(tmp_path: Path, text: str, expected: str) -> None:
    """They run trials where what they are handed leads to transformers for sure."""
    head = "from concurrent.futures import ThreadPoolExecutor\n" + HEAD
    assert verdict(tmp_path, head + dedent(text)) == expected
