"""The edits as a pure function: bytes in, bytes out, no files, no printing.

What a change must keep (the README's "What holds of every edit") is checked here after
every edit, at a cost of one more parse by `ast`: an edit that broke it is reported as
an error, and the script stays as it is.
"""

from __future__ import annotations

from typing import NamedTuple

from codemod.edits import script as scripts
from codemod.edits.base import Edit, Finding, all_edits, chosen
from codemod.edits.script import Script
from codemod.program.parsing import Resolver
from codemod.python.equivalence import equivalent
from codemod.python.source import SourceError, Splice, splice
from codemod.settings import Settings

__all__ = ["Inspection", "PatchResult", "apply", "change", "inspect"]


class Inspection(NamedTuple):
    """What `ast` alone says about a script.

    Attributes:
        script: The script.
        findings: What the chosen edits would put right, in source order.
    """

    script: Script
    findings: tuple[Finding, ...]

    @property
    def needs_change(self) -> bool:
        """Whether a run would change the script."""
        return any(finding.fixable for finding in self.findings)


class PatchResult(NamedTuple):
    """The outcome of :func:`codemod.patch` and :func:`codemod.unpatch`.

    Attributes:
        source: The new source, of the type that was passed in.
        changed: Whether it differs from what was passed in.
        findings: What was put right or, for ``unpatch``, nothing.
        entry_points: The names of the script's entry points, in source order.
    """

    source: str | bytes
    changed: bool
    findings: tuple[Finding, ...]
    entry_points: tuple[str, ...]


def inspect(
    data: bytes, settings: Settings, resolver: Resolver | None = None
) -> Inspection:
    """Find out what a script needs, without LibCST.

    Raises:
        SourceError: The script cannot be read as Python.
    """
    script = scripts.read(data, settings.entry == "any", resolver)
    edits = chosen(settings.edits)
    findings = [f for edit in edits for f in _find(edit, script, settings)]
    return Inspection(script, tuple(sorted(findings, key=lambda f: (f.line, f.column))))


def apply(
    data: bytes, settings: Settings, resolver: Resolver | None = None
) -> tuple[bytes, Inspection]:
    """Inspect a script and change it; see :func:`inspect` and :func:`change`.

    Returns:
        The new bytes (the same object if nothing changed), and what was found.
    """
    inspection = inspect(data, settings, resolver)
    return change(data, inspection.script, settings), inspection


def change(data: bytes, script: Script, settings: Settings) -> bytes:
    """Put the edits into a script, or take them out (``settings.remove``).

    Args:
        data: The bytes of the script.
        script: What was read from them.
        settings: Which edits, and how.

    Returns:
        The new bytes; the same object if nothing changed.

    Raises:
        SourceError: The script cannot be changed safely.
    """
    edits = list(all_edits() if settings.remove else chosen(settings.edits))
    for edit in reversed(edits) if settings.remove else edits:
        if settings.remove:
            splices = edit.remove(script, by_hand=edit.name in settings.edits)
        elif _find(edit, script, settings):
            splices = edit.insert(script, settings)
        else:
            continue
        if splices:
            data, script = _checked(edit, script, splices, settings)
    return data


def _find(edit: Edit, script: Script, settings: Settings) -> list[Finding]:
    return edit.findings(script, settings) if script.entries else []


def _checked(
    edit: Edit, script: Script, splices: list[Splice], settings: Settings
) -> tuple[bytes, Script]:
    """Apply an edit's changes and prove that nothing else changed."""
    old = script.source
    text = splice(old.text, splices)
    data = old.encode(text)
    try:
        resolver = script.module.resolver
        changed = scripts.read(data, settings.entry == "any", resolver)
    except SourceError as error:
        raise _broken(edit, f"does not parse: {error.message}") from None
    if not settings.remove:
        only_inserts = all(_only_inserts(old.text, change) for change in splices)
        if not settings.upgrade and not only_inserts:
            raise _broken(edit, "loses bytes of the original")
        if any(finding.fixable for finding in edit.findings(changed, settings)):
            raise _broken(edit, "would be changed again by the next run")
    if not equivalent(script.source, changed.source, edit.owns):
        raise _broken(edit, "differs in more than the edit")
    return data, changed


def _broken(edit: Edit, what: str) -> SourceError:
    return SourceError(
        f"left alone, because the result of the {edit.name} edit {what}; please report"
    )


def _only_inserts(text: bytes, change: Splice) -> bool:
    """Whether every original byte survives a change, in order."""
    new = iter(change.text)
    return all(byte in new for byte in text[change.start : change.end])
