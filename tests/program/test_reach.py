"""What a script reaches: names are followed, other things are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.program.verdict import Judge
from codemod.python.source import parse
from codemod.search.reading import read_regular
from tests.program.judging import MODEL, Files, judge, verdict, way, write

PACKAGE: Files = {
    "model.py": MODEL,
    "pkg/__init__.py": "",
    "pkg/search.py": """
        import optuna
        from model import objective

        def tune():
            optuna.create_study().optimize(objective)

        class Tuner:
            def __init__(self, study=None):
                self.study = study or optuna.create_study()

            def go(self):
                self.study.optimize(objective)

            @classmethod
            def make(cls):
                return cls()

            @staticmethod
            def run():
                optuna.create_study().optimize(objective)

        class Better(Tuner):
            pass

        def other():
            return Tuner

        tuner = Tuner()
        again = tune
        """,
    "facade/__init__.py": "from pkg.search import Tuner, tune as start",
    "stars/__init__.py": "from pkg.search import *",
    "far/__init__.py": "from stars import *",
    "relative/__init__.py": "from .inner import tune",
    "relative/inner.py": "from pkg.search import tune",
    "lazy/__init__.py": """
        def tune():
            from pkg.search import tune as inner
            return inner()
        """,
}

LEADS = {
    "import": "import pkg.search\npkg.search.tune()",
    "import as": "import pkg.search as s\ns.tune()",
    "from": "from pkg.search import tune\ntune()",
    "from package": "from pkg import search\nsearch.tune()",
    "from as": "from pkg.search import tune as t\nt()",
    "star": "from pkg.search import *\ntune()",
    "re-export": "from facade import start\nstart()",
    "re-export, dotted": "import facade\nfacade.start()",
    "star of a star": "from far import tune\ntune()",
    "relative re-export": "from relative import tune\ntune()",
    "lazy import": "from lazy import tune\ntune()",
    "import in a function": (
        "def f():\n    from pkg.search import tune\n    tune()\nf()"
    ),
    "import in try": (
        "try:\n    from pkg.search import tune\nexcept E:\n    pass\ntune()"
    ),
    "alias at module level": "from pkg.search import tune\ngo = tune\ngo()",
    "alias in a function": (
        "from pkg.search import tune\ndef f():\n    go = tune\n    go()\nf()"
    ),
    "alias of another module": "from pkg.search import again\nagain()",
    "alias, dotted": "import pkg.search\ns = pkg.search\ns.tune()",
    "partial": (
        "from functools import partial\n"
        "from pkg.search import tune\n"
        "p = partial(tune, 1)\n"
        "p()"
    ),
    "lambda": "from pkg.search import tune\nf = lambda: tune()\nf()",
    "dictionary": "from pkg.search import tune\nTASKS = {'t': tune}\nTASKS['t']()",
    "item that is set": "from pkg.search import tune\nT = {}\nT['t'] = tune\nT['t']()",
    "list": "from pkg.search import tune\nfor step in [print, tune]:\n    step()",
    "argument": "from pkg.search import tune\nmap(tune, [])",
    "keyword": "from pkg.search import tune\nprint(key=tune)",
    "default": "from pkg.search import tune\ndef f(go=tune):\n    go()\nf()",
    "decorator": "from pkg.search import tune\n@tune()\ndef f():\n    pass\n",
    "decorated": (
        "import functools\n"
        "from pkg.search import tune\n"
        "@functools.cache\n"
        "def f():\n"
        "    tune()\n"
        "f()"
    ),
    "method": "from pkg.search import Tuner\nTuner().go()",
    "method of a variable": "from pkg.search import Tuner\nt = Tuner()\nt.go()",
    "method of an attribute": (
        "from pkg.search import Tuner\n"
        "class A:\n"
        "    def __init__(self):\n"
        "        self.t = Tuner()\n"
        "    def f(self):\n"
        "        self.t.go()\n"
        "A().f()"
    ),
    "method of another's variable": "from pkg.search import tuner\ntuner.go()",
    "inherited method": "from pkg.search import Better\nBetter().go()",
    "method of what a function makes": "from pkg.search import other\nother()().go()",
    "class method": "from pkg.search import Tuner\nTuner.make().go()",
    "static method": "from pkg.search import Tuner\nTuner.run()",
    "bound method": "from pkg.search import Tuner\ngo = Tuner().go\ngo()",
    "special method": (
        "from pkg.search import tune\n"
        "class A:\n"
        "    def __call__(self):\n"
        "        tune()\n"
        "A()()"
    ),
    "context manager": (
        "from pkg.search import tune\n"
        "class A:\n"
        "    def __enter__(self):\n"
        "        tune()\n"
        "with A():\n"
        "    pass"
    ),
    "property": (
        "from pkg.search import tune\n"
        "class A:\n"
        "    @property\n"
        "    def x(self):\n"
        "        return tune()\n"
        "A().x"
    ),
    "super": (
        "from pkg.search import Tuner\n"
        "class A(Tuner):\n"
        "    def go(self):\n"
        "        super().go()\n"
        "A().go()"
    ),
    "class body": "from pkg.search import tune\nclass A:\n    tune()\nprint(A())\n",
    "nested function": (
        "from pkg.search import tune\n"
        "def f():\n"
        "    def g():\n"
        "        tune()\n"
        "    g()\n"
        "f()"
    ),
    "coroutine": "from pkg.search import tune\nasync def f():\n    tune()\nf()",
    "match": "from pkg.search import tune\nmatch 1:\n    case 1:\n        tune()\n",
    "f-string": "from pkg.search import tune\nprint(f'{tune()}')",
    "walrus": "from pkg.search import tune\nif (x := tune()):\n    pass",
    "global": (
        "from pkg.search import tune\n"
        "go = None\n"
        "def f():\n"
        "    global go\n"
        "    go = tune\n"
        "f()"
    ),
    "not for type checkers": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    x = 1\n"
        "else:\n"
        "    from pkg.search import tune\n"
        "tune()"
    ),
}
NOWHERE = {
    "not used": "from pkg.search import tune\n",
    "module not used": "import pkg.search\n",
    "another name": "from pkg.search import other\nother()",
    "class without its method": "from pkg.search import Tuner\nTuner()",
    "function that nobody calls": "from pkg.search import tune\ndef f():\n    tune()\n",
    "method that nobody calls": (
        "from pkg.search import tune\nclass A:\n    def f(self):\n        tune()\nA()"
    ),
    "string": "print('pkg.search.tune()')",
    "docstring": "'''from pkg.search import tune'''\n",
    "annotation": (
        "from pkg.search import Tuner\n"
        "x: Tuner\n"
        "def f(t: Tuner) -> Tuner:\n"
        "    return t\n"
        "f(1)"
    ),
    "type checking": (
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n"
        "    from pkg.search import tune\n"
        "    tune()\n"
    ),
    "shadowed by a parameter": (
        "from pkg.search import tune\ndef f(tune):\n    tune()\nf(print)"
    ),
    "shadowed by a local": (
        "from pkg.search import tune\ndef f():\n    tune = print\n    tune()\nf()"
    ),
    "package whose __init__ runs": "from facade.x import y\ny()",
    "isinstance": "from pkg.search import Tuner\nisinstance(1, Tuner)",
    "except": "from pkg.search import Tuner\ntry:\n    pass\nexcept Tuner:\n    pass",
}


@pytest.mark.parametrize("text", LEADS.values(), ids=LEADS)
def test_names_lead(tmp_path: Path, text: str) -> None:
    """To the trials, however they are passed on."""
    assert verdict(tmp_path, {**PACKAGE, "tune.py": text}) == "affected"


@pytest.mark.parametrize("text", NOWHERE.values(), ids=NOWHERE)
def test_other_things_do_not(tmp_path: Path, text: str) -> None:
    """That something is imported, or could be called, means nothing."""
    files = {**PACKAGE, "facade/x.py": "def y(): pass", "tune.py": text}
    assert verdict(tmp_path, files) == "none"


def test_the_way_with_its_lines(tmp_path: Path) -> None:
    """What people are shown, from the script to the start, and to transformers."""
    text = "from pkg.search import Tuner\n\ndef main():\n    Tuner().go()\n\nmain()\n"
    found = judge(tmp_path, {**PACKAGE, "tune.py": text}).verdict
    assert way(found.start) == [
        "tune.py:6 main",
        "tune.py:4 Tuner.go",
        "search.py:12 .optimize()",
    ]
    assert way(found.transformers)[-2:] == [
        "search.py:12 objective",
        "model.py:5 transformers.AutoModel.from_pretrained",
    ]


IMPORTING = "from pkg.search import tune\ntune()"


class TestLayouts:
    """Where first-party modules are looked for."""

    @pytest.mark.parametrize("folder", ["", "src/", "lib/"])
    def test_a_script_beside_the_package(self, tmp_path: Path, folder: str) -> None:
        """At the repository's root, in ``src`` or ``lib``; the script deep below."""
        files = {f"{folder}{k}": v for k, v in PACKAGE.items()}
        files["experiments/deep/tune.py"] = IMPORTING
        assert verdict(tmp_path, files, "experiments/deep/tune.py") == "affected"

    def test_a_package_with_a_setup_beside_its_init(self, tmp_path: Path) -> None:
        """It is still a package: the root is above."""
        files = {**PACKAGE, "pkg/setup.py": "", "pkg/pyproject.toml": ""}
        files["pkg/run.py"] = "from pkg.search import tune\ntune()"
        assert verdict(tmp_path, files, "pkg/run.py") == "affected"

    def test_outside_of_a_repository(self, tmp_path: Path) -> None:
        """A README stands where a project begins, if nothing else tells."""
        files = {**PACKAGE, "README.md": "", "run/tune.py": IMPORTING}
        write(tmp_path, files)
        (tmp_path / ".git").rmdir()
        path = tmp_path / "run" / "tune.py"
        found = Judge(read_regular).judge(str(path), parse(path.read_bytes()))
        assert found.verdict.name == "affected"

    def test_namespace_packages(self, tmp_path: Path) -> None:
        """Folders without ``__init__.py``."""
        files = {k: v for k, v in PACKAGE.items() if not k.endswith("__init__.py")}
        files["scripts/run.py"] = "from pkg.search import tune\ntune()"
        assert verdict(tmp_path, files, "scripts/run.py") == "affected"

    def test_a_library_of_the_repository_itself(self, tmp_path: Path) -> None:
        """Nobody looks into transformers, nor optuna, be it the repository's own."""
        files = {
            "transformers/__init__.py": "from .models import AutoModel",
            "transformers/models.py": (
                "import optuna\noptuna.create_study().optimize(1)"
            ),
            "train.py": "from transformers import AutoModel\nAutoModel()",
        }
        assert verdict(tmp_path, files, "train.py") == "none"

    def test_a_folder_of_a_common_name(self, tmp_path: Path) -> None:
        """``adapters`` and ``ax`` are also what people call their own folders."""
        files = {
            "adapters/__init__.py": "def load(): pass",
            "train.py": (
                "import optuna\nfrom adapters import load\n"
                "optuna.create_study().optimize(load)\n"
            ),
        }
        assert verdict(tmp_path, files, "train.py") == "hpo"

    def test_modules_that_import_each_other(self, tmp_path: Path) -> None:
        """A circle ends."""
        files = {
            "a.py": "from b import *\nimport b",
            "b.py": "from c import *\nfrom a import *",
            "c.py": "from a import *\nfrom pkg.search import tune",
            "run.py": "from a import tune\ntune()",
        }
        assert verdict(tmp_path, {**PACKAGE, **files}, "run.py") == "affected"

    def test_a_module_that_does_not_parse(self, tmp_path: Path) -> None:
        """Nobody looks into it; the script is judged by the rest."""
        files = {
            **PACKAGE,
            "old.py": "print 'hello'\n",
            "run.py": "import old\nfrom pkg.search import tune\nold.f()\ntune()",
        }
        assert verdict(tmp_path, files, "run.py") == "affected"
