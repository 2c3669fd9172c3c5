"""The command as a user meets it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from codemod.cli import main
from tests.invoke import DOWNLOAD, TUNE, Command

HELP = Path(__file__).parent / "data" / "help.txt"
REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)
USAGE = "Usage: eager-codemod [OPTIONS] PATHS...\nTry 'eager-codemod --help' for help."
SEE = "; --explain says why, --select all takes them\n"
LOADING = (
    "threads that load models on transformers 4 can break them: "
    "see --with thread-safety\n"
)
NO_ENTRY = (
    "no entry point (a main() that parses arguments, or @hydra.main); "
    "--entry any takes any main()"
)
# An argparse script with HPO, and no transformers.
SEARCH = TUNE.replace("from transformers import AutoModel\n", "AutoModel = print\n")
PLAIN = "def main():\n    print('no arguments')\n\n\nmain()\n"
DIFF = (Path(__file__).parent / "data" / "tune.diff").read_text()


@pytest.fixture
def tree(here: Path) -> Path:
    """A current folder with a script to patch, and one that is no HPO script."""
    (here / "tune.py").write_text(TUNE)
    (here / "download.py").write_text(DOWNLOAD)
    return here


def process(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "codemod", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "80"},
    )


# -- A plain run -----------------------------------------------------------------------


def test_a_file_that_is_named_is_patched(command: Command, tree: Path) -> None:
    """One line for the file, one for the run."""
    assert command("tune.py") == (0, "", f"patched tune.py\n1 file patched\n{LOADING}")
    assert (tree / "tune.py").read_text() == PATCHED


def test_a_second_run_changes_nothing(command: Command, tree: Path) -> None:
    """What is patched stays as it is, to the bytes and the time of its change."""
    command("tune.py")
    before = (tree / "tune.py").stat()
    assert command("tune.py") == (0, "", "1 file already fine\n")
    after = (tree / "tune.py").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_is_named_needs_no_hpo(command: Command, tree: Path) -> None:
    """It is taken at its word."""
    assert command("download.py") == (0, "", "patched download.py\n1 file patched\n")


def test_a_folder_is_searched_for_hpo_scripts(command: Command, tree: Path) -> None:
    """Who was passed over is counted."""
    assert command(".") == (
        0,
        "",
        "patched tune.py\n"
        f"1 file patched, 1 file with an entry point but no HPO script{SEE}{LOADING}",
    )
    assert (tree / "download.py").read_text() == DOWNLOAD


def test_paths_are_shown_as_they_were_given(command: Command, tree: Path) -> None:
    """A folder's files are shown below it."""
    name = str(tree)
    assert command(name, "--select", "affected").stderr.startswith(f"patched {name}/")


def test_nothing_to_do_in_an_empty_folder(command: Command, here: Path) -> None:
    """A run that finds nothing says so, and is no failure."""
    expected = "nothing to do: no Python file\n"
    assert command(".") == (0, "", expected)


def test_a_file_without_entry_point_says_what_would_help(
    command: Command, here: Path
) -> None:
    """A main() that parses nothing is left alone."""
    (here / "plain.py").write_text(PLAIN)
    expected = f"plain.py: {NO_ENTRY}\nnothing to do: no script with an entry point\n"
    assert command("plain.py") == (0, "", expected)
    assert (here / "plain.py").read_text() == PLAIN


def test_entry_any_takes_any_main(command: Command, here: Path) -> None:
    """It is said by the message above, so it must work."""
    (here / "plain.py").write_text(PLAIN)
    expected = "patched plain.py\n1 file patched\n"
    assert command("--entry", "any", "plain.py") == (0, "", expected)


def test_the_skip_comment_is_reported(command: Command, tree: Path) -> None:
    """A file that asks for it is left alone, and counted."""
    (tree / "tune.py").write_text("# eager-codemod: skip\n" + TUNE)
    assert command("tune.py") == (0, "", "1 file skipped by a comment\n")


