"""Reading one table of a file that may say anything."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from codemod.search.toml import TomlError, table_of

TABLE = "[tool.eager-codemod]\n"
ABSURD = "too large, or nested too deeply, to be read as settings"


def read(text: str, folder: Path) -> dict[str, object] | None:
    """Return the table of a file with this text."""
    file = folder / "pyproject.toml"
    file.write_bytes(text.encode())
    return table_of(str(file))


@pytest.mark.parametrize(
    "header",
    [
        "[tool.eager-codemod]\n",
        "  [ tool . eager-codemod ]\r\n",
        "[tool.'eager-codemod']\n",
        '["tool"."eager-codemod"]\n',
        "[tool]\neager-codemod.",
        "tool.eager-codemod.",
        "\ufeff[tool.eager-codemod]\n",
        "\ufeff# saved by an editor for Windows\n[tool.eager-codemod]\n",
    ],
)
def test_ways_to_write_the_header(header: str, tmp_path: Path) -> None:
    """TOML has several."""
    assert read(f'{header}select = "all"\n', tmp_path) == {"select": "all"}


@pytest.mark.parametrize(
    "data",
    [
        b"eager-codemod = [",
        b"[tool.eager-codemod]\n# \xff",
        b"[tool.eager-codemod",
        b"[tool.eager-codemod\nselect = 'all'\n",
        b"[tool.eager-codemod) # select\n",
    ],
)
def test_what_is_no_toml(data: bytes, tmp_path: Path) -> None:
    """A file that names the table and cannot be read is an error."""
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(TomlError):
        table_of(str(tmp_path / "x"))


@pytest.mark.parametrize(
    "text",
    [
        "[broken",
        "# [tool.eager-codemod]\n[",
        'dependencies = [\n    "eager-codemod>=1"\n',
        "x = " + "[" * 3000 + "  # eager-codemod\n",
        '"tool.eager-codemod',
        "[tool.eager-codemod-too\n",
    ],
)
def test_what_only_mentions_the_table_is_not_parsed(text: str, tmp_path: Path) -> None:
    """What is wrong with it is none of this tool's business."""
    assert read(text, tmp_path) is None


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 3000,
        "x = " + "{a=" * 3000,
        "a." * 20_000 + "b = 1",
        "[" + "a." * 20_000 + "b]",
        "x = {" + "a." * 20_000 + "b = 1}",
        "x = '#'\ny = '''\n[\n'''\nz = " + "[" * 3000,
        "#" * (1 << 20),
    ],
    ids=["brackets", "braces", "key", "header", "inline", "strings", "large"],
)
def test_absurd_toml_is_not_parsed(text: str, tmp_path: Path) -> None:
    """It would cost a traceback, or gigabytes."""
    with pytest.raises(TomlError, match=f"^{ABSURD}$"):
        read(f"{TABLE}{text}\n", tmp_path)


def test_toml_that_only_looks_absurd(tmp_path: Path) -> None:
    """Brackets and dots in strings and comments, and a long list of numbers."""
    text = (
        f'{TABLE}select = "all"\n[other]\n'
        f"a = '{'[' * 3000}'  # {'[.' * 3000}\n"
        f'b = """\n{"a.[" * 3000}\\""""\n'
        f"c = [{'1.5, ' * 3000}]\n"
        f"d = '''{'.[{' * 3000}'''\n"
    )
    assert read(text, tmp_path) == {"select": "all"}


def test_where_a_document_is_broken(tmp_path: Path) -> None:
    """Line and column are told apart from the message."""
    with pytest.raises(TomlError, match=r"^invalid value$") as caught:
        read(f"{TABLE}select = = 3\n", tmp_path)
    assert caught.value.place == (2, 10)


def test_strings_without_an_end_are_looked_at_once(tmp_path: Path) -> None:
    """Also where the file ends with a backslash, which escapes nothing then."""
    before = time.process_time()
    with pytest.raises(TomlError):
        read(TABLE + '\\"""\n' * 20_000 + "\\", tmp_path)
    assert time.process_time() - before < 5
