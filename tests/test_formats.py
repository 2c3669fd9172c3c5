"""What machines read: JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

import codemod
from codemod.edits.guard import FUNCTION, render
from codemod.report.changes import Change, changes
from tests.invoke import DOWNLOAD, TUNE, Command, Outcome, command

SCHEMA = Path(__file__).parent / "data" / "sarif-schema-2.1.0.json"
DOCUMENT = Path(__file__).parent.parent / "docs" / "formats.md"
FORMATS = ["json", "github", "sarif"]
OLDER = f"""\
def {FUNCTION}():
    try:
        from transformers import AutoConfig, BertConfig, DebertaV2Config, RobertaConfig
    except ImportError:
        pass
"""
MESSAGE = "main() does not call _eager_load_transformers_configs"
HINT = "; eager-codemod puts it right"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Command:
    """The command."""
    return command(capsys)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, on nobody's GitHub."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return tmp_path


def read(outcome: Outcome) -> Any:
    """The JSON that the command printed."""
    return json.loads(outcome.stdout)


def sarif(outcome: Outcome) -> Any:
    """The one run of a SARIF log that is valid by the official schema."""
    log = read(outcome)
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(log)
    (only,) = log["runs"]
    return only


def put_right(script: str, fix: list[dict[str, Any]]) -> str:
    """Apply a fix as an editor would: from the end, by lines and columns."""
    lines = [*script.splitlines(keepends=True), ""]

    def offset(line: int, column: int) -> int:
        return len("".join(lines[: line - 1])) + column - 1

    for change in reversed(fix):
        start = offset(change["line"], change["column"])
        end = offset(change["end_line"], change["end_column"])
        script = script[:start] + change["text"] + script[end:]
    return script


# -- JSON ------------------------------------------------------------------------------


def test_json_of_a_check(run: Command, folder: Path) -> None:
    """A check lists what it found, with the evidence, and changes nothing."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "json", "tune.py")
    document = read(outcome)
    (finding,) = document.pop("findings")
    fix = finding.pop("fix")
    assert document == {
        "version": 1,
        "tool_version": codemod.__version__,
        "exit_status": 1,
        "files": {"changed": 1},
        "errors": [],
    }
    assert finding == {
        "rule": "missing-guard",
        "path": "tune.py",
        "line": 7,
        "column": 1,
        "entry": "main",
        "message": MESSAGE + HINT,
        "verdict": "affected",
        "trails": {
            "hpo": ["tune.py", "optuna"],
            "threads": None,
            "transformers": ["tune.py", "transformers"],
        },
        "fixable": True,
        "fixed": False,
    }
    assert put_right(TUNE, fix) == codemod.patch(TUNE).source
    assert (folder / "tune.py").read_text() == TUNE
    assert (outcome.status, outcome.stderr) == (1, "")