def test_a_hand_made_guard_counts(command: Command, tree: Path) -> None:
    """A definition and a call that a person wrote, wherever the call stands."""
    guarded = TUNE.replace(
        "def main():\n",
        "def _eager_load_transformers_configs():\n    import transformers\n\n\n"
        "def main():\n    print(1)\n    _eager_load_transformers_configs()\n",
    )
    (tree / "tune.py").write_text(guarded)
    assert command("tune.py") == (0, "", "1 file already fine\n")
    assert (tree / "tune.py").read_text() == guarded


# -- --check and --diff ----------------------------------------------------------------


def test_check_changes_nothing(command: Command, tree: Path) -> None:
    """It lists what would change, and fails."""
    expected = "would patch tune.py\n1 file would be patched\n"
    assert command("--check", "tune.py") == (1, "", expected)
    assert (tree / "tune.py").read_text() == TUNE


def test_check_is_content_with_a_patched_file(command: Command, tree: Path) -> None:
    """Nothing would change: a hook passes."""
    (tree / "tune.py").write_text(PATCHED)
    assert command("--check", "tune.py") == (0, "", "1 file already fine\n")


def test_diff_prints_a_diff(command: Command, tree: Path) -> None:
    """The diff alone is on standard output, for patch and git."""
    expected = "would patch tune.py\n1 file would be patched\n"
    assert command("--diff", "tune.py") == (1, DIFF, expected)
    assert (tree / "tune.py").read_text() == TUNE


def test_check_and_diff_combine(command: Command, tree: Path) -> None:
    """Both together are a diff."""
    assert command("--check", "--diff", "tune.py") == command("--diff", "tune.py")


def test_a_diff_can_be_coloured(command: Command, tree: Path) -> None:
    """Colours when they are asked for, though this is no terminal."""
    shown = command("--diff", "--color", "tune.py").stdout
    assert shown.startswith(
        "\x1b[1m--- tune.py\x1b[0m\n"
        "\x1b[1m+++ tune.py\x1b[0m\n"
        "\x1b[36m@@ -4,9 +4,31 @@\x1b[0m\n"
    )
    assert "\x1b[32m+    _eager_load_transformers_configs()\x1b[0m\n" in shown


class _Terminal(io.BytesIO):
    def isatty(self) -> bool:
        return True


