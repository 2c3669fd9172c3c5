"""The edits as a pure function: a script in, bytes out, no files, no printing.

What a change must keep (the README's "Promises") is checked here
before anything is handed out: a result that breaks it is reported as an error.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable

from codemod.edits.base import Finding
from codemod.edits.binding import is_future
from codemod.edits.registry import all_edits, chosen
from codemod.program.place import Script
from codemod.python.equivalence import equivalent
from codemod.python.source import Source, SourceError, parse, splice
from codemod.python.tree import is_docstring
from codemod.settings import Settings

__all__ = ["Reread", "change", "inspect"]

_MOST_ROUNDS = 10  # what was inserted twice comes out in two

Reread = Callable[[bytes], Script]
"""Gives the script of changed bytes; its entry points are looked for anew."""


def inspect(script: Script, settings: Settings) -> tuple[Finding, ...]:
    """What a script needs, or with ``settings.remove`` what stays in it; no LibCST."""
    if settings.remove:
        found = [f for edit in all_edits() for f in edit.kept(script)]
    elif script.entries:
        edits = chosen(settings.edits)
        found = [f for edit in edits for f in edit.findings(script, settings)]
    else:
        found = []
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.column)))


def change(script: Script, settings: Settings, reread: Reread) -> bytes:
    """Put the edits into a script, or take them out (``settings.remove``).

    Args:
        script: The script.
        settings: Which edits, and how.
        reread: Finds the entry points of the changed script.

    Returns:
        The new bytes; those of the script where nothing is to be done.

    Raises:
        SourceError: The script cannot be changed safely.
    """
    if settings.remove:
        return _removed(script)
    if not any(finding.fixable for finding in inspect(script, settings)):
        return script.source.encode(script.source.text)
    edits = chosen(settings.edits)
    updates = [s for edit in edits for s in edit.updates(script, settings)]
    current = script
    if updates:
        current = _read(splice(script.source.text, updates), script, reread)
    insertions = [i for edit in edits for i in edit.insertions(current, settings)]
    if insertions:
        # Only now: it imports LibCST, which takes a fifth of a second.
        from codemod.edits.insertion import insert

        text = insert(current.source, insertions)
        if not _only_inserts(current.source.text, text):
            raise _broken("the result loses bytes of the original")
        current = _read(text, script, reread)
    _check(script, current, settings)
    return current.source.encode(current.source.text)


def _read(text: bytes, script: Script, reread: Reread) -> Script:
    """The script of a changed text, in the encoding of the original."""
    try:
        return reread(script.source.encode(text))
    except SourceError as error:
        if error.line is None:
            raise
        raise _broken(f"the result does not parse: {error.message}") from None


def _check(script: Script, changed: Script, settings: Settings) -> None:
    """Prove that a change keeps what it must."""
    # Whether an edit is there already, in part or by hand.
    is_begun = any(edit.trace in script.source.text for edit in all_edits())
    if found := [f for f in inspect(changed, settings) if f.fixable]:
        if is_begun:
            raise SourceError(f"left alone beside what is there: {found[0].message}")
        raise _broken("the next run would change the result again")
    _compare(script.source, changed.source)
    if is_begun:
        return
    if _without_edits(changed) != script.source.text:
        raise _broken("--remove would not give the original back")


def _compare(old: Source, new: Source) -> None:
    if not equivalent(old, new, _is_owned):
        raise _broken("the result differs in more than the edits")
    if not _compiles(new) and _compiles(old):
        raise _broken("the result does not compile")


def _removed(script: Script) -> bytes:
    """The script without the edits, as bytes."""
    text = _without_edits(script)
    if text != script.source.text:
        _compare(script.source, _read(text, script, _alone).source)
    return script.source.encode(text)


def _without_edits(script: Script) -> bytes:
    """The text without the edits; the last one goes first, as it came last."""
    text, current = script.source.text, script
    for edit in reversed(all_edits()):
        for _ in range(_MOST_ROUNDS):
            if edit.trace not in text:
                break
            if text is not current.source.text:
                current = _read(text, script, _alone)
            splices = edit.removals(current)
            if not splices:
                break
            text = splice(text, splices)
    return text


def _alone(data: bytes) -> Script:
    """A script whose entry points do not matter."""
    return Script(parse(data), ())


def _is_owned(stmt: ast.stmt) -> bool:
    return any(edit.owns(stmt) for edit in all_edits())


def _only_inserts(before: bytes, after: bytes) -> bool:
    """Whether every byte of a text survives, in order."""
    rest = iter(after.splitlines(keepends=True))
    if all(line in rest for line in before.splitlines(keepends=True)):
        return True
    more = iter(after)  # a last line may have got an end
    return all(byte in more for byte in before)


def _compiles(source: Source) -> bool:
    """Whether names are declared, and the future is imported, where they may be.

    New lines can break nothing else of what `compile` looks at, and that takes a minute
    for 50,000 equal lambdas.
    """
    import symtable

    body = source.tree.body
    futures = [is_future(stmt) for stmt in body if not is_docstring(stmt)]
    if futures != sorted(futures, reverse=True):
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if source.masked:  # its text is newer than this Python
                compile(source.tree, "script", "exec", dont_inherit=True)
            else:
                symtable.symtable(source.text.decode(), "script", "exec")
        except (SyntaxError, ValueError, RecursionError):
            return False
    return True


def _broken(what: str) -> SourceError:
    return SourceError(f"left alone, because {what}; please report")