def test_json_of_a_run(run: Command, folder: Path) -> None:
    """A plain run says that it fixed what it found."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--output-format", "json", "tune.py")
    (finding,) = read(outcome)["findings"]
    assert (finding["fixed"], finding["fix"]) == (True, None)
    assert finding["message"] == MESSAGE
    assert outcome.status == 0
    assert (folder / "tune.py").read_text() == codemod.patch(TUNE).source


def test_json_of_nothing(run: Command, folder: Path) -> None:
    """Where there is nothing to do, there is still a document."""
    (folder / "tune.py").write_text("import optuna\n")
    outcome = run("--output-format", "json", ".")
    assert read(outcome) == {
        "version": 1,
        "tool_version": codemod.__version__,
        "exit_status": 0,
        "files": {"irrelevant": 1},
        "findings": [],
        "errors": [],
    }


def test_json_of_errors(run: Command, folder: Path) -> None:
    """A file that does not parse and a missing one are errors; the rest is done."""
    (folder / "bad.py").write_text("def main(:\n")
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "json", "bad.py", "tune.py", "none.py")
    document = read(outcome)
    assert document["errors"] == [
        {"path": "bad.py", "line": 1, "column": 10, "message": "invalid syntax"},
        {
            "path": "none.py",
            "line": None,
            "column": None,
            "message": "no such file or directory",
        },
    ]
    assert [finding["path"] for finding in document["findings"]] == ["tune.py"]
    assert (outcome.status, document["exit_status"]) == (2, 2)


def test_json_of_a_removal(run: Command, folder: Path) -> None:
    """With --remove the findings are the files that hold inserted code."""
    patched = codemod.patch(TUNE).source
    assert isinstance(patched, str)
    (folder / "tune.py").write_text(patched)
    outcome = run("--remove", "--check", "--output-format", "json", "tune.py")
    (finding,) = read(outcome)["findings"]
    assert finding["rule"] == "inserted-code"
    assert finding["line"] == 7
    assert put_right(patched, finding["fix"]) == TUNE
    assert outcome.status == 1


def test_json_of_an_older_guard(run: Command, folder: Path) -> None:
    """An older guard is a finding that a plain run does not fix, and no failure."""
    patched = codemod.patch(TUNE).source
    assert isinstance(patched, str)
    (folder / "tune.py").write_text(patched.replace(render(), OLDER))
    outcome = run("--output-format", "json", "tune.py")
    (finding,) = read(outcome)["findings"]
    assert finding["rule"] == "outdated-guard"
    assert (finding["fixable"], finding["fixed"]) == (False, False)
    assert finding["message"].endswith("; --upgrade rewrites it")
    assert outcome.status == 0


def test_json_explains(run: Command, folder: Path) -> None:
    """With --explain every script with an entry point is listed, taken or not."""
    (folder / "tune.py").write_text(TUNE)
    (folder / "download.py").write_text(DOWNLOAD)
    outcome = run("--explain", "--output-format", "json", ".")
    document = read(outcome)
    assert document["scripts"] == [
        {
            "path": "download.py",
            "selected": False,
            "verdict": "none",
            "trails": {"hpo": None, "threads": None, "transformers": None},
            "entry_points": [
                {"name": "main", "kind": "argparse", "line": 4, "column": 1}
            ],
        },
        {
            "path": "tune.py",
            "selected": True,
            "verdict": "affected",
            "trails": {
                "hpo": ["tune.py", "optuna"],
                "threads": None,
                "transformers": ["tune.py", "transformers"],
            },
            "entry_points": [
                {"name": "main", "kind": "argparse", "line": 7, "column": 1}
            ],
        },
    ]
    assert outcome.status == 0


def test_json_keeps_a_path_readable(run: Command, folder: Path) -> None:
    """A name that is no UTF-8 is written with escapes, and the JSON stays valid."""
    name = os.fsdecode(b"tune-\xff.py")
    try:
        (folder / name).write_text(TUNE)
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    outcome = run("--check", "--output-format", "json", name)
    assert read(outcome)["findings"][0]["path"] == "tune-\\xff.py"


def test_every_key_of_the_json_is_documented(run: Command, folder: Path) -> None:
    """docs/formats.md has every key that the JSON has, and no other version."""
    (folder / "tune.py").write_text(TUNE)
    (folder / "bad.py").write_text("def main(:\n")
    text = DOCUMENT.read_text()
    for option in ("--check", "--explain"):
        document = read(run(option, "--output-format", "json", "."))
        objects = [document, *document["findings"], *document["errors"]]
        objects += document["findings"][0]["fix"] or []
        for script in document.get("scripts", []):
            objects += [script, *script["entry_points"]]
        keys = {key for entry in objects for key in entry}
        assert {key for key in keys if f"`{key}`" not in text} == set()
    assert '"version": 1' in text


# -- SARIF -----------------------------------------------------------------------------


def test_sarif_of_a_check(run: Command, folder: Path) -> None:
    """SARIF has a result for each entry point, valid by the official schema."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "sarif", "tune.py")
    log = sarif(outcome)
    (result,) = log["results"]
    assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "missing-guard"
    assert (result["ruleId"], result["level"]) == ("missing-guard", "error")
    assert result["message"]["text"] == MESSAGE + HINT
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "tune.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7, "startColumn": 1},
            }
        }
    ]
    assert result["properties"]["trails"]["hpo"] == ["tune.py", "optuna"]
    assert log["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert (outcome.status, outcome.stderr) == (1, "")


def test_sarif_fixes(run: Command, folder: Path) -> None:
    """A SARIF fix, applied by an editor, gives what the tool writes."""
    (folder / "tune.py").write_text(TUNE)
    log = sarif(run("--check", "--output-format", "sarif", "tune.py"))
    (change,) = log["results"][0]["fixes"][0]["artifactChanges"]
    fix = [
        {
            "line": part["deletedRegion"]["startLine"],
            "column": part["deletedRegion"]["startColumn"],
            "end_line": part["deletedRegion"]["endLine"],
            "end_column": part["deletedRegion"]["endColumn"],
            "text": part.get("insertedContent", {"text": ""})["text"],
        }
        for part in change["replacements"]
    ]
    assert put_right(TUNE, fix) == codemod.patch(TUNE).source


def test_sarif_of_a_run(run: Command, folder: Path) -> None:
    """What a run has fixed is a note without a fix."""
    (folder / "tune.py").write_text(TUNE)
    (result,) = sarif(run("--output-format", "sarif", "tune.py"))["results"]
    assert result["level"] == "note"
    assert result["properties"]["fixed"] is True
    assert "fixes" not in result


def test_sarif_of_a_removal(run: Command, folder: Path) -> None:
    """Deletions are valid fixes too."""
    patched = codemod.patch(TUNE).source
    assert isinstance(patched, str)
    (folder / "tune.py").write_text(patched)
    outcome = run("--remove", "--diff", "--output-format", "sarif", "tune.py")
    (result,) = sarif(outcome)["results"]
    assert result["ruleId"] == "inserted-code"
    assert result["fixes"]


def test_sarif_of_errors(run: Command, folder: Path) -> None:
    """Errors are results, with a place where they have one."""
    (folder / "bad.py").write_text("def main(:\n")
    outcome = run("--output-format", "sarif", "bad.py", "none.py")
    log = sarif(outcome)
    regions = [
        result["locations"][0]["physicalLocation"].get("region")
        for result in log["results"]
    ]
    assert regions == [{"startLine": 1, "startColumn": 10}, None]
    assert {result["ruleId"] for result in log["results"]} == {"error"}
    assert log["invocations"] == [{"executionSuccessful": False, "exitCode": 2}]


@pytest.mark.parametrize("name", ["a b.py", "100%.py", "ä#é.py", "a?b&c.py", "x:y.py"])
def test_sarif_paths_are_encoded(run: Command, folder: Path, name: str) -> None:
    """Paths are relative URIs in which nothing has a meaning of its own."""
    try:
        (folder / name).write_text(TUNE)
    except OSError:
        pytest.skip("this file system has no such names")
    log = sarif(run("--check", "--output-format", "sarif", str(folder / name)))
    place = log["results"][0]["locations"][0]["physicalLocation"]
    uri = place["artifactLocation"]["uri"]
    assert unquote(uri) == name
    assert not set(uri) & set(" #?&:ä")


def test_sarif_outside_of_the_repository(
    run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file outside of the working directory has an absolute URI."""
    (folder / "tune.py").write_text(TUNE)
    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    log = sarif(run("--check", "--output-format", "sarif", "../tune.py"))
    place = log["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": (folder / "tune.py").as_uri()}


# -- GitHub ----------------------------------------------------------------------------


def test_github_of_a_check(run: Command, folder: Path) -> None:
    """A check annotates the entry point as an error."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "github", "tune.py")
    assert outcome == Outcome(
        1,
        "::error file=tune.py,line=7,col=1,title=eager-codemod missing-guard::"
        f"{MESSAGE}{HINT}\n",
        "",
    )


def test_github_of_a_run(run: Command, folder: Path) -> None:
    """A run annotates what it fixed as a notice."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--output-format", "github", "tune.py")
    assert outcome == Outcome(
        0,
        "::notice file=tune.py,line=7,col=1,title=eager-codemod missing-guard::"
        f"{MESSAGE} (fixed)\n",
        "",
    )


def test_github_of_nothing(run: Command, folder: Path) -> None:
    """Without findings there is no annotation."""
    (folder / "tune.py").write_text("import optuna\n")
    assert run("--check", "--output-format", "github", ".") == Outcome(0, "", "")


def test_github_of_an_error(run: Command) -> None:
    """An error without a place annotates the file; people read it on stderr."""
    outcome = run("--output-format", "github", "none.py")
    assert outcome == Outcome(
        2,
        "::error file=none.py,title=eager-codemod error::no such file or directory\n",
        "none.py: no such file or directory\n",
    )


def test_github_escapes(run: Command, folder: Path) -> None:
    """What the runner gives a meaning to is escaped."""
    name = "50%,a:b\r\n::x.py"
    try:
        (folder / name).write_text(TUNE)
    except OSError:
        pytest.skip("this file system has no such names")
    outcome = run("--check", "--output-format", "github", name)
    assert outcome.stdout.startswith("::error file=50%25%2Ca%3Ab%0D%0A%3A%3Ax.py,line=")
    assert outcome.stdout.count("\n") == 1


def test_github_paths_start_at_the_repository(
    run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a job's subfolder, paths are still those of the repository."""
    (folder / "sub").mkdir()
    (folder / "sub" / "tune.py").write_text(TUNE)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "sub")
    outcome = run("--check", "--output-format", "github", "tune.py")
    assert "file=sub/tune.py," in outcome.stdout


# -- All of them -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_findings_are_sorted(run: Command, folder: Path, name: str) -> None:
    """The order of the findings is that of paths and lines, however files are named."""
    two = TUNE.replace(
        "\n\nif __name__", "\n\n@hydra.main()\ndef app(c):\n    c\n\n\nif __name__"
    )
    two = two.replace("import argparse\n", "import argparse\nimport hydra\n")
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
        env={**os.environ, "PYTHONPATH": str(DOCUMENT.parent.parent)},
    )


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