def in_terminal(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> bytes:
    """Run the command, return what a terminal on standard output shows."""
    screen = _Terminal()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", io.TextIOWrapper(screen, write_through=True))
        with pytest.raises(SystemExit):
            main(arguments)
        return screen.getvalue()


def test_a_diff_has_colours_on_a_terminal(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By default, colours are for people."""
    assert b"\x1b[32m+" in in_terminal(monkeypatch, "--diff", "tune.py")


def test_no_color_is_honoured(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org: any value that is not empty."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert in_terminal(monkeypatch, "--diff", "tune.py") == DIFF.encode()


def test_no_color_is_overruled_by_color(
    command: Command, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option of this run counts more than the environment."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m+" in command("--diff", "--color", "tune.py").stdout


def test_no_colour_on_a_terminal_if_asked(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of the option."""
    assert in_terminal(monkeypatch, "--diff", "--no-color", "tune.py") == DIFF.encode()


def test_a_diff_can_be_applied(command: Command, tree: Path) -> None:
    """Git takes the diff, and gets what a run writes."""
    diff = command("--diff", "tune.py").stdout
    applied = ["git", "apply", "-p0", "--unidiff-zero", "-"]
    subprocess.run(applied, input=diff, text=True, cwd=tree, check=True)
    assert (tree / "tune.py").read_text() == PATCHED


# -- --remove and --upgrade ------------------------------------------------------------


def test_remove_restores_the_bytes(command: Command, tree: Path) -> None:
    """As if nothing had ever been inserted."""
    command("tune.py")
    expected = "restored tune.py\n1 file restored\n"
    assert command("--remove", "tune.py") == (0, "", expected)
    assert (tree / "tune.py").read_text() == TUNE


def test_remove_from_a_folder_needs_no_hpo(command: Command, tree: Path) -> None:
    """What was inserted is taken out, wherever it is."""
    command("download.py")
    expected = "restored download.py\n1 file restored\n"
    assert command("--remove", ".") == (0, "", expected)


def test_remove_where_nothing_is(command: Command, tree: Path) -> None:
    """A script without the guard is none of --remove's business."""
    expected = "nothing to do: no script with the guard\n"
    assert command("--remove", "tune.py") == (0, "", expected)


def test_remove_can_be_checked(command: Command, tree: Path) -> None:
    """It fails, for what it would do, and does nothing."""
    (tree / "tune.py").write_text(PATCHED)
    expected = "would restore tune.py\n1 file would be restored\n"
    assert command("--remove", "--check", "tune.py") == (1, "", expected)
    assert (tree / "tune.py").read_text() == PATCHED


def test_remove_can_be_seen(command: Command, tree: Path) -> None:
    """The diff of a removal is the other way round."""
    (tree / "tune.py").write_text(PATCHED)
    status, stdout, stderr = command("--remove", "--diff", "tune.py")
    assert (status, stderr) == (1, "would restore tune.py\n1 file would be restored\n")
    assert "-    _eager_load_transformers_configs()\n" in stdout
    assert (tree / "tune.py").read_text() == PATCHED


OLDER = """\
import argparse


def _eager_load_transformers_configs():
    try:
        from transformers import (
            AutoConfig,
            BertConfig,
            RobertaConfig,
            DebertaV2Config,
        )
    except ImportError:
        pass


def main():
    args = argparse.ArgumentParser().parse_args()

    # Eagerly load transformers configs to prevent lazy loading race conditions
    _eager_load_transformers_configs()
"""


def test_an_older_guard_is_mentioned(command: Command, here: Path) -> None:
    """It is left as it is, and said to be older."""
    (here / "old.py").write_text(OLDER)
    message = "_eager_load_transformers_configs does not load GenerationMixin"
    assert command("old.py") == (
        0,
        "",
        f"old.py:4: {message}; --upgrade rewrites it\n1 file already fine\n",
    )
    assert (here / "old.py").read_text() == OLDER


def test_an_older_guard_is_upgraded(command: Command, here: Path) -> None:
    """--upgrade rewrites the definition; the next run has nothing to do."""
    (here / "old.py").write_text(OLDER)
    expected = "patched old.py\n1 file patched\n"
    assert command("--upgrade", "old.py") == (0, "", expected)
    assert "GenerationMixin" in (here / "old.py").read_text()
    assert command("--upgrade", "old.py") == (0, "", "1 file already fine\n")


# -- Options ---------------------------------------------------------------------------


def test_load_adds_names(command: Command, tree: Path) -> None:
    """They are imported in a block of their own."""
    assert command("--load", "ElectraConfig", "tune.py").status == 0
    text = (tree / "tune.py").read_text()
    assert "from transformers import ElectraConfig  # noqa: F401\n" in text


@pytest.mark.parametrize("name", ["3x", "for", "a.b", "", "x; import os"])
def test_load_takes_identifiers_only(command: Command, tree: Path, name: str) -> None:
    """Anything else would not parse in the script, or be code."""
    expected = (
        f"{USAGE}\n\nError: Invalid value for '--load': {name!r} is no identifier\n"
    )
    assert command("--load", name, "tune.py") == (2, "", expected)
    assert (tree / "tune.py").read_text() == TUNE


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("affected", ["tune.py"]),
        ("hpo", ["search.py", "tune.py"]),
        ("all", ["download.py", "search.py", "tune.py"]),
    ],
)
def test_select_decides(
    command: Command, tree: Path, select: str, expected: list[str]
) -> None:
    """HPO with transformers, HPO, or every entry point."""
    (tree / "search.py").write_text(SEARCH)
    lines = command("--check", "--select", select, ".").stderr.splitlines()
    assert [line.removeprefix("would patch ") for line in lines[:-1]] == expected


def test_select_holds_for_named_files(command: Command, tree: Path) -> None:
    """A hook names every file of a commit, and selects."""
    expected = f"1 file with an entry point but no HPO script{SEE}"
    assert command("--select", "hpo", "download.py") == (0, "", expected)


