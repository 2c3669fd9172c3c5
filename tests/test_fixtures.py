"""Every case of tests/fixtures, patched, patched again, restored, and compared.

What is compared here is worked out anew, not by the tool's own checks.
"""

from __future__ import annotations

import ast
import sys

import pytest

from codemod.edits.guard import FUNCTION
from codemod.python.source import parse
from tests.fixture_cases import CASES, Case, patch, unpatch
from tests.invariants import stripped

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def has_guard(data: bytes) -> bool:
    """Whether a script mentions the guard before it is patched."""
    return FUNCTION.encode() in data


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
    """--remove restores every byte, where the guard was the tool's in whole."""
    if has_guard(case.before):
        assert f" {FUNCTION}()".encode() not in unpatch(case, case.after)
    else:
        assert unpatch(case, case.after) == case.before


@every_case
def test_every_original_byte_survives_in_order(case: Case) -> None:
    """The edit only inserts; --upgrade is the one that rewrites."""
    if case.settings.upgrade:
        pytest.skip("--upgrade rewrites an older guard")
    rest = iter(case.after)
    assert all(byte in rest for byte in case.before)


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


@every_case
def test_call_stands_apart(case: Case) -> None:
    """The comment is above the call; blank lines around them, ends of blocks aside.

    Where the guard is imported there is no docstring to note a blank line in, so that
    none is added behind the call: it could not be told from the script's own.
    """
    if b"import _eager" in case.before:
        pytest.skip("the guard is imported")
    lines = case.after.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    texts = [line.strip() for line in lines]
    for number, text in enumerate(texts):
        if text != f"{FUNCTION}()".encode() or text in case.before:
            continue
        assert texts[number - 1].startswith(b"# Eagerly load transformers configs to")
        above, below = texts[number - 2], texts[number + 1 : number + 2]
        assert above == b"" or above.endswith(b":") or b":  #" in above
        same_block = [
            line
            for line in lines[number + 1 : number + 2]
            if line.strip() and _indent(line) >= _indent(lines[number])
        ]
        assert not same_block, below


def without_edits(case: Case, data: bytes) -> str:
    """A dump of the tree with what the edits insert left out."""
    return stripped(parse(data).tree if case.newer_syntax else ast.parse(data))


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip())
