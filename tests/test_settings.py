"""Reading ``[tool.eager-codemod]``, and which table holds where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codemod import settings
from codemod.edits.registry import all_edits
from codemod.settings import EDITS, KEYS, Lookup, Settings, SettingsError
from tests.invoke import Command

TABLE = "[tool.eager-codemod]\n"
SELECT = "select: must be one of affected, threaded, hpo, all, not"


def table(text: str, folder: Path) -> dict[str, object]:
    """Return the options of a table with these lines."""
    (folder / ".git").mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(TABLE + text)
    return options(folder)


def options(folder: Path) -> dict[str, object]:
    """Return the options that hold in a folder."""
    return Lookup().for_run([str(folder)])[1]


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
        'with = ["thread-safety"]\nhpo-libraries = ["tuner.search"]\n'
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
        "with": ["thread-safety"],
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
        ('select = "some"', f"{SELECT} 'some'"),
        ('select = "thread"', f"{SELECT} 'thread'; did you mean threaded?"),
        ("select = true", f"{SELECT} True"),
        ("select = []", f"{SELECT} []"),
        ('exclude = "old/"', "exclude: must be a list of strings: ['old/']"),
        ("exclude = [1]", "exclude: must be a list of strings, not [1]"),
        ('exclude = ["[z-a]"]', "exclude: '[z-a]': z-a is an empty range"),
        ('quiet = "yes"', "quiet: must be true or false, not 'yes'"),
        ("quiet = 1", "quiet: must be true or false, not 1"),
        ("jobs = 0", "jobs: must be a whole number from 1, not 0"),
        ("jobs = true", "jobs: must be a whole number from 1, not True"),
        ("jobs = 1.5", "jobs: must be a whole number from 1, not 1.5"),
        ('load = ["a b"]', "load: 'a b' is no identifier"),
        ('load = ["class"]', "load: 'class' is no identifier"),
        ('load = ["__debug__"]', "load: '__debug__' cannot be assigned to"),
        ('load = ["A\u1369"]', "load: 'A\u1369' is no name of transformers'"),
        ('with = ["gard"]', "with: unknown edit 'gard'; did you mean guard?"),
        (
            'with = ["zzz"]',
            "with: unknown edit 'zzz'; one of: thread-safety, protobuf-env",
        ),
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
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(SettingsError, match="must be a table"):
        options(tmp_path)


def test_table_with_an_underscore(tmp_path: Path) -> None:
    """It would silently be nothing."""
    (tmp_path / "pyproject.toml").write_text("[tool.eager_codemod]\nselect = 'all'\n")
    with pytest.raises(SettingsError) as caught:
        options(tmp_path)
    what = "[tool.eager_codemod]: the table is called [tool.eager-codemod]"
    assert str(caught.value) == f"{tmp_path / 'pyproject.toml'}: {what}"


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), st.none() | st.binary()))
def test_no_value_of_another_type_passes(values: dict[str, object]) -> None:
    """Every key refuses what TOML cannot even say."""
    for key, value in values.items():
        assert KEYS[key](value) is not None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"jobs = {'9' * 5000}", "exceeds the limit"),
        (f"quiet = 0x{'f' * 5000}", "not something of that size"),
        (f"exclude = [0x{'f' * 5000}]", "not something of that size"),
        (f"{'k' * 5000} = 1", "kkk...: unknown key"),
        (f"load = ['{'k' * 5000} ']", "kkk... is no identifier"),
        (f"load = ['A{'9' * 5000}']", "999... is longer than 200 characters"),
    ],
)
def test_what_is_long_is_cut(line: str, message: str, tmp_path: Path) -> None:
    """A message is a line that can be read."""
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        table(f"{line}\n", tmp_path)
    assert len(caught.value.message) < 300


# Which file


def mark(root: Path, *folders: str) -> None:
    """Put a table into each of the folders, and make the root a repository."""
    (root / ".git").mkdir()
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / "pyproject.toml").write_text(TABLE)


def root_of(folder: Path) -> str | None:
    """Return the folder of the file whose settings hold for a folder's files."""
    return Lookup().for_folder(str(folder)).root


def test_nearest_file_counts(tmp_path: Path) -> None:
    """The table nearest to a file is in force, whatever else is looked at."""
    mark(tmp_path, ".", "a")
    (tmp_path / "a" / "b").mkdir()
    lookup = Lookup()
    for folder, root in (("a/b", "a"), ("a", "a"), (".", "."), ("a/b", "a")):
        assert lookup.for_folder(str(tmp_path / folder)).root == str(tmp_path / root)


def test_file_without_the_table_is_passed_over(tmp_path: Path) -> None:
    """A package of a repository need not repeat the table."""
    mark(tmp_path, ".")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'a'\n")
    assert root_of(tmp_path / "a") == str(tmp_path)


