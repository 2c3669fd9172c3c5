"""The options of the command: what each decides, and what ends with an error."""

from __future__ import annotations

from pathlib import Path

import pytest

import codemod
from tests.invoke import DOWNLOAD, PLAIN, SEARCH, THREADS, TUNE, Command, process

HELP = Path(__file__).parent / "data" / "help.txt"
REPOSITORY = Path(__file__).parent.parent
PATCHED = str(codemod.patch(TUNE).source)
USAGE = "Usage: eager-codemod [OPTIONS] PATHS...\nTry 'eager-codemod --help' for help."
LEFT_OUT = (
    "1 file with other trials left out; --explain says why, --select hpo takes them\n"
)
# Trials that run one after the other.
SEQUENTIAL = TUNE.replace(", n_jobs=args.jobs", "")
DIFF = (Path(__file__).parent / "data" / "tune.diff").read_text()


@pytest.fixture
def tree(here: Path) -> Path:
    """A current folder with a script to patch, and one that starts no trials."""
    (here / "tune.py").write_text(TUNE)
    (here / "download.py").write_text(DOWNLOAD)
    return here


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
        ("threaded", ["tune.py"]),
        ("affected", ["slow.py", "tune.py"]),
        ("hpo", ["search.py", "slow.py", "tune.py"]),
        ("all", ["download.py", "search.py", "slow.py", "tune.py"]),
    ],
)
def test_select_decides(
    command: Command, tree: Path, select: str, expected: list[str]
) -> None:
    """Trials in threads, with transformers, any trials, or every entry point."""
    (tree / "search.py").write_text(SEARCH)
    (tree / "slow.py").write_text(SEQUENTIAL)
    lines = command("--check", "--select", select, ".").stderr.splitlines()
    assert [line.removeprefix("would patch ") for line in lines[:-1]] == expected


def test_select_holds_for_named_files(command: Command, tree: Path) -> None:
    """A hook names every file of a commit, and selects."""
    expected = "nothing to do: no script that starts trials\n"
    assert command("--select", "hpo", "download.py") == (0, "", expected)
    (tree / "search.py").write_text(SEARCH)
    assert command("--select", "affected", "search.py") == (0, "", LEFT_OUT)
    assert (tree / "search.py").read_text() == SEARCH


def test_exclude_leaves_files_out(command: Command, tree: Path) -> None:
    """A pattern as in .gitignore."""
    expected = "nothing to do: no script whose trials lead to transformers\n"
    assert command("--exclude", "tune*", ".") == (0, "", expected)
    assert (tree / "tune.py").read_text() == TUNE


def test_exclude_does_not_hold_for_named_files(command: Command, tree: Path) -> None:
    """Who names a file wants it."""
    expected = f"patched tune.py\n1 file patched\n{THREADS.format('tune.py')}"
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
    (tree / "search.py").write_text(SEARCH)
    (tree / "skipped.py").write_text("# eager-codemod: skip\n" + TUNE)
    assert command("-v", ".") == (
        0,
        "",
        "a.py: starts no trials\n"
        "download.py: starts no trials\n"
        "fine.py: nothing to do\n"
        "plain.py: starts no trials\n"
        "search.py: starts trials, but they do not lead to transformers\n"
        "skipped.py:1: skipped by its comment\n"
        "patched tune.py\n"
        "1 file patched, 1 file already fine, 1 file with other trials left out, "
        "1 file skipped by a comment; --explain says why, --select hpo takes them\n"
        f"{THREADS.format('fine.py and 1 more file')}",
    )


def test_verbose_says_how_trials_run(command: Command, here: Path) -> None:
    """Where that is why a file was left alone."""
    (here / "slow.py").write_text(SEQUENTIAL)
    left_out = LEFT_OUT.replace("hpo", "affected")
    expected = f"slow.py: its trials run one after the other\n{left_out}"
    assert command("-v", "--select", "threaded", ".") == (0, "", expected)


def test_jobs_make_no_difference(command: Command, here: Path) -> None:
    """Two workers write and say what one does, in the same order."""
    for number in range(4):
        (here / f"{number}.py").write_text(TUNE)
    lines = "".join(f"patched {number}.py\n" for number in range(4))
    summary = f"4 files patched\n{THREADS.format('0.py and 3 more files')}"
    assert command("--jobs", "2", ".") == (0, "", f"{lines}{summary}")
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


