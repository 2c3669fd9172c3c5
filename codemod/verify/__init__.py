"""The proof: do the guards of some scripts hold in the user's own environment?"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from codemod.report.terminal import Terminal
    from codemod.settings import Lookup
    from codemod.verify.results import Verification
    from codemod.verify.target import Target

__all__ = ["run"]

_PATIENCE_SECONDS = 1.0
_NOTHING = (
    "nothing to verify: no script whose trials lead to transformers, and none with "
    "a guard"
)


def run(
    paths: Sequence[str],
    lookup: Lookup,
    python: str | None,
    table: dict[str, Any],
    terminal: Terminal,
) -> int:
    """Verify the scripts that some paths stand for, and print what was found.

    Args:
        paths: Files and folders. Of these, the scripts whose trials lead to
            transformers, and those that have a guard.
        lookup: The settings, which decide about the selection.
        python: An interpreter, a virtual environment's folder, or ``None``.
        table: The options by name: ``output-format``, ``quiet``.
        terminal: Where output goes.

    Returns:
        The exit status; see :attr:`codemod.verify.results.Verification.status`. 0 too
        when there is nothing to verify, 2 too when a file cannot be read or there is
        no interpreter to verify with.
    """
    from codemod.verify.driver import VerifyError, verify

    targets, faults = _targets(paths, lookup, terminal)
    result = None
    if targets:
        with _Bar() as bar:
            try:
                result = verify(targets, python, bar)
            except VerifyError as error:
                bar.clear()
                terminal.message(f"--verify: {error}", "red")
                return 2
    elif not faults and not table.get("quiet"):
        terminal.message(_NOTHING)
    status = 2 if faults else result.status if result else 0
    _print(result, status, table.get("output-format") == "json", terminal)
    return status


def _print(
    result: Verification | None, status: int, is_json: bool, terminal: Terminal
) -> None:
    """Print what was found; where nothing was verified, machines get that."""
    if is_json:
        from codemod.verify.results import FORMAT_VERSION

        nothing = {"version": FORMAT_VERSION, "scripts": []}
        found = result.to_dict() if result else nothing
        text = json.dumps({**found, "status": status}, indent=2) + "\n"
        terminal.output(text.encode())
    elif result:
        from codemod.verify.report import as_text

        terminal.output(as_text(result).encode("utf-8", "backslashreplace"))


def _targets(
    paths: Sequence[str], lookup: Lookup, terminal: Terminal
) -> tuple[list[Target], int]:
    """The scripts to verify, and the number of files that could not be read."""
    from codemod.report.terminal import printable
    from codemod.search.discovery import Discovery
    from codemod.verify.scripts import Collector

    faults = 0

    def fail(path: str, message: str, place: str = "") -> None:
        nonlocal faults
        faults += 1
        terminal.message(f"{printable(path)}{place}: {message}", "red")

    def note(path: str, message: str, place: str = "") -> None:
        terminal.message(f"{printable(path)}{place}: {message}")

    collector = Collector(lookup.for_run(paths)[0])
    for candidate in Discovery(lookup.for_folder, fail, note).files(paths):
        result = collector.process(candidate)
        if result.status not in ("error", "notebook"):
            continue
        place = f":{result.line}:{result.column or 1}" if result.line else ""
        say = fail if result.status == "error" else note
        say(candidate.path, result.message, place)
    collector.close()
    return collector.targets, faults


class _Bar:
    """A progress bar on standard error: on terminals, after a second."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._bar: ProgressBar[Any] | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *details: object) -> None:
        self.clear()

    def __call__(self, done: int, total: int) -> None:
        """Show how many processes are over."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            if time.monotonic() - self._begin < _PATIENCE_SECONDS:
                return
            import click

            self._bar = click.progressbar(
                length=total, label="verifying", file=sys.stderr, show_eta=False
            )
        self._bar.length = total
        self._bar.update(done - self._bar.pos)

    def clear(self) -> None:
        """Make room for the result."""
        if self._bar is not None:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._bar = None