def test_exclude_leaves_files_out(command: Command, tree: Path) -> None:
    """A pattern as in .gitignore."""
    expected = f"1 file with an entry point but no HPO script{SEE}"
    assert command("--exclude", "tune*", ".") == (0, "", expected)


def test_exclude_does_not_hold_for_named_files(command: Command, tree: Path) -> None:
    """Who names a file wants it."""
    expected = f"patched tune.py\n1 file patched\n{LOADING}"
    assert command("--exclude", "tune*", "tune.py") == (0, "", expected)


def test_force_exclude_holds_for_named_files(command: Command, tree: Path) -> None:
    """Except for a hook, which names them all."""
    expected = "nothing to do: exclude leaves no file\n"
    outcome = command("--force-exclude", "--exclude", "tune*", "tune.py")
    assert outcome == (0, "", expected)


def test_quiet_prints_nothing(command: Command, tree: Path) -> None:
    """What was done shows in the exit status alone."""
    assert command("-q", "--check", ".") == (1, "", "")
    assert command("-q", ".") == (0, "", "")


def test_quiet_still_prints_errors(command: Command, tree: Path) -> None:
    """Nothing fails silently."""
    (tree / "bad.py").write_text("def main(:\n")
    assert command("-q", "bad.py") == (2, "", "bad.py:1:10: invalid syntax\n")


def test_quiet_still_prints_diffs(command: Command, tree: Path) -> None:
    """It was asked for."""
    assert command("-q", "--diff", "tune.py") == (1, DIFF, "")


def test_verbose_says_something_of_every_file(command: Command, tree: Path) -> None:
    """Why each file was left alone."""
    (tree / "a.py").write_text("")
    (tree / "fine.py").write_text(PATCHED)
    (tree / "plain.py").write_text(PLAIN)
    (tree / "skipped.py").write_text("# eager-codemod: skip\n" + TUNE)
    assert command("-v", ".") == (
        0,
        "",
        "a.py: no main() and no hydra\n"
        "download.py: an entry point, but no HPO script\n"
        "fine.py: nothing to do\n"
        f"plain.py: {NO_ENTRY}\n"
        "skipped.py: skipped by its comment\n"
        "patched tune.py\n"
        "1 file patched, 1 file already fine, 1 file with an entry point but no HPO "
        f"script, 1 file skipped by a comment{SEE}{LOADING}",
    )


def test_jobs_make_no_difference(command: Command, here: Path) -> None:
    """Two workers write and say what one does, in the same order."""
    for number in range(4):
        (here / f"{number}.py").write_text(TUNE)
    lines = "".join(f"patched {number}.py\n" for number in range(4))
    assert command("--jobs", "2", ".") == (0, "", f"{lines}4 files patched\n{LOADING}")
    assert {file.read_text() for file in here.iterdir()} == {PATCHED}


@pytest.mark.parametrize("number", ["0", "-1"])
def test_jobs_are_at_least_one(command: Command, tree: Path, number: str) -> None:
    """Click says what is wrong."""
    status, stdout, stderr = command("--jobs", number)
    assert (status, stdout) == (2, "")
    assert stderr.endswith(f"{number} is not in the range x>=1.\n")


def test_an_unknown_option_is_named(command: Command, tree: Path) -> None:
    """Nothing is done."""
    status, stdout, stderr = command("--chek")
    assert (status, stdout) == (2, "")
    assert stderr.startswith(f"{USAGE}\n\nError: No such option")
    assert "--check" in stderr
    assert (tree / "tune.py").read_text() == TUNE


def test_version(command: Command) -> None:
    """As every command prints it."""
    expected = f"eager-codemod, version {codemod.__version__}\n"
    assert command("--version") == (0, expected, "")


