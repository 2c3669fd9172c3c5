"""Helpers from first-party modules: does what is imported really parse?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from codemod.program import entrypoints as script
from codemod.program.imports import Project
from codemod.program.resolver import Answers, FirstParty

Parses = Callable[..., bool]

PARSES = """\
import argparse

def get_args():
    return argparse.ArgumentParser().parse_args()
"""
LOOKS_SO = """\
import json

def get_args():
    return json.load(open("args.json"))
"""


@pytest.fixture
def parses(tmp_path: Path) -> Parses:
    """Whether the main() of a script, among other files, parses arguments."""

    def run(main: str, name: str = "train.py", **files: str) -> bool:
        (tmp_path / ".git").mkdir(exist_ok=True)
        body, _, call = main.rpartition("\n")
        text = f"{body}\n\ndef main():\n    args = {call}\n"
        for path, content in {name: text, **files}.items():
            file = tmp_path / path.replace("__", "/").replace("/init/", "__init__")
            file = file if file.suffix == ".py" else file.with_name(file.name + ".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        path = str(tmp_path / name)
        resolver = FirstParty(Project(), path, Answers())
        return bool(script.read(text.encode(), resolver=resolver).entries)

    return run


def test_a_helper_that_parses(parses: Parses) -> None:
    """Its module stands beside the script."""
    assert parses("from options import get_args\nget_args()", options=PARSES)


def test_a_helper_that_only_looks_so(parses: Parses) -> None:
    """A name proves nothing: seven in eight do not parse."""
    assert not parses("from options import get_args\nget_args()", options=LOOKS_SO)


def test_a_helper_from_elsewhere(parses: Parses) -> None:
    """What is not first-party is not trusted, whatever its name."""
    assert not parses("from elsewhere import parse_args\nparse_args()")


def test_a_helper_under_another_name(parses: Parses) -> None:
    """It is looked up by the name that it has in its module."""
    assert parses("from options import get_args as g\ng()", options=PARSES)


def test_a_function_of_an_imported_module(parses: Parses) -> None:
    """`import options`, and the call through it."""
    assert parses("import options\noptions.get_args()", options=PARSES)
    assert not parses("import options\noptions.other()", options=PARSES)


def test_a_parse_args_of_another_module(parses: Parses) -> None:
    """A function called like the method is looked at, too."""
    helper = LOOKS_SO.replace("get_args", "parse_args")
    assert not parses("import options\noptions.parse_args()", options=helper)
    helper = PARSES.replace("get_args", "parse_args")
    assert parses("import options\noptions.parse_args()", options=helper)


def test_a_module_of_a_package(parses: Parses) -> None:
    """Dotted, in all spellings."""
    files = {"pkg/__init__.py": "", "pkg/cli.py": PARSES}
    assert parses("from pkg.cli import get_args\nget_args()", **files)
    assert parses("from pkg import cli\ncli.get_args()", **files)
    assert parses("import pkg.cli\npkg.cli.get_args()", **files)
    assert parses("import pkg.cli as c\nc.get_args()", **files)


def test_a_module_that_does_not_parse_arguments(parses: Parses) -> None:
    """The same spellings, with a helper that only looks so."""
    files = {"pkg/__init__.py": "", "pkg/cli.py": LOOKS_SO}
    assert not parses("from pkg import cli\ncli.get_args()", **files)
    assert not parses("import pkg.cli\npkg.cli.get_args()", **files)


def test_a_name_that_a_package_passes_on(parses: Parses) -> None:
    """Its `__init__` imports the helper from a module of the package."""
    files = {"pkg/__init__.py": "from .cli import get_args\n", "pkg/cli.py": PARSES}
    assert parses("from pkg import get_args\nget_args()", **files)
    assert parses("import pkg\npkg.get_args()", **files)


def test_a_name_that_is_passed_on_twice(parses: Parses) -> None:
    """Through as many modules as it takes, and renamed on the way."""
    files = {
        "pkg/__init__.py": "from .sub import read as get\n",
        "pkg/sub/__init__.py": "from .cli import get_args as read\n",
        "pkg/sub/cli.py": PARSES,
    }
    assert parses("from pkg import get\nget()", **files)


def test_a_star_import(parses: Parses) -> None:
    """The name may come from any module that was imported so."""
    files = {"a.py": LOOKS_SO.replace("get_args", "x"), "b.py": PARSES}
    assert parses("from a import *\nfrom b import *\nget_args()", **files)
    assert not parses("from a import *\nget_args()", **files)


def test_a_star_import_in_a_package(parses: Parses) -> None:
    """`from .cli import *` in the package's `__init__`."""
    files = {"pkg/__init__.py": "from .cli import *\n", "pkg/cli.py": PARSES}
    assert parses("from pkg import get_args\nget_args()", **files)


