"""What the command makes of its paths and of the settings that hold for each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import codemod
from tests.invoke import DOWNLOAD, TUNE, Command

PATCHED = str(codemod.patch(TUNE).source)
USAGE = "Usage: eager-codemod [OPTIONS] PATHS...\nTry 'eager-codemod --help' for help."


@pytest.fixture
def tree(here: Path) -> Path:
    """A current folder with a script to patch, and others in folders."""
    for name in ("tune.py", "scripts/tune.py"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(TUNE)
    return here


def untouched(tree: Path) -> bool:
    """Whether no script was changed."""
    return {file.read_text() for file in tree.rglob("tune.py")} == {TUNE}


# -- No path, and paths that are not there ---------------------------------------------


def test_the_command_alone_prints_its_help(command: Command, tree: Path) -> None:
    """And does nothing: not everybody knows yet what it does."""
    status, stdout, stderr = command()
    assert (status, stderr) == (0, "")
    assert stdout == command("--help").stdout
    assert untouched(tree)


@pytest.mark.parametrize("option", ["--check", "-q", "--remove", "--jobs=2"])
def test_options_without_a_path_are_an_error(
    command: Command, tree: Path, option: str
) -> None:
    """In CI, a check of nothing would pass for ever."""
    expected = f'{USAGE}\n\nError: no path given; "." is the current folder\n'
    assert command(option) == (2, "", expected)
    assert untouched(tree)


@pytest.mark.parametrize("missing", ["gone", "gone.py", "tune.py/x", "gone/x.py"])
@pytest.mark.parametrize("first", [True, False])
def test_a_path_that_is_missing(
    command: Command, tree: Path, missing: str, first: bool
) -> None:
    """Nothing is done: it may be a typing error, or an option without its dashes."""
    paths = (missing, "tune.py") if first else ("tune.py", missing)
    expected = f"{USAGE}\n\nError: {missing}: no such file or folder\n"
    assert command(*paths) == (2, "", expected)
    assert command("--verify", *paths) == (2, "", expected)
    assert untouched(tree)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("check", "there is no subcommand check: use --check"),
        ("verify", "there is no subcommand verify: use --verify"),
        ("diff", "there is no subcommand diff: use --diff"),
        ("fix", "there are no subcommands: PATHS alone patches"),
    ],
)
def test_there_are_no_subcommands(
    command: Command, tree: Path, word: str, hint: str
) -> None:
    """`eager-codemod check scripts` patched scripts."""
    expected = f"{USAGE}\n\nError: {word}: no such file or folder; {hint}\n"
    assert command(word, "scripts") == (2, "", expected)
    assert untouched(tree)


def test_a_folder_may_be_called_like_an_option(command: Command, tree: Path) -> None:
    """Then it is one."""
    (tree / "scripts").rename("check")
    assert command("check").stderr.startswith("patched check/tune.py\n")


def test_a_link_that_leads_nowhere_is_missing(command: Command, tree: Path) -> None:
    """As what it leads to is."""
    (tree / "link.py").symlink_to("gone.py")
    expected = f"{USAGE}\n\nError: link.py: no such file or folder\n"
    assert command("link.py") == (2, "", expected)


def test_a_path_that_cannot_be_read(command: Command, tree: Path) -> None:
    """One line like any other; what is beside it is done."""
    (tree / "loop.py").symlink_to("loop.py")
    status, stdout, stderr = command("loop.py", "tune.py")
    assert (status, stdout) == (2, "")
    first, *others = stderr.splitlines()
    assert first.startswith("loop.py: too many levels of symbolic links")
    assert others[:2] == ["patched tune.py", "1 file patched, 1 file failed"]


# -- Files that are no scripts ---------------------------------------------------------


@pytest.mark.parametrize("name", ["notes.txt", "requirements.in", "x.pyi", "data.json"])
def test_a_file_of_another_kind(command: Command, tree: Path, name: str) -> None:
    """A list of packages may well parse as Python."""
    (tree / name).write_text("optuna\ntransformers\n")
    suffix = Path(name).suffix
    status, stdout, stderr = command(name, "tune.py")
    assert (status, stdout) == (2, "")
    assert stderr.startswith(
        f"{name}: no Python script, by its suffix {suffix}\n"
        "patched tune.py\n1 file patched, 1 file failed\n"
    )
    assert command("--select", "affected", "--force-exclude", name).status == 0


def notebook(*cells: str) -> str:
    """A notebook with these cells of code behind a cell of text."""
    code = [{"cell_type": "code", "source": cell} for cell in cells]
    text = {"cell_type": "markdown", "source": "# Trials"}
    return json.dumps({"cells": [text, *code]})


@pytest.mark.parametrize("path", ["x.ipynb", "x"])
def test_a_notebook(command: Command, here: Path, path: str) -> None:
    """It says what to do instead, and fails nothing."""
    start = "optuna.create_study().optimize(AutoModel, n_jobs=2)"
    text = notebook("import optuna\nfrom transformers import AutoModel", start)
    (here / "x").mkdir()
    for name in ("x.ipynb", "x/x.ipynb"):
        (here / name).write_text(text)
    name = path if path == "x.ipynb" else "x/x.ipynb"
    what = f"{name}: a notebook, left alone: its cell 3 starts trials; run in a cell "
    status, stdout, stderr = command(path)
    assert (status, stdout) == (0, "")
    assert stderr.startswith(f"{what}above it: from transformers import AutoConfig, ")
    assert stderr.endswith("\n1 notebook left alone\n")
    assert command("--check", path).status == 0
    assert command("-q", path) == (0, "", "")
    assert (here / name).read_text() == text


def test_a_notebook_without_trials(command: Command, here: Path) -> None:
    """Who names it hears that nothing is to be done."""
    (here / "x.ipynb").write_text(notebook("print(1)"))
    nothing = "nothing to do: no script with an entry point\n"
    expected = f"x.ipynb: starts no trials\n{nothing}"
    assert command("x.ipynb") == (0, "", expected)
    assert command("--check", "x.ipynb").status == 0
    assert command("-q", "x.ipynb") == (0, "", "")


@pytest.mark.parametrize("name", ["tune", "tune.sbatch"])
def test_a_script_of_another_name(command: Command, tree: Path, name: str) -> None:
    """Without a suffix, or with Python in its first line."""
    (tree / name).write_text(f"#!/usr/bin/env python3\n{TUNE}")
    assert command(name).stderr.startswith(f"patched {name}\n")


# -- Nothing to do ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("--exclude", "*", "."),
        ("--exclude", "tune.py", "scripts"),
        ("--exclude", "scripts/", "--force-exclude", "scripts"),
        ("--exclude", "tune.py", "--force-exclude", "tune.py", "scripts/tune.py"),
    ],
)
def test_everything_is_excluded(
    command: Command, tree: Path, arguments: tuple[str, ...]
) -> None:
    """It is said: --entry any would not help."""
    expected = "nothing to do: exclude leaves no file\n"
    assert command("--check", *arguments) == (0, "", expected)


def test_entry_any_is_not_recommended_to_who_gave_it(
    command: Command, tree: Path
) -> None:
    """Neither for a file nor for a folder."""
    (tree / "x.py").write_text("print(1)\n")
    (tree / "empty").mkdir()
    for arguments in (("x.py",), ("-v", "x.py"), ("-v", "."), ("empty",)):
        status, _, stderr = command("--check", "--entry", "any", *arguments)
        assert status == (1 if "." in arguments else 0)
        assert "--entry" not in stderr
    assert command("--entry", "any", "x.py").stderr == (
        "x.py: no main() and no __main__ block\n"
        "nothing to do: no script with an entry point\n"
    )


@pytest.mark.parametrize("option", ["--check", "--diff"])
def test_a_check_decides_beside_explain(
    command: Command, tree: Path, option: str
) -> None:
    """Who adds --explain to a check wants to know why it fails."""
    status, stdout, _ = command(option, "--explain", "tune.py")
    assert status == 1
    assert stdout.startswith("tune.py: affected\n")
    assert ("\n+def _eager_load" in stdout) == (option == "--diff")
    assert command("--explain", "tune.py").status == 0
    (tree / "tune.py").write_text(PATCHED)
    assert command(option, "--explain", "tune.py").status == 0


# -- Settings of each file -------------------------------------------------------------


@pytest.fixture
def packages(here: Path) -> Path:
    """Packages with settings of their own."""
    texts = {
        ".": 'load = ["AConfig"]\nexclude = ["gone_*"]\n',
        "packages/a": 'exclude = ["/old/"]\nselect = "all"\n',
        "packages/b": 'with = ["thread-safety"]\nforce-exclude = true\n'
        'exclude = ["old/"]\noutput-format = "json"\nquiet = true\n',
        "packages/c": None,
    }
    (here / ".git").mkdir()
    for folder, text in texts.items():
        for name in ("tune.py", "old/tune.py", "gone_1.py", "x/old/tune.py"):
            (here / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (here / folder / name).write_text(TUNE)
        (here / folder / "download.py").write_text(DOWNLOAD)
        if text is not None:
            table = f"[tool.eager-codemod]\n{text}"
            (here / folder / "pyproject.toml").write_text(table)
    return here


EXPECTED = """\
old/tune.py
packages/a/download.py
packages/a/gone_1.py
packages/a/tune.py
packages/a/x/old/tune.py
packages/b/gone_1.py
packages/b/tune.py
packages/c/old/tune.py
packages/c/tune.py
packages/c/x/old/tune.py
tune.py
x/old/tune.py
""".splitlines()


def patched(stderr: str) -> list[str]:
    """The files that a run would patch."""
    lines = stderr.splitlines()
    return [line[12:] for line in lines if line.startswith("would patch ")]


def test_each_file_obeys_the_nearest_settings(command: Command, packages: Path) -> None:
    """A folder, its folders one by one, and its files one by one, as a hook does."""
    assert patched(command("--check", ".").stderr) == EXPECTED
    files = sorted(str(path.relative_to(packages)) for path in packages.rglob("*.py"))
    select = ("--check", "--force-exclude", "--select", "affected")
    by_name = patched(command(*select, *files).stderr)
    assert by_name == [name for name in EXPECTED if "download" not in name]
    # Alone, packages/b would print JSON: here the settings that hold for both do.
    assert patched(command("--check", "packages/a", "packages/b").stderr) == [
        name for name in EXPECTED if name[:10] in ("packages/a", "packages/b")
    ]


def test_settings_of_each_file_reach_the_edit(command: Command, packages: Path) -> None:
    """The guard loads what the one says, and the other's edit is made."""
    command(".")
    for name in EXPECTED:
        text = (packages / name).read_text()
        own = name.startswith(("packages/a", "packages/b"))
        assert ("AConfig  #" in text) == (not own)
        assert ("make_thread_safe()" in text) == name.startswith("packages/b")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_workers_get_the_settings_too(
    command: Command, packages: Path, jobs: str
) -> None:
    """They come with each file."""
    for number in range(30):
        (packages / "packages" / "b" / f"{number}.py").write_text(TUNE)
    command("--jobs", jobs, ".")
    for file in (packages / "packages" / "b").glob("[0-9]*.py"):
        assert "make_thread_safe()" in file.read_text()


def test_a_folder_that_is_excluded_is_not_entered(
    command: Command, packages: Path
) -> None:
    """So no pyproject.toml in it counts, be it searched or named."""
    table = '[tool.eager-codemod]\nexclude = ["packages/"]\n'
    (packages / "pyproject.toml").write_text(table)
    paths = [".", "packages/a/tune.py"]
    for path in paths:
        seen = patched(command("--check", "--force-exclude", path).stderr)
        assert [name for name in seen if name.startswith("packages/")] == []
    assert patched(command("--check", paths[1]).stderr) == ["packages/a/tune.py"]


def test_the_command_line_wins_over_all_of_them(
    command: Command, packages: Path
) -> None:
    """For every file, relative to the current folder."""
    arguments = ("--check", "--exclude", "/packages/", "--select", "affected", ".")
    assert patched(command(*arguments).stderr) == [
        "gone_1.py",
        "old/tune.py",
        "tune.py",
        "x/old/tune.py",
    ]
