"""The proof: do the guards of some scripts hold in the user's own environment?"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

    from codemod.program.imports import Project
    from codemod.report.terminal import Terminal
    from codemod.settings import Lookup
    from codemod.verify.driver import Target

__all__ = ["make_target", "run"]

_PATIENCE_SECONDS = 1.0


def run(
    paths: Sequence[str],
    lookup: Lookup,
    python: str | None,
    table: dict[str, Any],
    terminal: Terminal,
) -> int:
    """Verify the scripts that some paths stand for, and print what was found.

    Args:
        paths: Files and folders. In a folder, the scripts that a plain run would
            select, and those that have a guard.
        lookup: The settings, which decide about the selection.
        python: An interpreter, a virtual environment's folder, or ``None``.
        table: The options by name: ``output-format``.
        terminal: Where output goes.

    Returns:
        The exit status; see :attr:`codemod.verify.results.Verification.status`. 2 too
        when nothing can be verified or a file cannot be read.
    """
    from codemod.verify.driver import VerifyError, verify

    targets, faults = _targets(paths, lookup, terminal)
    if not targets:
        terminal.message("nothing to verify: no script with an entry point or a guard")
        return 2 if faults else 1
    with _Bar() as bar:
        try:
            result = verify(targets, python, bar)
        except VerifyError as error:
            bar.clear()
            terminal.message(f"--verify: {error}", "red")
            return 2
    if table.get("output-format") != "json":
        from codemod.verify.report import as_text

        text = as_text(result)
    else:
        import json

        text = json.dumps(result.to_dict(), indent=2) + "\n"
    terminal.output(text.encode("utf-8", "backslashreplace"))
    return 2 if faults else result.status


def make_target(path: str, data: bytes, project: Project) -> Target:
    """Read what is to be verified from a script.

    Args:
        path: The script.
        data: Its bytes.
        project: Finds its first-party modules.

    Raises:
        SourceError: The script does not parse.
    """
    from codemod.python import source
    from codemod.verify import guards, loading
    from codemod.verify.driver import Target
    from codemod.verify.names import trials

    tree = source.parse(data).tree
    return Target(
        path,
        guards.find(path, tree, project),
        trials(path, project),
        loading.find(path, tree, project),
    )


def _targets(
    paths: Sequence[str], lookup: Lookup, terminal: Terminal
) -> tuple[list[Target], int]:
    """The scripts to verify, and the number of files that could not be read."""
    from codemod.edits.guard import FUNCTION
    from codemod.python.source import SourceError
    from codemod.report.text import printable
    from codemod.run.result import Plan, Runner
    from codemod.search.discovery import Discovery

    faults = 0

    def fail(path: str, message: str) -> None:
        nonlocal faults
        faults += 1
        terminal.message(f"{printable(path)}: {message}", "red")

    runner = Runner(Plan(lookup.for_run(paths)[0], write=False))
    project = runner.judge.project
    targets = []
    for candidate in Discovery(lookup.for_folder, fail).files(paths):
        result = runner.process(candidate)
        if result.status == "error":
            place = f"{result.line}:{result.column or 1}: " if result.line else ""
            fail(candidate.path, f"{place}{result.message}")
            continue
        data = project.read(candidate.path) or b""
        if result.status in ("changed", "unchanged") or FUNCTION.encode() in data:
            try:
                target = make_target(candidate.path, data, project)
            except SourceError as error:
                fail(candidate.path, error.message)
                continue
            # Beyond the selection, a mere mention of the function is no guard.
            if target.guard or (result.entries and result.status != "not-selected"):
                targets.append(target)
    return targets, faults


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
