"""The command as a user meets it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from codemod.cli import main
from tests.invoke import DOWNLOAD, PLAIN, SEARCH, THREADS, TUNE, Command

PATCHED = str(codemod.patch(TUNE).source)
SEE = "; --explain says why, --select hpo takes them\n"
NO_ENTRY = (
    "no entry point (a main() that parses arguments, or @hydra.main); "
    "--entry any takes any main(), or the __main__ block"
)
DIFF = (Path(__file__).parent / "data" / "tune.diff").read_text()


@pytest.fixture
def tree(here: Path) -> Path:
    """A current folder with a script to patch, and one that starts no trials."""
    (here / "tune.py").write_text(TUNE)
    (here / "download.py").write_text(DOWNLOAD)
    return here


# -- A plain run -----------------------------------------------------------------------


def test_a_file_that_is_named_is_patched(command: Command, tree: Path) -> None:
    """One line for the file, one for the run, one for what a guard cannot prevent."""
    note = THREADS.format("tune.py")
    assert command("tune.py") == (0, "", f"patched tune.py\n1 file patched\n{note}")
    assert (tree / "tune.py").read_text() == PATCHED


def test_a_second_run_changes_nothing(command: Command, tree: Path) -> None:
    """What is patched stays as it is, to the bytes and the time of its change."""
    command("tune.py")
    before = (tree / "tune.py").stat()
    expected = f"1 file already fine\n{THREADS.format('tune.py')}"
    assert command("tune.py") == (0, "", expected)
    after = (tree / "tune.py").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_a_file_that_is_named_needs_no_hpo(command: Command, tree: Path) -> None:
    """It is taken at its word."""
    assert command("download.py") == (0, "", "patched download.py\n1 file patched\n")


def test_a_folder_is_searched_for_affected_scripts(
    command: Command, tree: Path
) -> None:
    """Who was passed over is counted, if it starts trials at all."""
    (tree / "search.py").write_text(SEARCH)
    assert command(".") == (
        0,
        "",
        "patched tune.py\n"
        f"1 file patched, 1 file with other trials left out{SEE}"
        f"{THREADS.format('tune.py')}",
    )
    assert (tree / "search.py").read_text() == SEARCH
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


def test_affected_scripts_need_no_main(command: Command, here: Path) -> None:
    """Where the trials start is found without one; one after the other, no note."""
    start = "optuna.create_study().optimize(AutoModel)\n"
    flat = f"import optuna\nfrom transformers import AutoModel\n\n{start}"
    (here / "flat.py").write_text(flat)
    assert command(".") == (0, "", "patched flat.py\n1 file patched\n")
    text = (here / "flat.py").read_text()
    assert text.endswith(f"\n_eager_load_transformers_configs()\n\n{start}")


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
    expected = f"1 file already fine\n{THREADS.format('tune.py')}"
    assert command("tune.py") == (0, "", expected)
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
    nothing = "nothing to do: nothing of eager-codemod in any file\n"
    assert command("--remove", ".") == (0, "", nothing)
    expected = f"tune.py: nothing of eager-codemod in it\n{nothing}"
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
        f"old.py:4: {message}; --upgrade rewrites it\n1 file left alone, see above\n",
    )
    assert (here / "old.py").read_text() == OLDER


def test_an_older_guard_is_upgraded(command: Command, here: Path) -> None:
    """--upgrade rewrites the definition; the next run has nothing to do."""
    (here / "old.py").write_text(OLDER)
    expected = "patched old.py\n1 file patched\n"
    assert command("--upgrade", "old.py") == (0, "", expected)
    assert "GenerationMixin" in (here / "old.py").read_text()
    assert command("--upgrade", "old.py") == (0, "", "1 file already fine\n")