def test_a_helper_that_calls_another_modules(parses: Parses) -> None:
    """The helper's own imports are followed from where it stands."""
    files = {
        "pkg/__init__.py": "",
        "pkg/cli.py": "from .deep import get_args\ndef get():\n    return get_args()\n",
        "pkg/deep.py": PARSES,
    }
    assert parses("from pkg.cli import get\nget()", **files)


def test_modules_that_import_each_other(parses: Parses) -> None:
    """A circle ends, and proves nothing."""
    files = {
        "a.py": "from b import get_args\n",
        "b.py": "from a import get_args\n",
    }
    assert not parses("from a import get_args\nget_args()", **files)


def test_functions_that_call_each_other(parses: Parses) -> None:
    """A circle of calls that parses somewhere is found."""
    files = {
        "a.py": "import b\ndef get(n):\n    return b.get(n)\n",
        "b.py": PARSES + "\ndef get(n):\n    return get_args() if n else a.get(n)\n",
    }
    assert parses("import a\na.get(1)", **files)


def test_a_relative_import(parses: Parses) -> None:
    """A script inside a package, run by `python -m`."""
    files = {"pkg/__init__.py": "", "pkg/cli.py": PARSES}
    text = "from .cli import get_args\nget_args()"
    assert parses(text, name="pkg/train.py", **files)


def test_a_relative_import_from_above(parses: Parses) -> None:
    """Two dots, and a module taken from the package above."""
    files = {"pkg/__init__.py": "", "pkg/cli.py": PARSES, "pkg/sub/__init__.py": ""}
    text = "from .. import cli\ncli.get_args()"
    assert parses(text, name="pkg/sub/train.py", **files)


def test_a_package_in_src(parses: Parses) -> None:
    """The layout that packaging guides recommend."""
    files = {"src/pkg/__init__.py": "", "src/pkg/cli.py": PARSES}
    text = "from pkg.cli import get_args\nget_args()"
    assert parses(text, name="scripts/train.py", **files)


def test_a_package_above_the_script(parses: Parses) -> None:
    """Installed in development mode, or run from the repository's root."""
    files = {"pkg/__init__.py": "", "pkg/cli.py": PARSES}
    text = "from pkg.cli import get_args\nget_args()"
    assert parses(text, name="scripts/deep/train.py", **files)


def test_a_namespace_package(parses: Parses) -> None:
    """A folder without `__init__.py`."""
    text = "from pkg.cli import get_args\nget_args()"
    assert parses(text, **{"pkg/cli.py": PARSES})


def test_a_method_of_an_imported_class(parses: Parses) -> None:
    """`Options().parse()`, as many repositories of one school have it."""
    options = """\
import argparse

class Base:
    def parse(self):
        return argparse.ArgumentParser().parse_args()

class Options(Base):
    pass
"""
    text = "from options import Options\nOptions().parse()"
    assert parses(text, options=options)


def test_a_module_that_does_not_parse_as_python(parses: Parses) -> None:
    """It is no error of the script."""
    assert not parses(
        "from options import get_args\nget_args()", options=PARSES + "def ("
    )


def test_an_answer_does_not_depend_on_the_order(tmp_path: Path) -> None:
    """A circle that is entered from the wrong side leaves no wrong answer behind."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.py").write_text("from b import *\n")
    (tmp_path / "b.py").write_text("from a import *\n" + PARSES)
    first = "from a import get_args\n\ndef main():\n    get_args()\n    run()\n"
    second = "from b import get_args\n\ndef main():\n    get_args()\n    run()\n"
    answers = Answers()
    project = Project()
    for text in (second, first):
        path = str(tmp_path / "train.py")
        resolver = FirstParty(project, path, answers)
        assert script.read(text.encode(), resolver=resolver).entries
