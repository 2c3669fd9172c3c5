"""Scripts that are newer than the Python that runs the tool."""

from __future__ import annotations

import ast

import pytest

from codemod.python.newer_syntax import mask

NEWER = {
    "type parameters (695)": "def f[T: int](x: T) -> T: pass\nclass A[T]: pass\n",
    "type parameters on lines of their own": "class A[\n    T,\n    U,\n]:\n    pass\n",
    "type parameter defaults (696)": "class A[T = int]: pass\n",
    "type statement (695)": "type X[T] = list[T]\ny = 1\n",
    "long type statement": "type X = (\n    int\n    | str\n)\ny = 1\n",
    "quotes in f-strings (701)": 'x = f"{a["b"]}"\n',
    "line breaks in f-strings (701)": 'x = f"{\n    a\n}" + "b"\n',
    "two f-strings with umlauts": 'x = f"ä{a["b"]}ö", f"ü{c["d"]}", "é"; y = 1\n',
    "t-strings (750)": 'x = t"{a}"\n',
    "except without parentheses (758)": "try:\n    a\nexcept A, B:\n    b\n",
    "except star (654)": "try:\n    a\nexcept* A:\n    b\n",
    "except star without parentheses (758)": (
        "try:\n    a\nexcept* A, B:\n    b\nexcept* C:\n    d\n"
    ),
    "unpacking in comprehensions (798)": (
        "x = [*a for a in b], {*a for a in b}, (*a for a in b), f(*a for a in b)\n"
        "é = 'é', {\n    **a for a in b\n}, [a * b, *c]\n"
    ),
    "star in subscripts (646)": "x = a[*b]\n",
    "star annotation (646)": "def f(*args: *Ts): pass\n",
    "lazy import (810)": "lazy import a\nlazy from b import (\n    c,\n)\nx = 1\n",
}
OLD = (3, 10)


def lines(text: str) -> list[tuple[int, str]]:
    """Where the statements start, and of what kind they are."""
    tree = ast.parse(text, feature_version=OLD)
    found = (node for node in ast.walk(tree) if isinstance(node, ast.stmt))
    return sorted((node.lineno, type(node).__name__) for node in found)


@pytest.mark.parametrize("text", NEWER.values(), ids=NEWER)
def test_masked_script_is_old_python(text: str) -> None:
    """And it has as many lines, each as long."""
    masked = mask(text)
    assert masked is not None
    assert lines(masked)
    for before, after in zip(
        text.encode().split(b"\n"), masked.encode().split(b"\n"), strict=True
    ):
        assert abs(len(before) - len(after)) <= 1  # a backslash may be added


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_statements_keep_their_lines(newline: str) -> None:
    """What comes behind the newer syntax is where it was."""
    text = "".join(NEWER.values()) + "def main():\n    pass\n"
    masked = mask(text.replace("\n", newline))
    assert masked is not None
    last = text.count("\n") - 1
    assert (last, "FunctionDef") in lines(masked)


@pytest.mark.parametrize("text", ['print "a"\n', "x = = 1\n", "{% a %}\n"])
def test_what_libcst_refuses_stays_refused(text: str) -> None:
    """Nothing is masked in what is no Python at all."""
    assert mask(text) is None
