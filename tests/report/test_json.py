"""Findings as JSON, by its schema and by its document."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import codemod
from tests.invoke import DOWNLOAD, TUNE, Command
from tests.report.findings import MESSAGE, WHY, put_right, read

EVIDENCE = {
    "verdict": "affected",
    "how": "threads",
    "why": "n_jobs=args.jobs",
    "trials": [
        {"path": "tune.py", "line": 14, "name": "main"},
        {"path": "tune.py", "line": 10, "name": ".optimize()"},
    ],
    "transformers": [{"path": "tune.py", "line": 10, "name": "transformers.AutoModel"}],
}
"""What the JSON says about the script that tests use."""
BY_HAND = TUNE.replace(
    "\n\ndef main",
    """
def _eager_load_transformers_configs():
    try:
        from transformers import AutoConfig, BertConfig, DebertaV2Config, RobertaConfig
    except ImportError:
        pass


def main""",
).replace("    optuna", "    _eager_load_transformers_configs()\n    optuna")
DOCS = Path(__file__).parent.parent.parent / "docs"


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
        "message": MESSAGE + WHY,
        **EVIDENCE,
        "fixable": True,
        "fixed": False,
    }
    assert put_right(TUNE, fix) == codemod.patch(TUNE).source
    assert (folder / "tune.py").read_text() == TUNE
    assert (outcome.status, outcome.stderr) == (1, "")


def test_json_of_many_entry_points(run: Command, folder: Path) -> None:
    """The first eight carry the changes, which are those of the whole file."""
    command = "@click.command()\ndef c{}():\n    optuna.create_study().optimize(t.f)\n"
    text = "import click, optuna\nimport transformers as t\n"
    text += "".join(command.format(number) for number in range(10))
    (folder / "tune.py").write_text(text)
    findings = read(run("--check", "--output-format", "json", "."))["findings"]
    assert [finding["fix"] is None for finding in findings] == [False] * 8 + [True] * 2
    assert put_right(text, findings[0]["fix"]) == codemod.patch(text).source


def test_json_of_a_change_of_many_lines(run: Command, folder: Path) -> None:
    """One change for all of them."""
    text = TUNE + "x = 1\n" * 12_000
    (folder / "tune.py").write_text(text)
    (finding,) = read(run("--check", "--output-format", "json", "."))["findings"]
    assert len(finding["fix"]) == 1
    assert put_right(text, finding["fix"]) == codemod.patch(text).source


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
    """A file that does not parse and one of text are errors; the rest is done."""
    (folder / "bad.py").write_text("def main(:\n")
    (folder / "no.txt").write_text("optuna\n")
    (folder / "tune.py").write_text(TUNE)
    outcome = run("--check", "--output-format", "json", "bad.py", "tune.py", "no.txt")
    document = read(outcome)
    assert document["errors"] == [
        {"path": "bad.py", "line": 1, "column": 10, "message": "invalid syntax"},
        {
            "path": "no.txt",
            "line": None,
            "column": None,
            "message": "no Python script, by its suffix .txt",
        },
    ]
    assert [finding["path"] for finding in document["findings"]] == ["tune.py"]
    assert (outcome.status, document["exit_status"]) == (2, 2)


def test_json_of_a_removal(run: Command, folder: Path) -> None:
    """With --remove the findings are the files that hold inserted code."""
    patched = codemod.patch(TUNE).source
    (folder / "tune.py").write_text(patched)
    outcome = run("--remove", "--check", "--output-format", "json", "tune.py")
    (finding,) = read(outcome)["findings"]
    assert finding["rule"] == "inserted-code"
    assert finding["line"] == 7
    assert put_right(patched, finding["fix"]) == TUNE
    assert outcome.status == 1


def test_json_of_a_hand_made_guard(run: Command, folder: Path) -> None:
    """The hand-made original is a finding that a plain run does not fix."""
    (folder / "tune.py").write_text(BY_HAND)
    outcome = run("--output-format", "json", "tune.py")
    (finding,) = read(outcome)["findings"]
    assert finding["rule"] == "outdated-guard"
    assert (finding["fixable"], finding["fixed"]) == (False, False)
    assert "; --upgrade rewrites it; its trials run in threads" in finding["message"]
    assert outcome.status == 0


def test_json_explains(run: Command, folder: Path) -> None:
    """With --explain every script that starts trials is listed, taken or not."""
    (folder / "tune.py").write_text(TUNE)
    (folder / "download.py").write_text(DOWNLOAD)
    (folder / "plain.py").write_text(
        "import optuna\n\noptuna.create_study().optimize(abs)\n"
    )
    outcome = run("--explain", "--output-format", "json", ".")
    document = read(outcome)
    assert document["scripts"] == [
        {
            "path": "plain.py",
            "status": "not-selected",
            "verdict": "hpo",
            "how": "sequential",
            "why": "optuna",
            "trials": [{"path": "plain.py", "line": 3, "name": ".optimize()"}],
            "transformers": None,
            "unread": None,
            "entry_points": [],
        },
        {
            "path": "tune.py",
            "status": "changed",
            **EVIDENCE,
            "unread": None,
            "entry_points": [
                {"name": "main", "kind": "argparse", "line": 7, "column": 1, "call": 10}
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


def schema(strict: bool = True) -> Any:
    """The published schema; strictly, nothing is there that it does not have."""
    found = json.loads((DOCS / "findings.schema.json").read_text())
    if strict:
        _close(found)
    return found


def _close(node: Any) -> None:
    for inner in node.values() if isinstance(node, dict) else ():
        _close(inner)
    if isinstance(node, dict) and "properties" in node:
        node.setdefault("additionalProperties", False)
        if isinstance(node.get("required"), list):
            assert set(node["required"]) <= set(node["properties"])


@pytest.mark.parametrize(
    "options",
    [
        ["--check"],
        ["--diff"],
        ["--explain"],
        [],
        ["--remove"],
        ["--explain", "--check"],
    ],
    ids=" ".join,
)
def test_the_json_is_valid_by_its_schema(
    options: list[str], run: Command, folder: Path
) -> None:
    """Whatever the command finds, it prints what docs/findings.schema.json says."""
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    (folder / "tune.py").write_text(TUNE)
    (folder / "hand.py").write_text(BY_HAND)
    (folder / "done.py").write_text(codemod.patch(TUNE).source)
    (folder / "bad.py").write_text("import optuna\nstudy.optimize(:\n__main__")
    (folder / "skip.py").write_text(f"# eager-codemod: skip\n{TUNE}")
    (folder / "download.py").write_text(DOWNLOAD)
    for more in ([], ["--select", "all"], ["--with", "protobuf-env"]):
        document = read(run(*options, *more, "--output-format", "json", "."))
        validator.validate(document)
        assert document["errors"] or "--remove" in options


def test_every_key_of_the_json_is_documented() -> None:
    """docs/formats.md has every key and every value of the schema."""
    text = (DOCS / "formats.md").read_text()
    words = set(_words(schema(strict=False)))
    assert {"findings", "call", "affected", "large"} <= words
    assert {word for word in words if f"`{word}`" not in text} == set()


def _words(node: Any) -> Iterator[str]:
    """The keys and the values that a schema allows."""
    if isinstance(node, dict):
        yield from node.get("properties", {})
        yield from (value for value in node.get("enum", ()) if isinstance(value, str))
    for inner in node.values() if isinstance(node, dict) else ():
        yield from _words(inner)
