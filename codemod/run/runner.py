"""One file; many files; the pool. Decides nothing about Python, prints nothing.

Most files need nothing and are rejected by a look at their bytes, the rest is decided
by `ast`, and LibCST is imported only for a file that is going to change.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from codemod.python import source
from codemod.python.source import MAX_BYTES, SourceError
from codemod.run.files import FileError, Files, Snapshot, TooLargeError
from codemod.search.discovery import Candidate
from codemod.settings import Settings

# What decides about a script is imported with the first file that may be one: most
# runs of a hook see none, and these imports would double their time.
if TYPE_CHECKING:
    from codemod.edits.apply import Inspection
    from codemod.edits.base import Finding
    from codemod.program.parsing import Resolver
    from codemod.program.resolver import Answers, FirstParty
    from codemod.program.selection import Judge, Verdict
    from codemod.python.tree import Binding

__all__ = ["Entry", "Plan", "Result", "Runner", "run", "run_bytes"]

# What a script with an entry point contains, by section 3 of the rules.
_NEEDLES = (b"def main", b"hydra")
# Whether workers pay shows when there is something to change: where nothing is, a file
# costs little more than to ask another process. Forked then, they have LibCST already.
_EDITS_ALONE = 8
_POOL_PAYS_FROM = 16
_ROOM = 16 << 10  # bytes; more than what is inserted into any script
_MOST_WORKERS = 61  # Windows can wait for no more


class Plan(NamedTuple):
    """What to do with the files.

    Attributes:
        settings: Those that hold for the run as a whole; files have their own.
        write: Whether files are replaced.
        contents: Whether results carry the bytes before and after, for a diff.
        explain: Whether the run only tells which scripts it would take, and why.
        verdicts: Whether every script with an entry point gets a verdict, selected by
            it or not.
        fails: Whether the exit status tells of findings.
    """

    settings: Settings
    write: bool = True
    contents: bool = False
    explain: bool = False
    verdicts: bool = False
    fails: bool = False


class Entry(NamedTuple):
    """An entry point, for reports: its name, kind, and 1-based line and column."""

    name: str
    kind: str
    line: int
    column: int


class Result(NamedTuple):
    """The outcome for one file.

    Attributes:
        path: The file, as it was given or found.
        named: Whether it was named on the command line.
        status: ``"changed"`` (or would be, without ``write``), ``"unchanged"``,
            ``"no-entry"``, ``"not-selected"``, ``"skipped"`` (by comment),
            ``"irrelevant"`` (nothing in it looks like an entry point), ``"large"``
            (found, and over 1 MiB: not read) or ``"error"``.
        entries: Its entry points.
        findings: What was missing or outdated.
        verdict: Whether it is an HPO script, where that was asked.
        message: What is wrong, for an error.
        line: The 1-based line of an error, if it has one.
        column: The 1-based column of an error, if it has one.
        before: The bytes before, if the plan asks for contents and they changed.
        after: The bytes after, likewise.
    """

    path: str
    named: bool
    status: str
    entries: tuple[Entry, ...] = ()
    findings: tuple[Finding, ...] = ()
    verdict: Verdict | None = None
    message: str = ""
    line: int | None = None
    column: int | None = None
    before: bytes | None = None
    after: bytes | None = None


class _OnDemand:
    """A resolver that is made for its first question: most scripts have none."""

    def __init__(self, make: Callable[[], Resolver]) -> None:
        self._make = make

    @cached_property
    def _resolver(self) -> Resolver:
        return self._make()

    def is_module(self, binding: Binding) -> bool:
        return self._resolver.is_module(binding)

    def parses(self, binding: Binding, name: str) -> bool:
        return self._resolver.parses(binding, name)


class Runner:
    """Processes files one by one; remembers what it learnt of first-party modules.

    Args:
        plan: What to do with them.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._answers: Answers | None = None
        self._judges: dict[Settings, Judge] = {}
        self._files = Files()

    def __reduce__(self) -> tuple[object, ...]:
        """In another process that is not a fork of this one, it learns anew."""
        return type(self), (self.plan,)

    def close(self) -> None:
        """Close what is open when a run is over."""
        self._files.close()

    @property
    def judge(self) -> Judge:
        """Decides which scripts run HPO, by the settings of the run."""
        return self._judge_for(self.plan.settings)

    def _judge_for(self, settings: Settings) -> Judge:
        from codemod.program.selection import Judge

        if settings not in self._judges:
            self._judges[settings] = Judge(settings)
        return self._judges[settings]

    def _resolver(self, path: str, data: bytes) -> Resolver:
        return _OnDemand(lambda: self._first_party(path, data))

    def _first_party(self, path: str, data: bytes) -> FirstParty:
        from codemod.program.resolver import Answers, FirstParty

        if self._answers is None:
            self._answers = Answers()
        return FirstParty(self.judge.project, path, self._answers, data=data)

    def process(self, candidate: Candidate) -> Result:
        """Inspect a file and, if the plan says so, change it. Never raises."""
        found = self.look(candidate)
        return found if isinstance(found, Result) else self.finish(candidate, found)

    def look(self, candidate: Candidate) -> Result | Snapshot:
        """Read a file and look at its bytes only. Never raises.

        Returns:
            The result; where it takes a look at the syntax, the file for `finish`.
        """
        result = Result(candidate.path, candidate.named, "irrelevant")
        try:
            return self._relevant(candidate) or result
        except TooLargeError as error:
            if _is_taken(candidate):
                return _failed(result, error)
            return result._replace(status="large")
        except Exception as error:  # one bad file never stops the others
            return _failed(result, error)

    def finish(self, candidate: Candidate, snapshot: Snapshot) -> Result:
        """Do with a file that was read what is to be done. Never raises."""
        result = Result(candidate.path, candidate.named, "irrelevant")
        try:
            result, inspection = self.examine(result, snapshot.data, candidate.settings)
            if inspection is None or not self._makes_changes:
                return result
            changed = self.change(result, snapshot.data, inspection, candidate.settings)
            if self.plan.write and changed.after is not None:
                self._files.replace(
                    candidate.path, snapshot, changed.after, candidate.given
                )
            if self.plan.contents:
                return changed
            return changed._replace(before=None, after=None)
        except Exception as error:  # one bad file never stops the others
            return _failed(result, error)

    @property
    def _makes_changes(self) -> bool:
        """Whether the new bytes are wanted; that they differ, `ast` has decided.

        But not for ``--remove``.
        """
        return self.plan.write or self.plan.contents or self.plan.settings.remove

    def _relevant(self, candidate: Candidate) -> Snapshot | None:
        """A file whose bytes look as if it had an entry point."""
        snapshot = self._files.read(candidate.path, candidate.given)
        settings = candidate.settings
        needles, words = _needles(settings.remove, settings.entry)
        # Taken at its word, a file is parsed even where nothing in it looks like an
        # entry point: who names a script wants to know that it is no Python.
        taken = _is_taken(candidate)
        if not taken and not any(needle in snapshot.data for needle in needles):
            return None
        if words.search(snapshot.data):
            return snapshot
        if taken:
            source.parse(snapshot.data)
        return None

    def examine(
        self, result: Result, data: bytes, settings: Settings
    ) -> tuple[Result, Inspection | None]:
        """Decide what a script's bytes need, without LibCST.

        Returns:
            The result, and what was found where the script is to be changed.

        Raises:
            SourceError: They cannot be read as Python.
        """
        from codemod.edits import apply as transform
        from codemod.search.skip import skipped

        if skipped(data):
            return result._replace(status="skipped"), None
        resolver = self._resolver(result.path, data)
        inspection = transform.inspect(data, settings, resolver)
        if settings.remove:
            return result._replace(status="changed"), inspection
        result = self._decide(result, data, inspection, settings)
        if result.status != "changed":
            return result, None
        names = sum(len(name) + 80 for name in settings.load)
        if len(data) + _ROOM + names > MAX_BYTES:
            raise SourceError("too close to 1 MiB to insert anything, left alone")
        return result, inspection

    def _decide(
        self, result: Result, data: bytes, inspection: Inspection, settings: Settings
    ) -> Result:
        from codemod.program.selection import selected

        entries = tuple(
            Entry(e.name, e.kind, e.node.lineno, e.node.col_offset + 1)
            for e in inspection.script.entries
        )
        result = result._replace(entries=entries, findings=inspection.findings)
        if not entries:
            return result._replace(status="no-entry")
        verdicts = self.plan.explain or self.plan.verdicts
        if not inspection.findings and not verdicts:
            return result._replace(status="unchanged")  # whatever it imports
        select = settings.select or ("all" if result.named else "affected")
        if select != "all" or verdicts or self.plan.write:
            verdict = self._judge_for(settings).judge(result.path, data)
            result = result._replace(verdict=verdict)
            if not selected(verdict, select):
                return result._replace(status="not-selected")
        return result._replace(
            status="changed" if inspection.needs_change else "unchanged"
        )

    def change(
        self, result: Result, data: bytes, inspection: Inspection, settings: Settings
    ) -> Result:
        """Change a script that was inspected; the result gets the bytes.

        Raises:
            SourceError: It cannot be changed safely.
        """
        from codemod.edits import apply as transform

        after = transform.change(data, inspection.script, settings)
        if after == data:
            return result._replace(status="unchanged")
        return result._replace(before=data, after=after)


