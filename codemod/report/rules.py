"""The rules that findings have, and what each means for who has never heard of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from codemod.edits.registry import all_edits
from codemod.program.verdict import Verdict

__all__ = ["ERROR", "INSERTED", "KEPT", "NOTEBOOK", "Rule", "consequence", "rules"]

ERROR = "error"
"""The rule of files that could not be read, parsed or written."""
INSERTED = "inserted-code"
"""The rule of what ``--remove`` takes out."""
KEPT = "kept-"
"""What the rules begin with of what ``--remove`` leaves in."""
NOTEBOOK = "notebook"
"""The rule of notebooks with trials, which are never changed."""


class Rule(NamedTuple):
    """A kind of finding.

    Attributes:
        name: Its identifier.
        title: What it means, in a sentence.
        text: What can go wrong, and what to do.
        page: The page about it, and the heading.
    """

    name: str
    title: str
    text: str
    page: str


class _Harm(NamedTuple):
    """What an edit prevents: in half a sentence, and at length."""

    short: str
    long: str
    page: str


_RACE = _Harm(
    "can fail: \"cannot import name 'OnnxConfig' from 'transformers.onnx'\"",
    "transformers' packages replace themselves while they are being imported. Threads "
    "that first import one of them at the same moment can fail with an ImportError "
    "such as \"cannot import name 'OnnxConfig' from 'transformers.onnx'\". The guard, "
    "_eager_load_transformers_configs(), imports what models share before any trial "
    "starts.",
    "docs/the-race.md",
)
_HARMS = {
    "guard": _RACE,
    NOTEBOOK: _RACE,
    "thread-safety": _Harm(
        "can get each other's models broken while they load or train them",
        "While a model is loaded or trained, libraries replace functions and settings "
        "of the whole process. What other threads build or run at that moment can be "
        "left without weights, with the wrong ones, or in the wrong precision, often "
        "without an error.",
        "docs/threads.md",
    ),
    "protobuf-env": _Harm(
        'can fail when they load tokenizers: "Descriptors cannot be created directly"',
        "Parallel trials that load sentencepiece tokenizers can fail with "
        '"Descriptors cannot be created directly" or "duplicate file name '
        "sentencepiece_model.proto\". protobuf's Python implementation does not; an "
        "environment variable chooses it, and must be set before protobuf is imported.",
        "docs/edits.md",
    ),
}
_KINDS = {
    "missing": ("Missing: {}.", "A plain run of eager-codemod puts it in."),
    "outdated": (
        "Incomplete or by an older version: {}.",
        "A plain run keeps current what the tool wrote, --upgrade rewrites the "
        "hand-made original; what a person wrote otherwise is left alone.",
    ),
    "late": ("Comes too late to help: {}.", "Move the line up."),
    "kept": (
        "Left in by --remove: {}.",
        "A person wrote or edited it, or something still uses it, or may.",
    ),
}
_OTHERS = (
    Rule(
        ERROR,
        "A file that could not be read, parsed or written.",
        "Nothing in this file was changed. The message says what is wrong.",
        "docs/formats.md",
    ),
    Rule(
        INSERTED,
        "A file that holds code of eager-codemod.",
        "eager-codemod --remove takes out what it inserted, and nothing else.",
        "README.md",
    ),
    Rule(
        NOTEBOOK,
        "A notebook whose trials lead to transformers.",
        f"{_RACE.long} Notebooks are never changed: run the import that the message "
        "names in a cell above the one that starts the trials.",
        "docs/edits.md",
    ),
)


def consequence(rule: str, verdict: Verdict | None) -> str:
    """What can go wrong, for the end of a finding's message; or nothing."""
    kind, _, edit = rule.partition("-")
    harm = _HARMS.get(edit if kind in _KINDS else rule)
    if harm is None or kind == "kept":
        return ""
    if verdict and verdict.how == "threads":
        why = f" ({verdict.why})" if verdict.why else ""
        return f"; its trials run in threads{why} and {harm.short}"
    return f"; trials that run in threads {harm.short}"


def rules(used: Iterable[str]) -> list[Rule]:
    """Every rule that could be, so that few come and go with the findings.

    Args:
        used: Those that there are findings of.
    """
    edits = {edit.name: edit.summary for edit in all_edits()}
    names = {f"{kind}-{edit}" for kind in ("missing", "outdated") for edit in edits}
    names = names.union(used) - {rule.name for rule in _OTHERS}
    return sorted([*_OTHERS, *(_rule(name, edits) for name in names)])


def _rule(name: str, edits: dict[str, str]) -> Rule:
    kind, _, edit = name.partition("-")
    title, advice = _KINDS[kind]
    harm = _HARMS[edit]
    return Rule(name, title.format(edits[edit]), f"{harm.long} {advice}", harm.page)
