"""What is taken for a guard, and what of it is run."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemod.edits.guard import FUNCTION, render
from codemod.verify import guards
from codemod.verify.guards import Guard

from .conftest import judged
from .test_driver import ANCESTOR

CALL = f"\n{FUNCTION}()\n"
HEAD = f"def {FUNCTION}():\n"


def find(text: str, path: str = "tune.py") -> Guard | None:
    """The guard of a script with this text."""
    return guards.find(judged(text, path).module)


def found(text: str) -> Guard:
    """The same, for a script that has one."""
    guard = find(text)
    assert guard is not None
    return guard


def test_the_tools_own_guard_is_run_as_it_is() -> None:
    """Its names are known, extra ones included, and its source is one function."""
    guard = found(render(load=("ElectraConfig",)) + CALL)
    assert {"AutoConfig", "GenerationMixin", "ElectraConfig"} <= set(guard.names)
    assert guard.renewal == ""
    assert not guard.problem
    assert [type(stmt) for stmt in ast.parse(guard.source).body] == [ast.FunctionDef]


def test_layout_makes_no_other_guard() -> None:
    """Comments, docstring and line breaks do not count: such scripts share runs."""
    text = render()
    short = text.replace("\n            ", " ").replace("(  # noqa: F401", "(")
    assert short != text
    assert found(short + CALL).source == found(text + CALL).source


def test_a_script_without_the_function_has_none() -> None:
    """Importing transformers by hand is no guard."""
    assert find("import transformers\n") is None


def test_a_guard_that_is_never_called_proves_nothing() -> None:
    """A definition alone does nothing."""
    assert found(render()).problem == "it is defined but never called"


def test_an_imported_guard_is_found_where_it_is_defined(tmp_path: Path) -> None:
    """A guard shared by several scripts lives in a module of theirs."""
    tmp_path.joinpath("shared.py").write_text(render(), encoding="utf-8")
    text = f"from shared import {FUNCTION}\n{CALL}"
    guard = find(text, str(tmp_path / "tune.py"))
    assert guard is not None
    assert "GenerationMixin" in guard.names


@pytest.mark.parametrize(
    "use",
    [
        "import shared\nshared.{0}()",
        "from package import {0}\n{0}()",
        "from package import *\n{0}()",
        "try:\n    from shared import {0}\nexcept ImportError:\n    pass\n{0}()",
        "def main():\n    from shared import {0}\n    {0}()",
    ],
)
def test_ways_to_import_a_guard(use: str, tmp_path: Path) -> None:
    """As a module's attribute, through a package, in a block, in the function."""
    tmp_path.joinpath("shared.py").write_text(render(), encoding="utf-8")
    tmp_path.joinpath("package").mkdir()
    again = f"from shared import {FUNCTION}\n"
    tmp_path.joinpath("package/__init__.py").write_text(again, encoding="utf-8")
    guard = find(use.format(FUNCTION) + "\n", str(tmp_path / "tune.py"))
    assert guard is not None
    assert "GenerationMixin" in guard.names
    assert guard.home == str(tmp_path / "shared.py")


def test_how_a_guard_is_rewritten() -> None:
    """The ancestor when asked to, one that a person wrote never."""
    assert found(ANCESTOR + CALL).renewal == "--upgrade"
    assert found(f"{HEAD}    pass\n{CALL}").renewal is None


SUPPRESSES = f"""
from transformers import AutoConfig as _

{HEAD}    with WITH:
        from transformers import BertConfig
{CALL}"""


@pytest.mark.parametrize(
    ("imports", "used"),
    [
        ("from contextlib import suppress", "suppress(Exception)"),
        ("import contextlib", "contextlib.suppress(ImportError, OSError)"),
        ("from contextlib import suppress as s", "s((ImportError, OSError))"),
    ],
)
def test_suppress_is_run_wherever_it_comes_from(imports: str, used: str) -> None:
    """The definition is run alone, so what it needs of the module goes with it."""
    guard = found(imports + SUPPRESSES.replace("WITH", used))
    assert (guard.names, guard.problem) == (("BertConfig",), "")
    assert "from contextlib import suppress\n    with suppress(" in guard.source


