"""The third edit as an edit; what its function does is tested in tests/loading."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import pytest

from codemod.edits.guard import FUNCTION as GUARD
from codemod.edits.thread_safety import FUNCTION, TEXT
from codemod.settings import Settings
from tests.editing import changed, found

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
WITH = Settings(edits=("guard", "thread-safety"))


def called(text: bytes) -> list[str]:
    """The names of the functions that a script calls, in source order."""
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return [n.func.id for n in nodes if isinstance(n.func, ast.Name)]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_call_follows_the_guards(path: Path) -> None:
    """Right behind it, wherever that is."""
    names = called(changed(path.read_bytes(), WITH))
    assert names[names.index(GUARD) + 1] == FUNCTION


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda p: p.name)
def test_added_later_and_removed_with_the_guard(path: Path) -> None:
    """A second run with the option adds it; --remove takes both out."""
    guarded = changed(path.read_bytes(), Settings())
    both = changed(guarded, WITH)
    assert called(both).count(FUNCTION) == 1
    assert changed(both, WITH) == both
    assert changed(both, Settings(remove=True)) == path.read_bytes()


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
    names = called(changed(script, WITH))
    assert names[names.index(GUARD) : names.index(GUARD) + 2] == [GUARD, FUNCTION]


def test_it_is_opt_in_and_reported() -> None:
    """A finding of its own, only where it was asked for."""
    script = (EXAMPLES / "tune_optuna.py").read_bytes()
    rules = [finding.rule for finding in found(script, WITH)]
    assert rules == ["missing-guard", "missing-thread-safety"]
    assert FUNCTION.encode() not in changed(script, Settings())


def test_text_is_short_enough_for_review_and_flake8() -> None:
    """At most 79 columns, and no screen full."""
    lines = TEXT.splitlines()
    assert max(map(len, lines)) <= 79
    assert len(lines) < 20


def test_it_stops_a_study_where_the_package_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A study of broken models is worse than none; the message says what to do."""
    monkeypatch.setitem(sys.modules, "codemod.runtime", None)
    namespace: dict[str, Any] = {}
    exec(TEXT, namespace)
    with pytest.raises(ImportError, match="trials in threads need `pip install"):
        namespace[FUNCTION]()
