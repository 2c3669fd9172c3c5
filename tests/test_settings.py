"""Reading ``[tool.eager-codemod]``."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemod.settings import KEYS, SettingsError, find_pyproject, read

TABLE = "[tool.eager-codemod]\n"


def table(text: str, folder: Path) -> dict[str, object]:
    """Return what is read from a table with these lines."""
    file = folder / "pyproject.toml"
    file.write_text(TABLE + text)
    return read(str(file))


def complaint(text: str, folder: Path) -> str:
    """Return the message about a table, without the file's folder."""
    with pytest.raises(SettingsError) as caught:
        table(text, folder)
    return str(caught.value).replace(str(folder), "").lstrip("/\\")


def test_every_key(tmp_path: Path) -> None:
    """The keys are named like the options, and keep their types."""
    text = (
        'select = "affected"\nentry = "any"\nload = ["ElectraConfig"]\n'
        'exclude = ["old/"]\nforce-exclude = true\njobs = 2\nupgrade = true\n'
        'with = ["other"]\nhpo-libraries = ["tuner.search"]\n'
        'transformers-libraries = ["our_models"]\noutput-format = "sarif"\n'
        "color = false\nquiet = true\nverbose = false\n"
    )
    assert table(text, tmp_path) == {
        "select": "affected",
        "entry": "any",
        "load": ["ElectraConfig"],
        "exclude": ["old/"],
        "force-exclude": True,
        "jobs": 2,
        "upgrade": True,
        "with": ["other"],
        "hpo-libraries": ["tuner.search"],
        "transformers-libraries": ["our_models"],
        "output-format": "sarif",
        "color": False,
        "quiet": True,
        "verbose": False,
    }
    assert set(table(text, tmp_path)) == set(KEYS)


def test_empty_table(tmp_path: Path) -> None:
    """A table need not say anything."""
    assert table("", tmp_path) == {}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('selct = "hpo"', "selct: unknown key; did you mean select?"),
        (
            "force_exclude = true",
            "force_exclude: unknown key; did you mean force-exclude?",
        ),
        ("Jobs = 1", "Jobs: unknown key; did you mean jobs?"),
        ("zzz = 1", "zzz: unknown key"),
        ("check = true", "check: only the command line can say this (--check)"),
        ('select = "some"', "select: must be one of affected, hpo, all, not 'some'"),
        ("select = true", "select: must be one of affected, hpo, all, not True"),
        ("select = []", "select: must be one of affected, hpo, all, not []"),
        ('exclude = "old/"', "exclude: must be a list of strings: ['old/']"),
        ("exclude = [1]", "exclude: must be a list of strings, not [1]"),
        ('quiet = "yes"', "quiet: must be true or false, not 'yes'"),
        ("quiet = 1", "quiet: must be true or false, not 1"),
        ("jobs = 0", "jobs: must be a whole number from 1, not 0"),
        ("jobs = true", "jobs: must be a whole number from 1, not True"),
        ("jobs = 1.5", "jobs: must be a whole number from 1, not 1.5"),
        ('load = ["a b"]', "load: 'a b' is no identifier"),
        ('load = ["class"]', "load: 'class' is no identifier"),
        ('hpo-libraries = ["a", "b-c"]', "hpo-libraries: 'b-c' is no module name"),
        (
            'transformers-libraries = [".a"]',
            "transformers-libraries: '.a' is no module name",
        ),
    ],
)
def test_refusal(line: str, message: str, tmp_path: Path) -> None:
    """The message names the file, the key, what is wrong, and what may be meant."""
    expected = f"pyproject.toml: [tool.eager-codemod] {message}"
    assert complaint(line, tmp_path) == expected


@pytest.mark.parametrize(
    "text", ["[tool]\neager-codemod = 1\n", "[[tool.eager-codemod]]\nselect = 'all'\n"]
)
def test_no_table(text: str, tmp_path: Path) -> None:
    """Something else under the table's name is refused."""
    file = tmp_path / "pyproject.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match="must be a table"):
        read(str(file))


@pytest.mark.parametrize("data", [b"eager-codemod = [", b"# eager-codemod \xff\n"])
def test_no_toml(data: bytes, tmp_path: Path) -> None:
    """A file that mentions the tool and cannot be read is an error that names it."""
    file = tmp_path / "pyproject.toml"
    file.write_bytes(data)
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        read(str(file))


def test_broken_file_without_the_tool(tmp_path: Path) -> None:
    """A file that does not mention the tool is none of its business."""
    (tmp_path / "pyproject.toml").write_bytes(b"[broken \xff")
    (tmp_path / ".git").mkdir()
    assert find_pyproject([str(tmp_path)]) is None


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.none() | st.binary()))
def test_no_value_of_another_type_passes(values: dict[str, object]) -> None:
    """Every key refuses what TOML cannot even say."""
    for key, value in values.items():
        assert KEYS[key](value) is not None


# Which file


def _mark(root: Path, *folders: str) -> None:
    """Put a table into each of the folders, and make the root a repository."""
    (root / ".git").mkdir()
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "pyproject.toml").write_text(TABLE)


def test_nearest_file_counts(tmp_path: Path) -> None:
    """The table nearest to the paths is in force."""
    _mark(tmp_path, ".", "a")
    (tmp_path / "a" / "b").mkdir()
    found = find_pyproject([str(tmp_path / "a" / "b")])
    assert found == str(tmp_path / "a" / "pyproject.toml")


def test_file_without_the_table_is_passed_over(tmp_path: Path) -> None:
    """A package of a repository need not repeat the table."""
    _mark(tmp_path, ".")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert find_pyproject([str(tmp_path / "a")]) == str(tmp_path / "pyproject.toml")


def test_common_parent_of_the_paths(tmp_path: Path) -> None:
    """Several paths have the settings of the folder that holds them all."""
    _mark(tmp_path, ".", "a", "b")
    paths = [str(tmp_path / "a"), str(tmp_path / "b" / "script.py")]
    assert find_pyproject(paths) == str(tmp_path / "pyproject.toml")
    assert find_pyproject(paths[1:]) == str(tmp_path / "b" / "pyproject.toml")


def test_not_above_the_repository(tmp_path: Path) -> None:
    """Another project's settings do not hold."""
    _mark(tmp_path, ".")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert find_pyproject([str(tmp_path / "inner")]) is None


def test_no_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without paths the working directory counts."""
    _mark(tmp_path, ".")
    monkeypatch.chdir(tmp_path)
    assert find_pyproject([]) == str(tmp_path / "pyproject.toml")


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """An unreadable pyproject.toml is an error; a folder of that name is no file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").mkdir()
    assert find_pyproject([str(tmp_path)]) is None
    (tmp_path / "pyproject.toml").rmdir()
    (tmp_path / "pyproject.toml").symlink_to("pyproject.toml")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        find_pyproject([str(tmp_path)])
