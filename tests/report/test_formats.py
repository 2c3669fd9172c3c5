"""What holds of every format for machines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from codemod.edits.registry import all_edits
from codemod.program.evidence import Step
from codemod.program.verdict import Verdict
from codemod.report.changes import Change, changes
from codemod.report.machine import MachineReport
from codemod.report.rules import rules
from codemod.report.terminal import Terminal
from codemod.run.result import Plan, Result
from codemod.settings import Settings
from tests.invoke import DOWNLOAD, TUNE, Command
from tests.report.findings import read

ROOT = Path(codemod.__file__).parent.parent
FORMATS = ["json", "github", "gitlab", "sarif"]


@pytest.mark.parametrize("name", FORMATS)
def test_findings_are_sorted(run: Command, folder: Path, name: str) -> None:
    """The order of the findings is that of paths and lines, however files are named."""
    two = TUNE.replace("import argparse\n", "import argparse\nimport hydra\n")
    two = two.replace(
        "\n\nif __name__", "\n\n@hydra.main()\ndef app(c):\n    main()\n\n\nif __name__"
    )
    for file in ("c.py", "a.py", "b.py"):
        (folder / file).write_text(two)
    once = run("--check", "--output-format", name, "c.py", "b.py", "a.py")
    again = run("--check", "--output-format", name, "a.py", "b.py", "c.py")
    assert once == again
    if name == "json":
        places = [(f["path"], f["line"]) for f in read(once)["findings"]]
        assert len(places) == 6
        assert places == sorted(places)


@pytest.mark.parametrize("name", FORMATS)
def test_scripts_that_are_not_selected_are_no_findings(
    run: Command, folder: Path, name: str
) -> None:
    """What a search passes over is not complained about."""
    (folder / "download.py").write_text(DOWNLOAD)
    outcome = run("--check", "--output-format", name, ".")
    assert outcome.status == 0
    assert "download.py" not in outcome.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_a_script_on_standard_input_is_checked(folder: Path, name: str) -> None:
    """Editors send what is not saved yet and read the findings."""
    process = _from_stdin("--check", "--output-format", name)
    assert process.returncode == 1
    assert b"missing-guard" in process.stdout
    assert b"tune.py" in process.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_a_script_on_standard_input_is_not_mixed_with_findings(name: str) -> None:
    """Standard output is for the script or for the findings."""
    process = _from_stdin("--output-format", name)
    assert process.returncode == 2
    assert process.stdout == b""
    assert f'"-" prints the script; --output-format {name}'.encode() in process.stderr


def test_the_settings_format_is_for_files(folder: Path) -> None:
    """An editor gets the script, whatever format the project's settings ask for."""
    (folder / "pyproject.toml").write_text(
        '[tool.eager-codemod]\noutput-format = "json"\n'
    )
    process = _from_stdin()
    assert process.stdout.decode() == codemod.patch(TUNE).source


def _from_stdin(*options: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "codemod", *options, "-", "--stdin-filename", "tune.py"],
        input=TUNE.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def test_a_notebook_is_a_warning(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """What the tool never changes fails no check, and is there to be read."""
    levels = {
        "json": b'"fixable": false',
        "github": b"::warning file=tune.ipynb,line=7,",
        "gitlab": b'"severity": "minor"',
        "sarif": b'"level": "warning"',
    }
    found = Result("tune.ipynb", False, "notebook", message="paste it", line=7)
    for name in FORMATS:
        report = MachineReport(
            Plan(Settings(), write=False, fails=True), Terminal(), name
        )
        report.add(found._replace(verdict=Verdict("affected", how="threads")))
        report.finish()
        assert report.status == 0
        output = capsysbinary.readouterr().out
        assert b"tune.ipynb" in output
        assert b"paste it; its trials run in threads and can fail" in output
        assert levels[name] in output


@pytest.mark.parametrize("name", FORMATS)
def test_an_affected_script_without_a_place_is_a_finding(
    name: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A script that cannot be guarded is an error, since the check fails for it."""
    levels = {"json": b"", "github": b"::error ", "gitlab": b'"severity": "major"'}
    verdict = Verdict("affected", (Step("a.py", 3, ".optimize()"),), "sequential")
    report = MachineReport(Plan(Settings(), write=False, fails=True), Terminal(), name)
    report.add(Result("a.py", False, "no-entry", verdict=verdict))
    report.finish()
    assert report.status == 1
    output = capsysbinary.readouterr().out
    assert b"no place was found" in output
    assert levels.get(name, b'"level": "error"') in output


def test_every_rule_of_the_edits_is_explained() -> None:
    """Each identifier that an edit gives a finding has a text of its own."""
    folder = ROOT / "codemod" / "edits"
    kinds = {
        kind
        for file in folder.glob("*.py")
        for kind in re.findall(r'f"([a-z]+)-\{self\.name\}"', file.read_text())
    }
    assert kinds == {"missing", "outdated", "late", "kept"}
    used = {f"{kind}-{edit.name}" for kind in kinds for edit in all_edits()}
    found = {rule.name: rule for rule in rules(used)}
    assert used | {"error", "inserted-code", "notebook"} == set(found)
    assert len({rule.title for rule in found.values()}) == len(found)
    assert all((ROOT / rule.page).exists() for rule in found.values())


# -- Changes ---------------------------------------------------------------------------


def test_changes_of_a_file_without_a_last_newline() -> None:
    """A change at the very end stops behind the last character."""
    assert changes(b"a\nb", b"a\nb\nc") == (Change(2, 1, 2, 2, "b\nc"),)


def test_changes_keep_line_endings() -> None:
    """Texts have the line endings of the file."""
    assert changes(b"a\r\nb\r\n", b"a\r\nx\r\nb\r\n") == (Change(2, 1, 2, 1, "x\r\n"),)


def test_changes_are_decoded_by_the_cookie() -> None:
    """Texts are characters, whatever encoding the file has."""
    cookie = b"# coding: latin-1\n"
    assert changes(cookie, cookie + b"\xe9") == (Change(2, 1, 2, 1, "é"),)


def test_changes_do_not_count_a_bom() -> None:
    """The BOM belongs to no line."""
    bom = b"\xef\xbb\xbf"
    assert changes(bom + b"a\n", bom + b"b\n") == (Change(1, 1, 2, 1, "b\n"),)


@pytest.mark.parametrize("sides", [(None, b""), (b"", None), (b"a", b"a")])
def test_no_changes(sides: tuple[bytes | None, bytes | None]) -> None:
    """Without two sides that differ there is no change."""
    assert changes(*sides) == ()
