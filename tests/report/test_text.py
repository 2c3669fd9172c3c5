"""What people read: lines, summaries, diffs, explanations, and the exit status."""

from __future__ import annotations

from typing import Any

import pytest

from codemod.edits.base import Finding
from codemod.program.evidence import Step
from codemod.program.verdict import Verdict
from codemod.report.explain import explanation
from codemod.report.terminal import Terminal, printable
from codemod.report.text import Report, make_report
from codemod.run.result import SKIPPED, Entry, Plan, Result
from codemod.settings import Settings

NO_ENTRY = (
    "no entry point (a main() that parses arguments, or @hydra.main); "
    "--entry any takes any main(), or the __main__ block"
)


def report(plan: Plan | None = None, **table: Any) -> Report:
    """A report without colours, of a plain run unless the plan says otherwise."""
    return make_report(plan or Plan(Settings()), table, Terminal(False))


def result(status: str, **more: Any) -> Result:
    """The result of a file that was named."""
    return Result("a.py", True, status, **more)


def dry(**settings: Any) -> Plan:
    """The plan of a check."""
    return Plan(Settings(**settings), write=False, fails=True)


# -- The exit status -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "statuses", "expected"),
    [
        (Plan(Settings()), [], 0),
        (Plan(Settings()), ["changed", "unchanged"], 0),
        (Plan(Settings()), ["changed", "error"], 2),
        (dry(), ["unchanged", "not-selected", "no-entry", "skipped"], 0),
        (dry(), ["unchanged", "changed"], 1),
        (dry(), ["changed", "error", "changed"], 2),
        (Plan(Settings(), write=False, explain=True), ["changed"], 0),
        (dry()._replace(explain=True), ["changed"], 1),
    ],
)
def test_exit_status(plan: Plan, statuses: list[str], expected: int) -> None:
    """Errors outrank findings, and only a check fails for findings."""
    it = report(plan)
    for status in statuses:
        it.add(result(status))
    assert it.status == expected


