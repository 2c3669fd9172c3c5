"""SARIF 2.1.0, the OASIS format that code scanning services and editors read."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import quote

from codemod import __version__
from codemod.edits.registry import all_edits
from codemod.report.changes import Change
from codemod.report.json import trails
from codemod.report.machine import ERROR, INSERTED, Item, Summary, repository_path

__all__ = ["render"]

_HOME = "https://github.com/eager-codemod/eager-codemod"
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)


def render(summary: Summary) -> bytes:
    """The findings of a run as one SARIF log with one run."""
    rules = _rules(summary.items)
    order = [rule["id"] for rule in rules]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {**_DRIVER, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "invocations": [
                    {
                        "executionSuccessful": summary.status != 2,
                        "exitCode": summary.status,
                    }
                ],
                "results": [_result(item, order) for item in summary.items],
            }
        ],
    }
    return json.dumps(log, indent=2).encode() + b"\n"


_DRIVER = {"name": "eager-codemod", "version": __version__, "informationUri": _HOME}


def _rules(items: list[Item]) -> list[dict[str, Any]]:
    """Every rule that could be, so that few come and go with the findings."""
    texts = {
        INSERTED: "Code that eager-codemod inserted.",
        ERROR: "A file that could not be read, parsed or written.",
    }
    for edit in all_edits():
        texts[f"missing-{edit.name}"] = f"Missing: {edit.summary}."
        texts[f"outdated-{edit.name}"] = f"By an older version: {edit.summary}."
    for item in items:
        texts.setdefault(item.rule, item.message)
    return [_rule(name, text) for name, text in sorted(texts.items())]


def _rule(name: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": text},
        "helpUri": f"{_HOME}#readme",
    }


def _result(item: Item, order: list[str]) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": _artifact(item.path)}
    if item.line is not None:
        location["region"] = {"startLine": item.line, "startColumn": item.column or 1}
    result: dict[str, Any] = {
        "ruleId": item.rule,
        "ruleIndex": order.index(item.rule),
        "level": item.level,
        "message": {"text": item.message},
        "locations": [{"physicalLocation": location}],
        "properties": _properties(item),
    }
    if item.fix:
        result["fixes"] = [_fix(item)]
    return result


def _artifact(path: str) -> dict[str, str]:
    """Where a file is: a relative URI, or an absolute one outside of the repository."""
    relative = repository_path(path)
    if relative is not None:
        return {"uri": _encoded(relative), "uriBaseId": "%SRCROOT%"}
    absolute = os.path.abspath(path).replace(os.sep, "/")
    return {"uri": f"file:///{_encoded(absolute.lstrip('/'))}"}


def _encoded(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"), safe="/")


def _properties(item: Item) -> dict[str, Any]:
    properties: dict[str, Any] = {"fixable": item.fixable, "fixed": item.fixed}
    if item.entry:
        properties["entry"] = item.entry
    if item.verdict:
        properties["verdict"] = item.verdict.name
        properties["trails"] = trails(item.verdict)
    return properties


def _fix(item: Item) -> dict[str, Any]:
    return {
        "description": {"text": "What a plain run of eager-codemod does to this file."},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(item.path),
                "replacements": [_replacement(change) for change in item.fix],
            }
        ],
    }


def _replacement(change: Change) -> dict[str, Any]:
    region = {
        "startLine": change.line,
        "startColumn": change.column,
        "endLine": change.end_line,
        "endColumn": change.end_column,
    }
    replacement: dict[str, Any] = {"deletedRegion": region}
    if change.text:
        replacement["insertedContent"] = {"text": change.text}
    return replacement
