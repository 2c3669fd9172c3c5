"""Exclude patterns: they mean what they mean to git, and take no time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from codemod.search.patterns import Patterns
from tests.repository import clean_environment

PATTERNS = r"""
a /a a/ /a/ a/b /a/b a/b/ *.py /*.py a/*.py *a* a*b*c *a*b*c* ? ?? a?c [ab] [!ab] [^ab]
[a-c].py [a\-c] [\]] []] []a] [!]] [a-] \* \! \# ** **/ /** **/a **/a/ a/** a/**/b
a/**/**/b **/a/**/b/** a** a**b **a /**/a a/b/** **/*.py a/* a/*/ */b */*/c *b/ a/**/ .*
[.]a *.p[xy] a.b/*.c [[] x[
""".split()
PATHS = [
    *r"""
a b c aa ab abc acb aXbXc a/b a/c b/a a/b/c a/x/b a/x/y/b b/a/b x/a/b/c a.py b.py a/a.py
a/b/a.py - ] a- * ! # .a .a/b a.b/x.c a.b/x/y.c b.px b.pz [ a/b/c/d/e/f xa/b ba/b a/xb
a/.b a/b.py/c **
""".split(),
    "a b",
    "a b/c",
    "a\nb",
    "a/\n",
    "\n.py",
]


@pytest.mark.skipif(shutil.which("git") is None, reason="no git")
@pytest.mark.parametrize("pattern", [p for p in PATTERNS if p != "x["])
def test_a_pattern_means_what_it_means_to_git(pattern: str, tmp_path: Path) -> None:
    """For each of many paths."""
    environment = clean_environment()
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True)
    (tmp_path / ".git" / "info").mkdir(exist_ok=True)
    (tmp_path / ".git" / "info" / "exclude").write_text(f"{pattern}\n")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        input=b"\0".join(os.fsencode(path) for path in PATHS),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
    )
    expected = [os.fsdecode(path) for path in done.stdout.split(b"\0") if path]
    patterns = Patterns([pattern])
    assert [path for path in PATHS if patterns.match(path)] == expected


@pytest.mark.parametrize(
    ("lines", "path", "expected"),
    [
        ([], "a", False),
        (["# a", "", "  "], "a", False),
        (["*.py", "!a.py"], "a.py", False),
        (["*.py", "!a.py"], "b.py", True),
        (["!a.py", "*.py"], "a.py", True),
        (["a/", "!a/b.py"], "a/b.py", False),  # to git, what is in a/ is lost
        (["a  "], "a", True),
    ],
)
def test_the_last_pattern_that_matches_decides(
    lines: list[str], path: str, expected: bool
) -> None:
    """One with an exclamation mark takes a file back in."""
    assert Patterns(lines).match(path) is expected


def test_a_question_mark_is_a_character() -> None:
    """To git it is a byte, so that it needs two for an umlaut."""
    assert Patterns(["a?"]).match("a\xe4")
    assert Patterns(["[!b]\\ *"]).match("\xe4 x")


def test_a_folder_is_meant_with_all_that_is_in_it() -> None:
    """Unless the pattern is about what is in it only."""
    assert Patterns(["a/"]).match("a", folder=True)
    assert not Patterns(["a/"]).match("a")
    assert not Patterns(["a/**"]).match("a", folder=True)
    assert Patterns(["a/**"]).match("a/b", folder=True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("!", "'!': names nothing"),
        ("/", "'/': names nothing"),
        ("a//b", "'a//b': '' between slashes matches nothing"),
        ("./a", "'./a': '.' between slashes matches nothing"),
        ("../a", "'../a': '..' between slashes matches nothing"),
        ("[z-a]", "'[z-a]': z-a is an empty range"),
        ("[ab", "'[ab': [ without ]"),
        ("[]", "'[]': [ without ]"),
        ("a\\", "'a\\\\': ends in a backslash"),
        ("[[:alpha:]]", "'[[:alpha:]]': classes like [[:alpha:]] are not known here"),
        ("a" * 257, f"'{'a' * 57}...': longer than 256 characters"),
    ],
)
def test_what_matches_nothing_is_refused(line: str, message: str) -> None:
    """In one line that names the pattern."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Patterns(["*.py", line])


def test_there_is_a_limit() -> None:
    """Each file is matched against each pattern."""
    with pytest.raises(ValueError, match=r"^more than 500 patterns$"):
        Patterns(["a"] * 501)
    Patterns(["a" * 20] * 500)
    with pytest.raises(ValueError, match=r"^more than 10,000 characters in all"):
        Patterns(["**/a/" * 50 + "1"] * 40)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*a" * 14 + "*b", [False, False, False]),
        ("**/a/" * 40 + "b", [False, False, False]),
        ("**/" + "a/" * 100 + "b", [False, False, False]),
        ("[ab]*" * 50 + "c", [False, False, False]),
        ("*?" * 60, [True, False, True]),
        ("**/*a*/" * 30 + "b", [False, False, False]),
    ],
)
def test_stars_take_no_time(pattern: str, expected: list[bool]) -> None:
    """A regular expression would try every way to spread the name over them."""
    paths = ["a" * 255, "/".join("a" * 2000), "a/" * 500 + "a" * 255]
    patterns = Patterns([pattern])
    assert [patterns.match(path) for path in paths] == expected
