"""Every case of tests/fixtures, patched, patched again, restored, and compared.

What is compared here is worked out anew, not by the tool's own checks.
"""

from __future__ import annotations

import ast
import sys

import pytest

from codemod.edits.registry import all_edits
from codemod.python.source import parse
from tests.fixture_cases import CASES, NO_DEFINITION_FOLLOWS, Case, patch, unpatch
from tests.formatters import FORMATTERS, through
from tests.invariants import only_inserts, stripped

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def is_fresh(case: Case) -> bool:
    """Whether a script has nothing of any edit before it is patched."""
    return not any(edit.trace in case.before for edit in all_edits())


@every_case
def test_patched_as_expected(case: Case) -> None:
    """The result is after.py, to the byte."""
    assert patch(case, case.before) == case.after


@every_case
def test_second_run_changes_nothing(case: Case) -> None:
    """What was patched is recognised."""
    assert patch(case, case.after) == case.after


@every_case
def test_removal_gives_the_original_back(case: Case) -> None:
    """--remove restores every byte, where all of it was the tool's."""
    if is_fresh(case):
        assert unpatch(case, case.after) == case.before
    else:
        removed = unpatch(case, case.after)
        assert without_edits(case, removed) == without_edits(case, case.before)
        assert unpatch(case, removed) == removed


@every_case
def test_every_original_byte_survives_in_order(case: Case) -> None:
    """The edit only inserts; --upgrade is the one that rewrites."""
    if case.settings.upgrade:
        pytest.skip("--upgrade rewrites an older guard")
    assert only_inserts(case.before, case.after)


@every_case
def test_same_program_but_for_the_edits(case: Case) -> None:
    """Without the guard, its kin and their calls, both trees are the same."""
    assert without_edits(case, case.after) == without_edits(case, case.before)


@every_case
def test_result_compiles(case: Case) -> None:
    """A compiler takes it, not only a parser."""
    if case.newer_syntax and sys.version_info < (3, 14):
        pytest.skip("the case's syntax is newer than this Python")
    compile(case.after, case.name, "exec", dont_inherit=True)


def without_edits(case: Case, data: bytes) -> str:
    """A dump of the tree with what the edits insert left out."""
    tree = parse(data).tree if case.newer_syntax else ast.parse(data)
    return stripped(tree, fillers=True)


@pytest.mark.parametrize("name", ["ruff format", "black"])
def test_removal_after_a_formatter_gives_the_formatted_original(name: str) -> None:
    """Patched, formatted, restored: as if only the formatter had been there."""
    cases = [case for case in CASES if not case.newer_syntax and is_fresh(case)]
    originals = through(FORMATTERS[name], {c.name: c.before for c in cases})
    formatted = through(FORMATTERS[name], {c.name: c.after for c in cases})
    wrong = [
        c.name for c in cases if unpatch(c, formatted[c.name]) != originals[c.name]
    ]
    assert set(wrong) <= NO_DEFINITION_FOLLOWS
