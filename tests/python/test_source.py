"""Decoding and parsing: what is refused, and in which words."""

from __future__ import annotations

import pytest

from codemod.python.source import MAX_BYTES, SourceError, Splice, parse, splice


def refusal(data: bytes) -> tuple[int | None, int | None, str]:
    """Line, column and message of what is wrong with a script."""
    with pytest.raises(SourceError) as caught:
        parse(data)
    assert "\n" not in caught.value.message
    return caught.value.line, caught.value.column, caught.value.message


def test_python_2_is_located() -> None:
    """The position comes from `ast`."""
    line, column, message = refusal(b'import os\nprint "hello"\n')
    assert (line, column) == (2, 1)
    assert "Missing parentheses" in message


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"import os\n{% if x %}\nimport y\n", 2),
        (b"x = 1\n%matplotlib inline\n", 2),
        (b"x = 1\n!ls\n", 2),
        (b"def f(:\n    pass\n", 1),
        (b"if x:\npass\n", 2),
    ],
    ids=["Jinja", "IPython magic", "IPython shell", "signature", "indentation"],
)
def test_what_is_no_python_is_located(data: bytes, line: int) -> None:
    """A template, a notebook's export, a typing mistake."""
    assert refusal(data)[0] == line


def test_wrong_indentation_is_no_newer_syntax() -> None:
    """LibCST lets a backslash after a blank pass, and Python does not."""
    with pytest.raises(SourceError, match="unexpected indent"):
        parse(b"def main():args = parser.parse_args()\n \\\nf'{x!r:{y}}'")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""])
def test_a_backslash_before_the_end(end: str) -> None:
    """Python before 3.12 overlooks some, and there is no place behind them."""
    with pytest.raises(SourceError, match="unexpected EOF") as caught:
        parse(f"x = 1\nx = 2 \\{end}".encode())
    assert caught.value.line == 2


def test_a_comment_may_end_in_a_backslash() -> None:
    """It joins nothing."""
    assert parse(b"x = 1  # \\\r\n").text == b"x = 1  # \\\r\n"


def test_nul_byte_is_located() -> None:
    """Before any parser sees it."""
    assert refusal(b"x = 1\ny = \0\n")[:2] == (2, 5)


def test_undecodable_byte_is_located() -> None:
    """With what to do about it."""
    line, column, message = refusal(b"x = 1\nname = 'M\xfcller'\n")
    assert (line, column) == (2, 10)
    assert "0xfc" in message
    assert "cookie" in message


@pytest.mark.parametrize("cookie", [b"nonsense", b"latin-99"])
def test_unknown_encoding(cookie: bytes) -> None:
    """A cookie that Python does not know."""
    assert "encoding" in refusal(b"# coding: " + cookie + b"\n")[2]


@pytest.mark.parametrize("cookie", [b"punycode", b"PunyCode", b"idna"])
def test_encodings_of_host_names(cookie: bytes) -> None:
    """Python takes minutes to decode a script by them."""
    name = cookie.decode().lower()
    message = f"{name} is no encoding for a script; save it as UTF-8"
    assert refusal(b"# coding: " + cookie + b"\n") == (1, 1, message)


def test_bom_and_other_cookie_disagree() -> None:
    """Python refuses that, and so do we, with what to do about it."""
    line, column, message = refusal(b"\xef\xbb\xbf# coding: latin-1\n")
    assert (line, column) == (1, 1)
    assert message.endswith("(BOM) contradicts the coding cookie; remove one of them")


def test_too_large() -> None:
    """More than a mebibyte is no script."""
    assert "1 MiB" in refusal(b"#" * (MAX_BYTES + 1))[2]


@pytest.mark.parametrize(
    "data",
    [b"(" * 5000 + b")" * 5000, b"x = " + b"-" * 100_000 + b"1"],
    ids=["parentheses", "minus"],
)
def test_deep_nesting_is_an_error_and_no_crash(data: bytes) -> None:
    """Whatever limit of the parser it hits."""
    assert refusal(data)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"x = 1\n", "utf-8"),
        (b"\xef\xbb\xbfx = '\xc3\xa9'\n", "utf-8"),
        (b"# coding: latin-1\nx = '\xe9'\n", "iso-8859-1"),
        (b"#!/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", "cp1252"),
        ("# coding: shift_jis\nx = 'ソ'\n".encode("shift_jis"), "shift_jis"),
    ],
)
def test_bytes_come_back(data: bytes, encoding: str) -> None:
    """Encoding and BOM are kept."""
    source = parse(data)
    assert source.encoding == encoding
    assert source.encode(source.text) == data


def test_lines_end_where_ast_says() -> None:
    """Not at form feeds, vertical tabs or Unicode separators."""
    source = parse("a = 'x\u2028y'\x0c\r\nb = 1\rc = 2\n".encode())
    assert [stmt.lineno for stmt in source.tree.body] == [1, 2, 3]
    assert len(source.lines) == 3


@pytest.mark.parametrize(
    ("text", "unit"),
    [("if x:\n  y\n", "  "), ("if x:\n\ty\n", "\t"), ("x = 1\n", "    ")],
)
def test_indent_unit(text: str, unit: str) -> None:
    """Read from the script, four spaces where there is none."""
    assert parse(text.encode()).indent_unit == unit


def test_insertion_comes_before_replacement_at_one_place() -> None:
    """Whatever the order in the list."""
    changes = [Splice(1, 2, b"X"), Splice(1, 1, b"+")]
    assert splice(b"abc", changes) == b"a+Xc"
