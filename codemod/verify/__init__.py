"""The proof: do the guards of some scripts hold in the user's own environment?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from codemod.report.terminal import Terminal
    from codemod.settings import Lookup
    from codemod.verify.results import Verification
    from codemod.verify.target import Target

__all__ = ["run"]

_NOTHING = (
    "nothing to verify: no script whose trials lead to transformers, and none with "
    "a guard"
)
_SKIPPED = "nothing to verify: what there is asks to be skipped"


def run(
    paths: Sequence[str],
    lookup: Lookup,
    python: str | None,
    table: dict[str, Any],
    terminal: Terminal,
) -> int:
    """Verify the scripts that some paths stand for, and print what was found.

    Args:
        paths: Files and folders, for their scripts that are affected or guarded.
        lookup: The settings, which decide about the selection.
        python: An interpreter, a virtual environment's folder, or ``None``.
        table: The options by name: ``output-format``, ``quiet``.
        terminal: Where output goes.

    Returns:
        The exit status: the result's; 0 with nothing to verify, 2 after an error.
    """
    from codemod.verify.driver import VerifyError, verify

    told = _Told(terminal, bool(table.get("quiet")))
    targets = _targets(paths, lookup, told)
    result = None
    if targets:
        try:
            result = verify(targets, python, partial(terminal.show, label="verifying"))
        except VerifyError as error:
            terminal.message(f"--verify: {error}", "red")
            return 2
        finally:
            terminal.clear()
    else:
        told.nothing()
    status = 2 if told.faults else result.status if result else 0
    if table.get("output-format") == "json":
        _print_json(result, status, terminal)
    elif result:
        _print_text(result, told.quiet, terminal)
    return status


def _print_text(result: Verification, quiet: bool, terminal: Terminal) -> None:
    from codemod.verify.report import as_text

    text = as_text(result, quiet)
    terminal.output(text.encode("utf-8", "backslashreplace"))


def _print_json(result: Verification | None, status: int, terminal: Terminal) -> None:
    """Print what was found; where nothing was verified, machines get that."""
    from codemod.verify.results import FORMAT_VERSION

    nothing = {"version": FORMAT_VERSION, "scripts": []}
    found = result.to_dict() if result else nothing
    text = json.dumps({**found, "status": status}, indent=2) + "\n"
    terminal.output(text.encode())


def _targets(paths: Sequence[str], lookup: Lookup, told: _Told) -> list[Target]:
    """The scripts to verify; of what is none, something may be said."""
    from codemod.search.discovery import Discovery
    from codemod.verify.scripts import Collector

    collector = Collector(lookup.for_run(paths)[0])
    for candidate in Discovery(lookup.for_folder, told.fail, told.note).files(paths):
        result = collector.process(candidate)
        if result.status == "error":
            told.fail(result.path, result.message, result.line, result.column)
        elif result.status in ("notebook", "skipped"):
            told.skipped += result.status == "skipped"
            told.note(result.path, result.message, result.line)
    collector.close()
    return collector.targets


class _Told:
    """What is said of files that are not verified.

    Args:
        terminal: Where it is said.
        quiet: Whether that is errors only.

    Attributes:
        faults: How many files could not be read.
        skipped: How many have a comment that asks for it.
        quiet: As given.
    """

    def __init__(self, terminal: Terminal, quiet: bool) -> None:
        self.faults = self.skipped = 0
        self._terminal = terminal
        self.quiet = quiet

    def fail(
        self,
        path: str,
        message: str,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        """Say an error."""
        self.faults += 1
        place = f":{line}:{column or 1}" if line else ""
        self._say(path, place, message, "red")

    def note(self, path: str, message: str, line: int | None = None) -> None:
        """Say what is worth a line, and no error."""
        if not self.quiet:
            self._say(path, f":{line}" if line else "", message)

    def nothing(self) -> None:
        """Say why there is nothing to verify; errors have said it."""
        if not self.faults and not self.quiet:
            self._terminal.message(_SKIPPED if self.skipped else _NOTHING)

    def _say(self, path: str, place: str, text: str, colour: str | None = None) -> None:
        from codemod.report.terminal import printable

        self._terminal.message(f"{printable(path)}{place}: {text}", colour)
