"""What `codemod.patch` and `codemod.unpatch` do, and what they return."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from codemod.edits.apply import change, inspect
from codemod.edits.base import Finding
from codemod.program.place import Script
from codemod.program.verdict import Judge
from codemod.python.source import SourceError, parse
from codemod.settings import Settings, SettingsError

__all__ = [
    "Finding",
    "PatchResult",
    "Settings",
    "SettingsError",
    "SourceError",
    "apply",
]

S = TypeVar("S", str, bytes)
_COMMENT = r"[ \t\f]*#[^\r\n]*(?:\r\n|\r|\n|\Z)"
_HEAD = re.compile(rf"\ufeff?(?:[ \t\f]*(?:\r\n|\r|\n))?(?:{_COMMENT}){{0,2}}")


@dataclass(frozen=True)
class PatchResult(Generic[S]):
    """The outcome of :func:`codemod.patch` and :func:`codemod.unpatch`.

    Attributes:
        source: The new source, of the type that was passed in.
        changed: Whether it differs from what was passed in.
        findings: What was put right, and what a person has to; for ``unpatch``, what
            was left because a person wrote it.
        entry_points: The names of the script's entry points, in source order.
    """

    source: S
    changed: bool
    findings: tuple[Finding, ...]
    entry_points: tuple[str, ...]


def apply(source: S, settings: Settings | None, remove: bool) -> PatchResult[S]:
    """Put the edits into a script, or take them out.

    Args:
        source: The script.
        settings: Which edits, and how.
        remove: Whether they are taken out, whatever the settings say.

    Raises:
        SourceError: The script cannot be read as Python, or not changed safely.
    """
    if isinstance(source, str):
        return _apply_to_text(source, settings, remove)
    settings = replace(settings or Settings(), remove=remove)
    judge = Judge(None, settings.hpo_libraries, settings.transformers_libraries)

    def read(data: bytes) -> Script:
        parsed = parse(data)
        judged = judge.judge("script.py", parsed, settings.entry == "any")
        return Script(parsed, judged.entries)

    script = read(source)
    new = change(script, settings, read)
    return PatchResult(
        source=new,
        changed=new != source,
        findings=inspect(script, settings),
        entry_points=tuple(entry.name for entry in script.entries),
    )


def _apply_to_text(
    source: str, settings: Settings | None, remove: bool
) -> PatchResult[str]:
    """The same for characters, whatever their first lines say of an encoding.

    Nothing is ever inserted in front of those lines.
    """
    found = _HEAD.match(source)
    head = found[0] if found else ""
    masked = re.sub("coding(?=[:=])", "codinG", head)
    result = apply(_encoded(masked + source[len(head) :]), settings, remove)
    text = head + result.source.decode("utf-8").removeprefix(masked)
    return PatchResult(text, result.changed, result.findings, result.entry_points)


def _encoded(source: str) -> bytes:
    """A script as bytes.

    Raises:
        SourceError: It has half a surrogate pair in it, which no file can have.
    """
    try:
        return source.encode("utf-8")
    except UnicodeEncodeError as error:
        before = source[: error.start].split("\n")
        raise SourceError(
            f"{source[error.start]!a} is half a surrogate pair: no Python source",
            len(before),
            len(before[-1]) + 1,
        ) from None
