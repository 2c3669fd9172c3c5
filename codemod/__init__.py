"""eager-codemod: makes scripts safe that run hyper-parameter trials in parallel.

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
    from codemod.api import (
        Finding,
        PatchResult,
        S,
        Settings,
        SettingsError,
        SourceError,
    )

__all__ = [
    "Finding",
    "PatchResult",
    "Settings",
    "SettingsError",
    "SourceError",
    "__version__",
    "patch",
    "unpatch",
]

__version__ = "1.0.0"


def patch(source: S, settings: Settings | None = None) -> PatchResult[S]:
    """Put the guard, and the other edits of the settings, into a script.

    The script is looked at alone: helpers that it imports from other modules are not
    followed, as the command does. It needs no trials.

    Args:
        source: The script; bytes are decoded as Python does, by BOM and cookie.
        settings: Which edits, and how; the guard alone by default.

    Returns:
        The new source, of the type that was passed in, and what was found.

    Raises:
        SourceError: The script cannot be read as Python, or not changed safely.
    """
    from codemod.api import apply

    return apply(source, settings, remove=False)


def unpatch(source: S, settings: Settings | None = None) -> PatchResult[S]:
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
    from codemod.api import apply

    return apply(source, settings, remove=True)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import the public classes when they are asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from codemod import api

        return getattr(api, name)
