"""Findings as SARIF, by its official schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

import codemod
from tests.invoke import TUNE, Command, Outcome
from tests.report.findings import MESSAGE, WHY, put_right, read

SCHEMA = Path(__file__).parent.parent / "data" / "sarif-schema-2.1.0.json"


def sarif(outcome: Outcome) -> Any:
    """The one run of a SARIF log that is valid by the official schema."""
    log = read(outcome)
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text())).validate(log)
    (only,) = log["runs"]
    return only


def test_sarif_of_a_check(run: Command, folder: Path) -> None:
    """SARIF has a result for each entry point, valid by the official schema."""
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "sarif", "tune.py")
    log = sarif(outcome)
    (result,) = log["results"]
    assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "missing-guard"
    assert (result["ruleId"], result["level"]) == ("missing-guard", "error")
    assert result["message"]["text"] == MESSAGE + WHY
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "tune.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7, "startColumn": 1},
            }
        }
    ]
    assert result["properties"]["why"] == "n_jobs=args.jobs"
    assert log["invocations"] == [{"executionSuccessful": True, "exitCode": 1}]
    assert (outcome.status, outcome.stderr) == (1, "")


def test_sarif_shows_the_ways(run: Command, folder: Path) -> None:
    """A viewer can walk from the script to its trials, and on to transformers."""
    (folder / "tune.py").write_text(TUNE)
    log = sarif(run("--check", "--output-format", "sarif", "tune.py"))
    ways = [
        [
            (
                step["location"]["physicalLocation"]["artifactLocation"]["uri"],
                step["location"]["physicalLocation"]["region"]["startLine"],
                step["location"]["message"]["text"],
            )
            for step in flow["threadFlows"][0]["locations"]
        ]
        for flow in log["results"][0]["codeFlows"]
    ]
    assert ways == [
        [("tune.py", 14, "main"), ("tune.py", 10, ".optimize()")],
        [("tune.py", 10, "transformers.AutoModel")],
    ]


def test_sarif_rules_help(run: Command, folder: Path) -> None:
    """Every rule says what can go wrong, and where there is more about it."""
    log = sarif(run("--check", "--output-format", "sarif", "."))
    rules = log["tool"]["driver"]["rules"]
    assert len(rules) == 9
    for rule in rules:
        assert rule["fullDescription"]["text"].startswith(
            rule["shortDescription"]["text"]
        )
        assert rule["helpUri"] in rule["help"]["text"]
        assert rule["helpUri"] in rule["help"]["markdown"]


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
    (folder / "tune.py").write_text(patched)
    outcome = run("--remove", "--diff", "--output-format", "sarif", "tune.py")
    (result,) = sarif(outcome)["results"]
    assert result["ruleId"] == "inserted-code"
    assert result["fixes"]


def test_sarif_of_errors(run: Command, folder: Path) -> None:
    """Errors are results, with a place where they have one."""
    (folder / "bad.py").write_text("def main(:\n")
    (folder / "no.txt").write_text("optuna\n")
    outcome = run("--output-format", "sarif", "bad.py", "no.txt")
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
