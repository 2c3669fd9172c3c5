"""The third edit as an edit; what its function does is tested in tests/runtime."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from codemod.guard import FUNCTION as GUARD
from codemod.layout import Layout
from codemod.loading import FUNCTION, render
from codemod.settings import Settings
from codemod.transform import apply, inspect

EXAMPLES = Path(__file__).parent.parent / "examples"
WITH = Settings(edits=("guard", "thread-safety"))


def called(text: bytes) -> list[str]:
    """The names of the functions that a script calls, in source order."""
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return [n.func.id for n in nodes if isinstance(n.func, ast.Name)]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_call_follows_the_guards(path: Path) -> None:
    """Right behind it, wherever that is."""
    names = called(apply(path.read_bytes(), WITH)[0])
    assert names[names.index(GUARD) + 1] == FUNCTION


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_added_later_and_removed_with_the_guard(path: Path) -> None:
    """A second run with the option adds it; --remove takes both out."""
    guarded, _ = apply(path.read_bytes(), Settings())
    both, _ = apply(guarded, WITH)
    assert called(both).count(FUNCTION) == 1
    assert apply(both, WITH)[0] == both
    assert apply(both, Settings(remove=True))[0] == path.read_bytes()


def test_call_follows_a_guard_inside_try() -> None:
    """The guard's block is entered."""
    script = b"""\
import argparse


def main():
    try:
        args = argparse.ArgumentParser().parse_args()
    finally:
        print()
    run(args)
"""
    names = called(apply(script, WITH)[0])
    assert names[names.index(GUARD) : names.index(GUARD) + 2] == [GUARD, FUNCTION]


def test_it_is_opt_in_and_reported() -> None:
    """A finding of its own, only where it was asked for."""
    script = (EXAMPLES / "tune_optuna.py").read_bytes()
    rules = [finding.rule for finding in inspect(script, WITH).findings]
    assert rules == ["missing-guard", "missing-thread-safety"]
    assert FUNCTION.encode() not in apply(script, Settings())[0]


def test_text_is_short_enough_for_review_and_flake8() -> None:
    """At most 79 columns, and a look's length."""
    lines = render(Layout(0, ("1",))).splitlines()
    assert max(map(len, lines)) <= 79
    assert len(lines) < 20


def test_it_is_loud_where_the_tool_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before the first trial, with what to do."""
    monkeypatch.setitem(sys.modules, "codemod.runtime", None)
    namespace: dict[str, Any] = {}
    exec(render(), namespace)
    with pytest.raises(ImportError, match=r"need `pip install eager-codemod` here"):
        namespace[FUNCTION]()


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_it_does_nothing_without_torch_or_transformers(missing: str) -> None:
    """The error appears where a model is used."""
    script = f"""\
import sys, warnings
sys.modules[{missing!r}] = None
warnings.simplefilter("error")
{render()}
{FUNCTION}()
print(sys.modules["codemod.runtime"].__name__)
"""
    command = [sys.executable, "-c", script]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (process.stdout, process.stderr) == ("codemod.runtime\n", "")
