"""One file; many files; the pool. Decides nothing about Python, prints nothing.

Most files need nothing and are rejected by a look at their bytes, the rest is decided
by `ast`, and LibCST is imported only for a file that is going to change.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from codemod.python import source
from codemod.python.source import SourceError
from codemod.run import files
from codemod.run.files import FileError, Snapshot
from codemod.settings import Settings

# What decides about a script is imported with the first file that may be one: most
# runs of a hook see none, and these imports would double their time.
if TYPE_CHECKING:
    from codemod.edits.base import Finding
    from codemod.program.parsing import Resolver
    from codemod.program.place import Script
    from codemod.program.resolver import Answers, FirstParty
    from codemod.program.selection import Judge, Verdict
    from codemod.python.tree import Binding
    from codemod.search.discovery import Candidate

__all__ = ["Entry", "Plan", "Result", "Runner", "run", "run_bytes"]

# What a script with an entry point contains, by section 3 of the rules.
_NEEDLES = (b"def main", b"hydra")
# Whether workers pay shows when there is something to change: where nothing is, a file
# costs little more than to ask another process. Forked then, they have LibCST already.
_EDITS_ALONE = 8
_POOL_PAYS_FROM = 16
_MOST_WORKERS = 61  # Windows can wait for no more


class Plan(NamedTuple):
    """What to do with the files.

    Attributes:
        settings: The settings.
        write: Whether files are replaced.
        contents: Whether results carry the bytes before and after, for a diff.
        explain: Whether the run only tells which scripts it would take, and why.
        verdicts: Whether every script with an entry point gets a verdict, selected by
            it or not.
    """

    settings: Settings
    write: bool = True
    contents: bool = False
    explain: bool = False
    verdicts: bool = False


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
            ``"irrelevant"`` (nothing in it looks like an entry point) or ``"error"``.
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
        self._needles = _needles(plan.settings)

    def __reduce__(self) -> tuple[object, ...]:
        """In another process that is not a fork of this one, it learns anew."""
        return type(self), (self.plan,)

    @cached_property
    def _words(self) -> re.Pattern[bytes]:
        """The needles as whole words: no ``def main_worker``, nobody rehydrated."""
        return re.compile(rb"\b(?:%b)\b" % b"|".join(self._needles))

    @property
    def _takes_all(self) -> bool:
        return self.plan.settings.select in (None, "all")

    @cached_property
    def judge(self) -> Judge:
        """Decides which scripts run HPO; knows the first-party modules."""
        from codemod.program.selection import Judge

        return Judge(self.plan.settings)

    def _resolver(self, path: str, data: bytes) -> Resolver:
        return _OnDemand(lambda: self._first_party(path, data))

    def _first_party(self, path: str, data: bytes) -> FirstParty:
        from codemod.program.resolver import Answers, FirstParty

        if self._answers is None:
            self._answers = Answers()
        return FirstParty(self.judge.project, path, self._answers, data=data)

    def glance(self, path: str, named: bool) -> Result | None:
        """Look at a file's bytes only. Never raises.

        Returns:
            The result, or ``None`` where it takes a look at the syntax.
        """
        result = Result(path, named, "irrelevant")
        try:
            return None if self._relevant(path, named) else result
        except Exception as error:  # one bad file never stops the others
            return _failed(result, error)

    def process(self, path: str, named: bool) -> Result:
        """Inspect a file and, if the plan says so, change it. Never raises."""
        result = Result(path, named, "irrelevant")
        try:
            snapshot = self._relevant(path, named)
            if snapshot is None:
                return result
            result, script = self.examine(result, snapshot.data)
            if script is None or not self._makes_changes:
                return result
            changed = self.change(result, snapshot.data, script)
            if self.plan.write and changed.after is not None:
                files.replace(path, snapshot, changed.after)
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

    def _relevant(self, path: str, named: bool) -> Snapshot | None:
        """A file whose bytes look as if it had an entry point."""
        # Taken at its word, a file is parsed even where nothing in it looks like an
        # entry point: who names a script wants to know that it is no Python.
        needles = () if named and self._takes_all else self._needles
        snapshot = files.read(path, needles)
        if snapshot is None or self._words.search(snapshot.data):
            return snapshot
        if not needles:
            source.parse(snapshot.data)
        return None

    def examine(self, result: Result, data: bytes) -> tuple[Result, Script | None]:
        """Decide what a script's bytes need, without LibCST.

        Returns:
            The result, and the script where it is to be changed.

        Raises:
            SourceError: They cannot be read as Python.
        """
        from codemod.edits.apply import inspect
        from codemod.program.selection import skipped

        if skipped(data):
            return result._replace(status="skipped"), None
        script = self._script(result.path, data)
        findings = inspect(script, self.plan.settings)
        if self.plan.settings.remove:
            return result._replace(status="changed", findings=findings), script
        result = self._decide(result, data, script, findings)
        return result, script if result.status == "changed" else None

    def _script(self, path: str, data: bytes) -> Script:
        from codemod.program.entrypoints import read

        resolver = self._resolver(path, data)
        return read(data, self.plan.settings.entry == "any", resolver)

    def _decide(
        self, result: Result, data: bytes, script: Script, findings: tuple[Finding, ...]
    ) -> Result:
        from codemod.program.selection import selected

        entries = tuple(Entry(e.name, e.kind, *e.position) for e in script.entries)
        result = result._replace(entries=entries, findings=findings)
        if not entries:
            return result._replace(status="no-entry")
        verdicts = self.plan.explain or self.plan.verdicts
        if not findings and not verdicts:
            return result._replace(status="unchanged")  # whatever it imports
        select = self.plan.settings.select or ("all" if result.named else "hpo")
        if select != "all" or verdicts or self.plan.write:
            verdict = self.judge.judge(result.path, data)
            result = result._replace(verdict=verdict)
            if not selected(verdict, select):
                return result._replace(status="not-selected")
        needs_change = any(finding.fixable for finding in findings)
        return result._replace(status="changed" if needs_change else "unchanged")

    def change(self, result: Result, data: bytes, script: Script) -> Result:
        """Change a script that was examined; the result gets the bytes.

        Raises:
            SourceError: It cannot be changed safely.
        """
        from codemod.edits.apply import change

        path = result.path
        after = change(script, self.plan.settings, lambda new: self._script(path, new))
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
    result = Result(path, True, "irrelevant")
    try:
        result, script = runner.examine(result, data)
        return runner.change(result, data, script) if script else result
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
    while edits < alone and (candidate := next(rest, None)):
        result = runner.process(candidate.path, candidate.named)
        edits += result.status == "changed"
        yield result
    yield from _go_on(runner, rest)


def _edits_alone(plan: Plan) -> float:
    """How many files are changed before workers help with the rest."""
    jobs = plan.settings.jobs
    if jobs == 1 or not (plan.write or plan.contents):
        return math.inf
    return _EDITS_ALONE if jobs is None else 1


def _go_on(runner: Runner, candidates: Iterator[Candidate]) -> Iterator[Result]:
    """Process the rest of the files, in worker processes where that pays."""
    looked = [(c, runner.glance(c.path, c.named)) for c in candidates]
    scripts = sum(result is None for _, result in looked)
    workers = _workers(runner.plan.settings.jobs, scripts)
    if workers > 1:
        from codemod.run import pool

        if pool.can_start():
            yield from pool.process_all(runner, looked, workers)
            return
    for candidate, result in looked:
        yield result or runner.process(candidate.path, candidate.named)


def _workers(jobs: int | None, scripts: int) -> int:
    if jobs is None:
        jobs = _processors() if scripts >= _POOL_PAYS_FROM else 1
    return min(jobs, scripts, _MOST_WORKERS)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _needles(settings: Settings) -> tuple[bytes, ...]:
    """What a file contains that may need something."""
    if settings.remove:
        from codemod.edits.registry import all_edits

        return tuple(edit.trace for edit in all_edits())
    return (*_NEEDLES, b"__main__") if settings.entry == "any" else _NEEDLES


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