def test_a_run_has_the_settings_of_the_folder_that_holds_all(tmp_path: Path) -> None:
    """They say what the output looks like."""
    mark(tmp_path, ".", "a", "b")
    paths = [str(tmp_path / "a"), str(tmp_path / "b" / "script.py")]
    assert Lookup().for_run(paths)[0].root == str(tmp_path)
    assert Lookup().for_run(paths[1:])[0].root == str(tmp_path / "b")


def test_not_above_the_repository(tmp_path: Path) -> None:
    """Another project's settings do not hold."""
    mark(tmp_path, ".")
    (tmp_path / "inner" / ".git").mkdir(parents=True)
    assert root_of(tmp_path / "inner") is None


def test_no_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without paths the working directory counts."""
    mark(tmp_path, ".")
    monkeypatch.chdir(tmp_path)
    assert Lookup().for_run([])[0].root == str(tmp_path)


def test_each_file_is_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many folders ask for it."""
    mark(tmp_path, ".")
    folder = tmp_path.joinpath(*"abcdefgh")
    folder.mkdir(parents=True)
    read: list[str] = []
    monkeypatch.setattr(settings, "table_of", lambda path: read.append(path))
    lookup = Lookup()
    while folder != tmp_path:
        lookup.for_folder(str(folder))
        folder = folder.parent
    assert len(read) == len(set(read)) == 9


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    """An unreadable pyproject.toml is an error; a folder of that name is no file."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").mkdir()
    assert root_of(tmp_path) is None
    (tmp_path / "pyproject.toml").rmdir()
    (tmp_path / "pyproject.toml").symlink_to("pyproject.toml")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: "):
        root_of(tmp_path)


def test_where_a_file_is_broken(command: Command, here: Path) -> None:
    """Line and column stand where other errors have them, wherever the file counts."""
    file = here / "below" / "pyproject.toml"
    file.parent.mkdir()
    (file.parent / "plain.py").write_text("")
    file.write_text(f"{TABLE}select = = 3\n")
    where = f"{file}:2:10: invalid value"
    assert command("below") == (2, "", f"Error: {where}\n")
    assert command(".").stderr.startswith(f"{where}; the files that obey it are ")
    assert command("--verify", ".").stderr.startswith(f"{where}; ")


# The command line, and the library


def test_the_command_line_wins_over_every_file(tmp_path: Path) -> None:
    """Key by key; its patterns are relative to the current folder."""
    mark(tmp_path, ".")
    (tmp_path / "pyproject.toml").write_text(
        TABLE + 'select = "all"\nexclude = ["a"]\nload = ["AConfig"]\n'
    )
    lookup = Lookup({"select": "hpo", "exclude": ("b",), "remove": True})
    assert lookup.for_folder(str(tmp_path)) == Settings(
        select="hpo", exclude=("b",), load=("AConfig",), remove=True
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"edits": ("gard",)}, "edits: unknown edit 'gard'; did you mean guard?"),
        ({"select": "al"}, f"{SELECT} 'al'; did you mean all?"),
        (
            {"entry": "anny"},
            "entry: must be one of argparse, any, not 'anny'; did you mean any?",
        ),
        ({"load": ("a b",)}, "load: 'a b' is no identifier"),
        ({"load": "AutoModel"}, "load: must be a list of strings: ['AutoModel']"),
        ({"jobs": 0}, "jobs: must be a whole number from 1, not 0"),
        ({"remove": 1}, "remove: must be true or false, not 1"),
        ({"exclude": ("!",)}, "exclude: '!': names nothing"),
        ({"hpo_libraries": ("a-b",)}, "hpo_libraries: 'a-b' is no module name"),
    ],
)
def test_settings_refuse_what_the_command_refuses(
    values: dict[str, Any], message: str
) -> None:
    """A typing error must not do nothing."""
    with pytest.raises(SettingsError) as caught:
        Settings(**values)
    assert str(caught.value) == message
    assert isinstance(caught.value, ValueError)


def test_lists_become_tuples() -> None:
    """Settings are a key of what is remembered by them."""
    values: dict[str, Any] = {"load": ["AConfig"]}
    assert Settings(**values) == Settings(load=("AConfig",))


def test_the_edits_are_those_that_there_are() -> None:
    """Their names are here too, where checking one must not import them."""
    assert [edit.name for edit in all_edits()] == list(EDITS)


def test_a_tuner_of_ones_own(command: Command, here: Path) -> None:
    """A folder run takes its scripts."""
    (here / "pyproject.toml").write_text(TABLE + 'hpo-libraries = ["ours"]\n')
    (here / "tune.py").write_text(
        "import transformers\nfrom ours import search\n\n"
        "search(lambda x: transformers.AutoModel.from_pretrained(x))\n"
    )
    assert command("--check", ".") == (
        1,
        "",
        "would patch tune.py\n1 file would be patched\n",
    )