def test_help_is_as_reviewed(tmp_path: Path) -> None:
    """The whole text at 80 columns; after a change: -h > tests/data/help.txt."""
    done = process(tmp_path, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == HELP.read_text().split()
    assert max(map(len, done.stdout.splitlines())) <= 80


# -- --explain -------------------------------------------------------------------------


def test_explain_shows_trails(command: Command, tree: Path) -> None:
    """Verdict, entry points and imports; nothing is changed."""
    (tree / "search.py").write_text(SEARCH)
    (tree / "plain.py").write_text(PLAIN)
    status, stdout, _ = command("--explain", ".")
    assert (status, stdout) == (
        0,
        "download.py: no HPO script, not selected (main:4)\n"
        "search.py: hpo, without transformers, not selected (main:7)\n"
        "  HPO: search.py -> optuna\n"
        "tune.py: affected (main:7)\n"
        "  HPO: tune.py -> optuna\n"
        "  transformers: tune.py -> transformers\n",
    )
    assert (tree / "tune.py").read_text() == TUNE


def test_explain_follows_modules(command: Command, tree: Path) -> None:
    """Two thirds of the scripts reach transformers through their own package."""
    (tree / "study.py").write_text("import optuna\n")
    (tree / "tune.py").write_text("import study\n" + TUNE.replace("import optuna", ""))
    assert "  HPO: tune.py -> study.py -> optuna\n" in command("--explain", ".").stdout


# -- Errors beside results -------------------------------------------------------------


def test_an_error_outranks_a_finding(command: Command, tree: Path) -> None:
    """2, not 1: what could not be read was not checked."""
    (tree / "bad.py").write_text("def main(:\n")
    assert command("--check", "bad.py", "tune.py") == (
        2,
        "",
        "bad.py:1:10: invalid syntax\n"
        "would patch tune.py\n"
        "1 file would be patched, 1 file failed\n",
    )


def test_an_internal_error_is_the_files_own(
    command: Command, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours neither stops the run nor shows a traceback."""
    from codemod.edits import apply as transform

    def broken(data: bytes, *arguments: object) -> None:
        raise KeyError("no\nway")

    monkeypatch.setattr(transform, "inspect", broken)
    status, stdout, stderr = command("tune.py", "download.py")
    assert (status, stdout) == (2, "")
    first, second, _ = stderr.splitlines()
    begin = (
        "left alone after an internal error, please report: KeyError in test_cli.py:"
    )
    assert first.startswith(f"tune.py: {begin}")
    assert second.startswith(f"download.py: {begin}")


# -- Settings --------------------------------------------------------------------------


def test_settings_are_read(command: Command, tree: Path) -> None:
    """From the nearest pyproject.toml."""
    (tree / "pyproject.toml").write_text(
        '[tool.eager-codemod]\nselect = "all"\nexclude = ["tune.py"]\n'
    )
    assert command(".") == (0, "", "patched download.py\n1 file patched\n")


def test_the_command_line_wins(command: Command, tree: Path) -> None:
    """An option of this run counts more than the file."""
    (tree / "pyproject.toml").write_text(
        '[tool.eager-codemod]\nselect = "all"\nquiet = true\n'
    )
    assert command("--check", "--select", "affected", ".") == (1, "", "")
    assert (tree / "download.py").read_text() == DOWNLOAD


def test_an_unknown_setting_suggests_one(command: Command, tree: Path) -> None:
    """Nothing is done on a guess."""
    file = tree / "pyproject.toml"
    file.write_text('[tool.eager-codemod]\nslect = "all"\n')
    what = "[tool.eager-codemod] slect: unknown key; did you mean select?"
    assert command(".") == (2, "", f"Error: {file}: {what}\n")
    assert (tree / "tune.py").read_text() == TUNE


def test_a_bad_exclude_pattern(command: Command, tree: Path) -> None:
    """It is the settings that are wrong, not a file."""
    expected = f"{USAGE}\n\nError: Invalid value for '--exclude': '!': names nothing\n"
    assert command("--exclude", "!", ".") == (2, "", expected)


def test_with_an_unknown_edit(command: Command, tree: Path) -> None:
    """The ones that exist are listed, or the one that may be meant."""
    expected = (
        f"{USAGE}\n\nError: Invalid value for '--with': unknown edit 'magic'; "
        "one of: thread-safety, protobuf-env\n"
    )
    assert command("--with", "magic", ".") == (2, "", expected)
    near = command("--with", "thread-safe-loading", ".").stderr
    assert near.endswith("'thread-safe-loading'; did you mean thread-safety?\n")
