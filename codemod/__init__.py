"""eager-codemod: makes HPO scripts safe to run with parallel trials.

>>> import codemod
>>> result = codemod.patch(source)            # doctest: +SKIP
>>> result.changed, result.entry_points       # doctest: +SKIP
(True, ('main',))

Importing this package costs nothing; what a function needs, LibCST included, is
imported when it is called.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; importing `typing` takes 5 ms
if TYPE_CHECKING:
    from codemod.edits.apply import PatchResult
    from codemod.program.place import Script
    from codemod.python.source import SourceError
    from codemod.settings import Settings

__all__ = ["PatchResult", "Settings", "SourceError", "__version__", "patch", "unpatch"]

__version__ = "1.0.0"


def patch(source: str | bytes, settings: Settings | None = None) -> PatchResult:
    """Put the guard, and the other edits of the settings, into a script.

    Helpers that are imported from other modules are not followed: a ``main()`` that
    parses only through one is left alone. The command follows them.

    Args:
        source: The script; bytes are decoded as Python does, by BOM and cookie.
        settings: Which edits, and how; the guard alone by default.

    Returns:
        The new source, of the type that was passed in, and what was found.

    Raises:
        SourceError: The script cannot be read as Python, or not changed safely.
    """
    from dataclasses import replace

    from codemod.settings import Settings

    return _apply(source, replace(settings or Settings(), remove=False))


def unpatch(source: str | bytes, settings: Settings | None = None) -> PatchResult:
    """Take the guard, and what else this tool inserted, out of a script again.

    Args:
        source: The script.
        settings: Which entry points there are; every edit is taken out.

    Returns:
        The source as it was before :func:`patch`, byte for byte, if nobody edited
        around the insertions. What a person wrote stays; the findings say so.

    Raises:
        SourceError: The script cannot be read as Python, or not changed safely.
    """
    from dataclasses import replace

    from codemod.settings import Settings

    return _apply(source, replace(settings or Settings(), remove=True))


def _apply(source: str | bytes, settings: Settings) -> PatchResult:
    from codemod.edits.apply import PatchResult, change, inspect
    from codemod.program.place import Script
    from codemod.program.verdict import Judge
    from codemod.python.source import parse

    judge = Judge(None, settings.hpo_libraries, settings.transformers_libraries)

    def read(data: bytes) -> Script:
        parsed = parse(data)
        judged = judge.judge("script.py", parsed, settings.entry == "any")
        return Script(parsed, judged.entries)

    data = source if isinstance(source, bytes) else source.encode("utf-8")
    script = read(data)
    changed = change(script, settings, read)
    new = changed if isinstance(source, bytes) else changed.decode("utf-8")
    return PatchResult(
        source=new,
        changed=changed != data,
        findings=inspect(script, settings),
        entry_points=tuple(entry.name for entry in script.entries),
    )


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import the public classes when they are asked for."""
        if name == "Settings":
            from codemod.settings import Settings

            return Settings
        if name == "PatchResult":
            from codemod.edits.apply import PatchResult

            return PatchResult
        if name == "SourceError":
            from codemod.python.source import SourceError

            return SourceError
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