def run_bytes(path: str, data: bytes, plan: Plan) -> Result:
    """Process a script that was read from standard input; no file is touched.

    Args:
        path: What it is called; imports are followed from there.
        data: Its bytes.
        plan: What to do with it; the result always carries the new bytes.
    """
    runner = Runner(plan)
    # An editor passes whatever is saved: it is selected as what is found.
    result = Result(path, False, "irrelevant")
    try:
        result, inspection = runner.examine(result, data, plan.settings)
        if inspection is None:
            return result
        return runner.change(result, data, inspection, plan.settings)
    except Exception as error:
        return _failed(result, error)


def run(candidates: Iterable[Candidate], plan: Plan) -> Iterator[Result]:
    """Process files; results come in the order of the candidates.

    Args:
        candidates: The files.
        plan: What to do with them.
    """
    runner = Runner(plan)
    rest = iter(candidates)
    edits, alone = 0, _edits_alone(plan)
    try:
        while edits < alone and (candidate := next(rest, None)):
            result = runner.process(candidate)
            edits += result.status == "changed"
            yield result
        yield from _go_on(runner, rest)
    finally:
        runner.close()


def _edits_alone(plan: Plan) -> float:
    """How many files are changed before workers help with the rest."""
    jobs = plan.settings.jobs
    if jobs == 1 or not (plan.write or plan.contents):
        return math.inf
    return _EDITS_ALONE if jobs is None else 1