# -- Lines -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "line"),
    [
        (Plan(Settings()), "patched a.py"),
        (dry(), "would patch a.py"),
        (Plan(Settings(remove=True)), "restored a.py"),
        (dry(remove=True), "would restore a.py"),
    ],
)
def test_a_change_is_a_line(
    plan: Plan, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every file that changed, or would, gets a line on standard error."""
    report(plan).add(result("changed"))
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize(
    ("status", "line"),
    [
        ("unchanged", "a.py: nothing to do"),
        ("skipped", "a.py:3: skipped by its comment"),
        ("irrelevant", "a.py: starts no trials"),
        ("large", "a.py: larger than 1 MiB, passed over"),
        ("no-entry", f"a.py: {NO_ENTRY}"),
    ],
)
def test_verbose_says_something_of_every_file(
    status: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v every file gets a line; without, a file that was found gets none."""
    found = Result("a.py", False, status)
    if status == "skipped":
        found = found._replace(message=SKIPPED, line=3)
    report().add(found)
    assert capsys.readouterr() == ("", "")
    report(verbose=True).add(found)
    assert capsys.readouterr() == ("", f"{line}\n")


@pytest.mark.parametrize(
    ("verdict", "line"),
    [
        (
            Verdict("hpo", how="threads"),
            "a.py: starts trials, but they do not lead to transformers",
        ),
        (
            Verdict("affected", how="sequential"),
            "a.py: its trials run one after the other",
        ),
    ],
)
def test_verbose_says_why_a_script_is_left_out(
    verdict: Verdict, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With -v a script with trials that --select leaves out gets the reason."""
    report(verbose=True).add(Result("a.py", False, "not-selected", verdict=verdict))
    assert capsys.readouterr().err == f"{line}\n"


def test_an_affected_script_without_a_place_gets_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody is left in silence, and a check does not pass."""
    it = report(dry())
    it.add(Result("a.py", False, "no-entry", verdict=Verdict("affected")))
    it.finish()
    assert it.status == 1
    assert capsys.readouterr() == (
        "",
        "a.py: its trials lead to transformers, but no place was found for the call: "
        "start them in a main() of this file, and run eager-codemod again\n"
        "1 file without a place for the call\n",
    )


def test_a_notebook_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """It is never changed; what to paste, and where, is said with its line."""
    it = report(dry())
    found = Result("a.ipynb", False, "notebook", message="paste it", line=3)
    it.add(found)
    assert it.status == 0
    assert capsys.readouterr().err == "a.ipynb: paste it\n"


def test_a_named_file_without_entry_point_gets_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever names a file expects something to happen to it."""
    report().add(result("no-entry"))
    assert capsys.readouterr().err == f"a.py: {NO_ENTRY}\n"


def test_a_hook_is_spared_the_files_without_entry_point(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """pre-commit names every file of a commit; --select says that not all are meant."""
    report(Plan(Settings(select="hpo"))).add(result("no-entry"))
    assert capsys.readouterr().err == ""


def test_an_error_is_a_line_with_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    """An error is one line: path, line, column, and what is wrong."""
    it = report(quiet=True)
    it.add(result("error", message="invalid syntax", line=3, column=7))
    it.add(result("error", message="undecodable", line=2))
    it.fail("none.py", "No such file or directory")
    assert capsys.readouterr().err.splitlines() == [
        "a.py:3:7: invalid syntax",
        "a.py:2:1: undecodable",
        "none.py: No such file or directory",
    ]


def test_what_a_run_leaves_is_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    """What a plain run does not put right is said, with its line."""
    older = Finding("outdated-guard", "an older version", 6, 1, fixable=False)
    report().add(result("unchanged", findings=(older,)))
    assert capsys.readouterr().err == "a.py:6: an older version\n"
    report(quiet=True).add(result("unchanged", findings=(older,)))
    assert capsys.readouterr().err == ""


# -- The summary -----------------------------------------------------------------------


def summary(
    capsys: pytest.CaptureFixture[str], plan: Plan, *statuses: str, **table: Any
) -> str:
    """What is printed when all results are in."""
    it = report(plan, **table)
    for status in statuses:
        it.add(result(status))
    capsys.readouterr()
    it.finish()
    return capsys.readouterr().err


def test_summary_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A run that met no script says what it looked for."""
    for plan, named, sought in (
        (Plan(Settings()), True, "script with an entry point"),
        (Plan(Settings()), False, "script whose trials lead to transformers"),
        (Plan(Settings(select="all")), False, "script with an entry point"),
        (Plan(Settings(select="hpo")), False, "script that starts trials"),
    ):
        it = report(plan)
        it.add(Result("a.py", named, "irrelevant"))
        capsys.readouterr()
        it.finish()
        assert capsys.readouterr().err == f"nothing to do: no {sought}\n"
    removal = Plan(Settings(remove=True))
    said = "nothing to do: nothing of eager-codemod in any file\n"
    assert summary(capsys, removal, "irrelevant") == said


def test_summary_of_everything(capsys: pytest.CaptureFixture[str]) -> None:
    """Each outcome is counted, and what was passed over can be asked about."""
    statuses = ["changed", "changed", "unchanged", "skipped", "notebook", "error"]
    assert summary(capsys, Plan(Settings()), *statuses, "not-selected") == (
        "2 files patched, 1 file already fine, 1 file with other trials left out, "
        "1 file skipped by a comment, 1 file failed, 1 notebook left alone; "
        "--explain says why, --select hpo takes them\n"
    )


@pytest.mark.parametrize(
    ("verdicts", "takes"),
    [
        (["affected"], "--select affected takes them"),
        (["hpo", "hpo"], "--select hpo takes them"),
        (
            ["affected", "hpo"],
            "--select affected takes 1 of them, --select hpo all",
        ),
    ],
)
def test_the_hint_names_what_takes_the_scripts_that_were_left_out(
    verdicts: list[str], takes: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under threaded, hpo would take more than those that lead to transformers."""
    it = report(dry(select="threaded"))
    for name in verdicts:
        it.add(result("not-selected", verdict=Verdict(name, how="sequential")))
    it.finish()
    count = "1 file" if len(verdicts) == 1 else "2 files"
    assert capsys.readouterr().err == (
        f"{count} with other trials left out; --explain says why, {takes}\n"
    )


def test_summary_of_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    """A check says what would be."""
    assert summary(capsys, dry(), "changed") == "1 file would be patched\n"
    assert summary(capsys, dry(remove=True), "changed") == "1 file would be restored\n"


def test_no_summary_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """With -q there is none."""
    assert summary(capsys, Plan(Settings()), "changed", quiet=True) == ""


def test_a_diff_is_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """The diff can be piped; the line about the file is beside it."""
    plan = Plan(Settings(), write=False, contents=True)
    report(plan).add(result("changed", before=b"a\n", after=b"b\n"))
    stdout, stderr = capsys.readouterr()
    assert stdout.startswith("--- a.py\n")
    assert stderr == "would patch a.py\n"


# -- Explanations ----------------------------------------------------------------------

VERDICT = Verdict(
    "affected",
    (Step("a.py", 34, "main"), Step("lib/hpo.py", 7, ".optimize()")),
    "threads",
    "n_jobs=args.jobs",
    (Step("a.py", 3, "transformers.AutoModel"),),
)
ENTRIES = (Entry("main", "argparse", 31, 1, 33), Entry("app", "hydra", 50, 1, 51))


def test_an_explanation_shows_the_ways() -> None:
    """The verdict, the way to the trials, how they run, and where calls go."""
    missing = Finding("missing-guard", "main() does not", 31, 1, "main")
    lines = explanation(
        result("changed", verdict=VERDICT, entries=ENTRIES, findings=(missing,))
    )
    assert "".join(lines) == (
        "a.py: affected\n"
        "  trials: a.py:34 main -> lib/hpo.py:7 .optimize()\n"
        "  run: in threads (n_jobs=args.jobs)\n"
        "  transformers: a.py:3 transformers.AutoModel\n"
        "  call: in main, in front of line 33\n"
        "  call: in app, in front of line 51\n"
        "  line 31: main() does not\n"
    )


def test_an_explanation_says_what_is_not_taken() -> None:
    """A script that the selection passes over is explained too."""
    verdict = Verdict("hpo", (Step("a.py", 3, "hyperopt.fmin"),), "sequential")
    assert list(explanation(result("not-selected", verdict=verdict))) == [
        "a.py: starts trials, without transformers, not selected\n",
        "  trials: a.py:3 hyperopt.fmin\n",
        "  run: one after the other\n",
    ]


def test_a_file_that_nobody_judged_needs_no_explanation() -> None:
    """Thousands of modules have no sign of trials."""
    assert list(explanation(result("irrelevant"))) == []


def test_explanations_are_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They are what was asked for."""
    plan = Plan(Settings(), write=False, explain=True)
    report(plan).add(result("changed", verdict=VERDICT, entries=ENTRIES))
    stdout, stderr = capsys.readouterr()
    assert stdout.startswith("a.py: affected")
    assert stderr == ""


def test_an_explanation_says_that_there_is_no_place() -> None:
    """And what makes one."""
    found = result("no-entry", verdict=Verdict("affected"))
    assert list(explanation(found)) == [
        "a.py: affected\n",
        "  call: no place found; start the trials in a main() of this file\n",
    ]


def test_what_was_not_judged_is_explained_on_standard_output_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whoever pipes the explanations has all of them; the summary is none."""
    it = report(Plan(Settings(), write=False, explain=True), verbose=True)
    it.add(Result("a.py", False, "irrelevant"))
    it.add(Result("a.py", False, "skipped", message=SKIPPED, line=3))
    it.add(Result("a.ipynb", False, "notebook", message="paste it"))
    it.finish()
    assert capsys.readouterr() == (
        "a.py: starts no trials\na.py:3: skipped by its comment\na.ipynb: paste it\n",
        "1 file skipped by a comment, 1 notebook left alone\n",
    )


# -- Names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("a/b c.py", "a/b c.py"),
        ("ä.py", "ä.py"),
        ("a\nb.py", "a\\nb.py"),
        ("a\x1b[31mb.py", "a\\x1b[31mb.py"),
        ("a\udcff.py", "a\\xff.py"),
        ("a\u202eb.py", "a\\u202eb.py"),
    ],
)
def test_printable(path: str, shown: str) -> None:
    """A file's name cannot colour, move or fake what a terminal shows."""
    assert printable(path) == shown
