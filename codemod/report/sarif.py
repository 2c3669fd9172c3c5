"""SARIF 2.1.0, the OASIS format that code scanning services and editors read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from codemod import __version__
from codemod.report.changes import Change
from codemod.report.items import Item, Summary, repository_path
from codemod.report.json import evidence
from codemod.report.rules import NOTEBOOK, Rule, rules
from codemod.report.terminal import safe

if TYPE_CHECKING:
    from codemod.program.evidence import Step
    from codemod.program.verdict import Verdict

__all__ = ["render"]

_HOME = "https://github.com/eager-codemod/eager-codemod"
_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
    "sarif-schema-2.1.0.json"
)


def render(summary: Summary) -> bytes:
    """The findings of a run as one SARIF log with one run."""
    known = rules(item.rule for item in summary.items)
    order = [rule.name for rule in known]
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {**_DRIVER, "rules": list(map(_rule, known))}},
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


def _rule(rule: Rule) -> dict[str, Any]:
    address = f"{_HOME}/blob/main/{rule.page}"
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.title} {rule.text}"},
        "help": {
            "text": f"{rule.text} See {address}",
            "markdown": f"{rule.text}\n\n[More about it]({address})",
        },
        "helpUri": address,
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
    if item.verdict and item.rule != NOTEBOOK and (flows := _flows(item.verdict)):
        result["codeFlows"] = flows  # lines of a notebook's code are none of its file
    if item.fix:
        result["fixes"] = [_fix(item)]
    return result


def _flows(verdict: Verdict) -> list[dict[str, Any]]:
    """The ways from the script to its trials, and from those to transformers."""
    ways = (
        ("the way to the start of the trials", verdict.start),
        ("the way to transformers", verdict.transformers),
    )
    return [
        {
            "message": {"text": text},
            "threadFlows": [{"locations": list(map(_step, way))}],
        }
        for text, way in ways
        if way
    ]


def _step(step: Step) -> dict[str, Any]:
    return {
        "location": {
            "physicalLocation": {
                "artifactLocation": _artifact(step.path),
                "region": {"startLine": step.line},
            },
            "message": {"text": safe(step.name)},
        }
    }


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
        known = evidence(item.verdict)
        properties |= {key: known[key] for key in ("verdict", "how", "why")}
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
