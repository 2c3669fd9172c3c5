"""Findings as GitLab's Code Quality report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.invoke import TUNE, Command
from tests.report.findings import MESSAGE, WHY, read

# What GitLab reads, by https://docs.gitlab.com/ci/testing/code_quality/.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": [
            "description",
            "check_name",
            "fingerprint",
            "severity",
            "location",
        ],
        "properties": {
            "description": {"type": "string"},
            "check_name": {"type": "string"},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": r"^(?!\./|/)"},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def issues(run: Command, *options: str) -> Any:
    """What a run reports, valid for GitLab."""
    found = read(run("--check", "--output-format", "gitlab", *options))
    jsonschema.validate(found, SCHEMA)
    fingerprints = [issue["fingerprint"] for issue in found]
    assert len(set(fingerprints)) == len(fingerprints)
    return found


def test_gitlab_of_a_check(run: Command, folder: Path) -> None:
    """A check reports the entry point, with what can go wrong."""
    (folder / "tune.py").write_text(TUNE)
    (issue,) = issues(run, "tune.py")
    del issue["fingerprint"]
    assert issue == {
        "description": MESSAGE + WHY,
        "check_name": "eager-codemod/missing-guard",
        "severity": "major",
        "location": {"path": "tune.py", "lines": {"begin": 7}},
    }


def test_gitlab_of_nothing(run: Command, folder: Path) -> None:
    """Without findings there is an empty report, which clears the last one."""
    assert issues(run, ".") == []


def test_gitlab_of_an_error(run: Command, folder: Path) -> None:
    """A file without a place is reported in its first line."""
    (folder / "no.txt").write_text("optuna\n")
    (issue,) = issues(run, "no.txt")
    assert issue["check_name"] == "eager-codemod/error"
    assert issue["location"]["lines"] == {"begin": 1}


def test_a_fingerprint_outlives_changes_above(run: Command, folder: Path) -> None:
    """GitLab tells new findings from old ones by it, whatever line they are in."""
    (folder / "tune.py").write_text(TUNE)
    (before,) = issues(run, "tune.py")
    (folder / "tune.py").write_text(f"# A line more.\n{TUNE}")
    (after,) = issues(run, "tune.py")
    assert before["location"] != after["location"]
    assert before["fingerprint"] == after["fingerprint"]


def test_paths_start_at_the_project(
    run: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a job's subfolder, paths are still those of the project."""
    (folder / "sub").mkdir()
    (folder / "sub" / "tune.py").write_text(TUNE)
    monkeypatch.setenv("CI_PROJECT_DIR", str(folder))
    monkeypatch.chdir(folder / "sub")
    (issue,) = issues(run, "tune.py")
    assert issue["location"]["path"] == "sub/tune.py"
