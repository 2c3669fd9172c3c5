"""LibCST in a process that can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import codemod
from codemod.edits import guard
from codemod.python import isolated, newer_syntax

REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(autouse=True)
def helper() -> Iterator[None]:
    """No helper process from another test, and none left for another."""
    end()
    yield
    end()


def end() -> None:
    """End the helper process, if there is one."""
    if isolated._helper:
        isolated._helper.kill()
        isolated._helper = None


def test_a_call_is_answered() -> None:
    """As if it had been made here."""
    assert isolated.call("edits.guard", "render") == guard.render()


def test_the_helper_stays() -> None:
    """One serves a run: starting it takes longer than most answers."""
    isolated.call("edits.guard", "render")
    before = isolated._helper
    isolated.call("edits.guard", "render")
    assert isolated._helper is before


def test_an_exception_comes_back() -> None:
    """With its place."""
    with pytest.raises(codemod.SourceError) as raised:
        isolated.call("python.source", "parse", b"x = (")
    assert (raised.value.line, raised.value.column) == (1, 5)


def test_a_crash_is_survived() -> None:
    """Twenty thousand brackets overflow the stack of LibCST's parser."""
    with pytest.raises(isolated.LostError, match=r"^is too complex for LibCST$"):
        isolated.call("python.newer_syntax", "_mask", "x = " + "(" * 20_000)
    assert isolated.call("python.newer_syntax", "_mask", "type X = int\n") is not None


def test_a_hang_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of 10,000 calls would take it minutes."""
    isolated.call("edits.guard", "render")
    monkeypatch.setattr(isolated, "SECONDS", 0.5)
    with pytest.raises(isolated.LostError):
        isolated.call("python.newer_syntax", "_mask", "x = a" + ".b()" * 10_000)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs RLIMIT_AS")
def test_memory_is_limited() -> None:
    """1,400 nested calls take it gigabytes; the helper ends before that."""
    with pytest.raises(isolated.LostError):
        isolated.call(
            "python.newer_syntax", "_mask", "x=" + "f(" * 1400 + ")" * 1400 + "\n"
        )


def test_the_helper_does_not_look_into_the_current_folder(here: Path) -> None:
    """Not even where PYTHONPATH leads to it."""
    for name in ("pickle", "signal", "libcst", "resource", "sitecustomize", "codemod"):
        (here / f"{name}.py").write_text("open('imported', 'w')\n")
    script = "type X = int\ndef main[T]():\n    pass\n"
    # This process itself must not fall for them; Python 3.10 has no -P.
    code = (
        "import sys; sys.path.remove('');"
        "import pickle, signal, subprocess, threading;"
        "from codemod.python import newer_syntax as n; sys.path.insert(0, '');"
        "print(n.mask(sys.argv[1]) is not None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, script],
        cwd=here,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    assert (done.stdout, done.stderr) == ("True\n", "")
    assert not (here / "imported").exists()


# -- When it is used -------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        'print "Python 2"\n',
        "{% if x %}\n",
        "%matplotlib inline\n",
        "!pip install x\n",
        "x = (\n",
    ],
)
def test_what_is_no_newer_python_needs_no_helper(script: str) -> None:
    """Nothing in these could be newer syntax, so LibCST is not asked."""
    with pytest.raises(codemod.SourceError):
        codemod.patch(f"{script}\n\ndef main():\n    pass\n")
    assert isolated._helper is None


@pytest.mark.parametrize(
    "script",
    [
        "type X = int\n",
        "def f[T](x: T): pass\n",
        "class A[T]: pass\n",
        "try: pass\nexcept A, B: pass\n",
        "try: pass\nexcept* A: pass\n",
        "def f(*args: *Ts): pass\n",
        "x: a[*b]\n",
        "x = f'{'a'}'\n",
        "x = t'{a}'\n",
        'x = RF"{"a"}"\n',
    ],
)
def test_newer_syntax_may_be_asked_about(script: str) -> None:
    """None of it is refused unseen, whatever the running Python knows."""
    assert newer_syntax._SIGN.search(script)


def test_a_system_that_does_not_limit_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: the helper goes on without the limit."""
    resource = pytest.importorskip("resource")

    def refuse(kind: int, limits: tuple[int, int]) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "setrlimit", refuse)
    isolated._limit()