def test_a_suppress_of_ones_own_is_refused() -> None:
    """Whatever it does, it is not run."""
    text = SUPPRESSES.replace("WITH", "suppress(Exception)")
    assert found(f"def suppress(x): open(x)\n{text}").source == ""


def test_an_expression_of_900_terms_is_refused() -> None:
    """In a line, without what stands there."""
    guard = found(f"{HEAD}    x = {' + '.join('1' * 900)}\n{CALL}")
    assert guard.problem in (
        "it was edited and is not run here: line 2 is no import from transformers",
        "it was edited and is not run here: line 2 is no import from transformers: "
        + f"x = {' + '.join('1' * 900)}"[:200],
    )


def test_a_guard_from_elsewhere_is_named_as_not_found() -> None:
    """An installed package is not looked into."""
    guard = found(f"from installed import {FUNCTION}\n{CALL}")
    assert guard.problem == "its definition was not found"


def test_an_emptied_guard_is_run() -> None:
    """What does nothing does no harm, and fails where it matters."""
    guard = found(f"{HEAD}    pass\n{CALL}")
    assert (guard.names, guard.problem) == ((), "")


def test_other_ways_to_import_are_run() -> None:
    """Plain imports, packages, and handlers that try something else."""
    guard = found(
        f"{HEAD}    import transformers, transformers.onnx\n"
        "    try:\n        from transformers.onnx import OnnxConfig\n"
        "    except ImportError:\n        from transformers import BertConfig\n"
        f"    return None\n{CALL}"
    )
    assert guard.names == (
        "transformers.onnx",
        "transformers.onnx.OnnxConfig",
        "BertConfig",
    )


@pytest.mark.parametrize(
    "body",
    [
        "import os",
        "from transformers import *",
        "from transformers_evil import X",
        "from .transformers import X",
        "open('gone', 'w')",
        "x = __import__('os').remove('x')",
        "f'{print(1)}'",
        "return print(1)",
        "try: pass\n    except print(1): pass",
        "try: pass\n    except (ValueError, print(1)): pass",
        "with open('x'): pass",
        "if print(1): pass",
        "for _ in iter(print, 1): pass",
        "class X: print(1)",
        "lambda: 1",
        "del X",
        "yield",
    ],
)
def test_anything_else_is_refused(body: str) -> None:
    """A definition that does more than import from transformers is not run."""
    guard = found(f"{HEAD}    {body}\n{CALL}")
    assert guard.source == ""
    assert "it was edited and is not run here" in guard.problem


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (f"@print\n{HEAD}", "decorator"),
        (f"def {FUNCTION}(x=print(1)):\n", "arguments"),
        (f"def {FUNCTION}(x: print(1) = 2):\n", "arguments"),
        (f"async def {FUNCTION}():\n", "async"),
    ],
)
def test_a_head_that_does_something_is_refused(head: str, why: str) -> None:
    """Decorators, defaults and annotations run when a function is defined."""
    assert why in found(f"{head}    pass\n{CALL}").problem


def test_an_annotation_is_not_run() -> None:
    """The return annotation is left out of what runs."""
    guard = found(f"def {FUNCTION}() -> print(1):\n    pass\n{CALL}")
    assert "print" not in guard.source


@pytest.mark.parametrize("name", ["BertModel", "transformers.onnx.OnnxConfig"])
def test_names_of_transformers(name: str) -> None:
    """Bare names, and dotted ones that begin with transformers."""
    assert guards.is_name(name)


@pytest.mark.parametrize("name", ["os.remove", "a b", "", "x;y", "transformers..x"])
def test_other_texts_are_no_names(name: str) -> None:
    """Nothing else ever reaches an import statement."""
    assert not guards.is_name(name)