def test_explain_shows_the_ways(command: Command, tree: Path) -> None:
    """Verdict, trials, transformers and the place; nothing is changed."""
    (tree / "search.py").write_text(SEARCH)
    (tree / "plain.py").write_text(PLAIN)
    status, stdout, stderr = command("--explain", ".")
    assert (status, stdout) == (
        0,
        "search.py: starts trials, without transformers, not selected\n"
        "  trials: search.py:14 main -> search.py:10 .optimize()\n"
        "  run: in threads (n_jobs=args.jobs)\n"
        "tune.py: affected\n"
        "  trials: tune.py:14 main -> tune.py:10 .optimize()\n"
        "  run: in threads (n_jobs=args.jobs)\n"
        "  transformers: tune.py:10 transformers.AutoModel\n"
        "  call: in main, in front of line 10\n"
        "  line 7: main() does not call _eager_load_transformers_configs\n",
    )
    counted = "1 file would be patched, 1 file with other trials left out"
    assert stderr == f"{counted}; --select hpo takes them\n"
    assert (tree / "tune.py").read_text() == TUNE


def test_explain_says_what_is_taken_because_it_was_named(
    command: Command, tree: Path
) -> None:
    """Nothing in the script says so."""
    found = command("--explain", "download.py")
    first = "download.py: starts no trials; taken because it was named\n"
    assert found.stdout.startswith(first)


@pytest.mark.parametrize(
    ("select", "why"), [("all", "; taken by --select all"), ("hpo", "")]
)
def test_explain_says_what_is_taken_by_an_option(
    select: str, why: str, command: Command, here: Path
) -> None:
    """One that takes scripts for what they do needs no word."""
    (here / "search.py").write_text(SEARCH)
    found = command("--explain", "--select", select, ".")
    first = f"search.py: starts trials, without transformers{why}\n"
    assert found.stdout.startswith(first)


def test_explain_shows_the_comment_that_skips(command: Command, here: Path) -> None:
    """Nothing else about the script was asked."""
    (here / "tune.py").write_text(f"import os\n# eager-codemod: skip\n{TUNE}")
    found = command("--explain", ".")
    assert found.stdout == "tune.py:2: skipped by its comment\n"
    assert found.stderr == "1 file skipped by a comment\n"


def test_explain_shows_no_place_where_none_is_used(
    command: Command, here: Path
) -> None:
    """A body on the line of its header is left alone."""
    script = (
        "import optuna\nfrom transformers import AutoModel\n"
        "def main(): optuna.create_study().optimize(AutoModel)\n\nmain()\n"
    )
    (here / "tune.py").write_text(script)
    found = command("--explain", ".")
    assert "left alone: its body stands on the line of its header" in found.stdout
    assert "in front of" not in found.stdout


def test_explain_tells_of_other_scripts_if_asked(command: Command, here: Path) -> None:
    """Named, or with --verbose: a folder has many that run no trials."""
    script = "import hydra\n\n\n@hydra.main()\ndef main(cfg):\n    print(cfg)\n"
    (here / "train.py").write_text(f"{script}\n\nmain()\n")
    assert command("--explain", ".").stdout == ""
    expected = "train.py: starts no trials\n"
    assert command("--explain", "-v", ".").stdout == expected
    told = command("--explain", "train.py").stdout
    assert told.startswith(expected.replace("\n", "; taken because it was named\n"))


def test_explain_follows_modules(command: Command, tree: Path) -> None:
    """Two thirds of the scripts reach transformers through their own package."""
    start = "optuna.create_study().optimize({}, n_jobs={})\n"
    (tree / "study.py").write_text(
        "import optuna\n\n\ndef search(trial, jobs):\n"
        f"    {start.format('trial', 'jobs')}"
    )
    script = TUNE.replace("import optuna\n", "import study\n").replace(
        start.format("AutoModel", "args.jobs"), "study.search(AutoModel, args.jobs)\n"
    )
    (tree / "tune.py").write_text(script)
    way = "tune.py:14 main -> tune.py:10 search -> study.py:5 .optimize()"
    assert command("--explain", ".").stdout.startswith(
        f"tune.py: affected\n  trials: {way}\n  run: in threads (n_jobs=jobs)\n"
    )


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
    begin = "left alone after an internal error, please report: KeyError in "
    begin += f"{Path(__file__).name}:"
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


def test_verbose_wins_over_quiet_in_a_table(command: Command, tree: Path) -> None:
    """The two are opposites."""
    (tree / "pyproject.toml").write_text("[tool.eager-codemod]\nquiet = true\n")
    assert "download.py: starts no trials\n" in command("--check", "-v", ".").stderr


def test_quiet_wins_over_verbose_in_a_table(command: Command, tree: Path) -> None:
    """Likewise."""
    (tree / "pyproject.toml").write_text("[tool.eager-codemod]\nverbose = true\n")
    assert command("--check", "-q", ".") == (1, "", "")


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