def _go_on(runner: Runner, candidates: Iterator[Candidate]) -> Iterator[Result]:
    """Process the rest of the files, in worker processes where that pays."""
    looked = ((candidate, runner.look(candidate)) for candidate in candidates)
    jobs = runner.plan.settings.jobs
    begun: list[tuple[Candidate, Result | Snapshot]] = []
    scripts, enough = 0, _POOL_PAYS_FROM if jobs is None else 2
    while scripts < enough and (one := next(looked, None)):
        begun.append(one)
        scripts += isinstance(one[1], Snapshot)
    workers = min(jobs or _processors(), _MOST_WORKERS)
    if scripts == enough and workers > 1:
        from codemod.run import pool

        if pool.can_start():
            yield from pool.process_all(runner, chain(begun, looked), workers)
            return
    for candidate, found in chain(begun, looked):
        yield (found if isinstance(found, Result) else runner.finish(candidate, found))


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@lru_cache
def _needles(remove: bool, entry: str) -> tuple[tuple[bytes, ...], re.Pattern[bytes]]:
    """What a file contains that may need something; and the same as whole words.

    There is no ``def main_worker`` among those, and nobody who was rehydrated.
    """
    needles: tuple[bytes, ...] = _NEEDLES
    if remove:
        from codemod.edits.base import all_edits

        needles = tuple(edit.trace for edit in all_edits())
    elif entry == "any":
        needles = (*_NEEDLES, b"__main__")
    return needles, re.compile(rb"\b(?:%b)\b" % b"|".join(needles))


def _is_taken(candidate: Candidate) -> bool:
    """Whether a file is taken at its word: a hook names files too, and selects."""
    return candidate.named and candidate.settings.select in (None, "all")


def _failed(result: Result, error: Exception) -> Result:
    line = column = None
    if isinstance(error, SourceError):
        message, line, column = error.message, error.line, error.column
    elif isinstance(error, FileError):
        message = str(error)
    elif isinstance(error, RecursionError):
        message = "nested too deeply to be analysed"
    elif isinstance(error, MemoryError):
        message = "not enough memory for it"
    else:
        message = f"left alone after an internal error, please report: {_where(error)}"
    return result._replace(status="error", message=message, line=line, column=column)


def _where(error: Exception) -> str:
    """An unforeseen error with the line that raised it, in one line."""
    place, trace = "", error.__traceback__
    while trace:
        name = os.path.basename(trace.tb_frame.f_code.co_filename)
        place, trace = f"{name}:{trace.tb_lineno}", trace.tb_next
    return " ".join(f"{type(error).__name__} in {place}: {error}".split())
