"""One file; many files; the pool. Decides nothing about Python, prints nothing.

Most files need nothing and are rejected by a look at their bytes, the rest is decided
by `ast`, and LibCST is imported only for a file that is going to change.
"""

from __future__ import annotations

import gc
import math
import os
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from codemod.errors import end_if_told_to, unforeseen
from codemod.python.source import MAX_BYTES, Source, SourceError, parse
from codemod.run.files import FileError, Files, Snapshot, TooLargeError
from codemod.run.result import SKIPPED, Plan, Result, entry_of
from codemod.search.discovery import NOTEBOOK, Candidate
from codemod.settings import Settings

# What decides about a script is imported with the first file that may be one: most
# runs of a hook see none, and these imports would double their time.
if TYPE_CHECKING:
    from codemod.program.gate import Gate
    from codemod.program.place import Script
    from codemod.program.verdict import Judge, Verdict

__all__ = ["Runner", "run", "run_bytes"]

# What a script contains that is run by a function, with trials or without.
_ENTRY_SIGNS = (b"def main", b"hydra", b"__main__")
# Whether workers pay shows when there is something to change: where nothing is, a file
# costs little more than to ask another process. Forked then, they have LibCST already.
_EDITS_ALONE = 8
_POOL_PAYS_FROM = 16
_MUCH = 500_000  # objects that are new; LibCST alone has half as many
_ROOM = 16 << 10  # bytes; more than what is inserted into any script
_MOST_WORKERS = 61  # Windows can wait for no more


class Runner:
    """Processes files one by one; remembers what it learnt of first-party modules.

    Args:
        plan: What to do with them.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._gates: dict[tuple[tuple[str, ...], tuple[str, ...]], Gate] = {}
        self._judges: dict[Gate, Judge] = {}
        self._files = Files()

    def __reduce__(self) -> tuple[object, ...]:
        """In another process that is not a fork of this one, it learns anew."""
        return type(self), (self.plan,)

    def close(self) -> None:
        """Close what is open when a run is over."""
        self._files.close()

    def gate(self, settings: Settings) -> Gate:
        """What looks first at the files that settings hold for."""
        from codemod.program.gate import make_gate
        from codemod.search.reading import read_regular

        key = settings.hpo_libraries, settings.transformers_libraries
        if key not in self._gates:
            self._gates[key] = make_gate(read_regular, *key)
        return self._gates[key]

    def judge(self, settings: Settings) -> Judge:
        """What decides about the scripts that settings hold for."""
        from codemod.program.verdict import Judge

        gate = self.gate(settings)
        if gate not in self._judges:
            own = settings.hpo_libraries, settings.transformers_libraries
            self._judges[gate] = Judge(None, *own, gate)
        return self._judges[gate]

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
            snapshot = self._files.read(candidate.path, candidate.given)
            return snapshot if self._is_relevant(candidate, snapshot.data) else result
        except TooLargeError as error:
            if _is_taken(candidate):
                return _failed(result, error)
            return result._replace(status="large")
        except Exception as error:  # one bad file never stops the others
            return _failed(result, error)

    def _is_relevant(self, candidate: Candidate, data: bytes) -> bool:
        settings = candidate.settings
        if candidate.path.endswith(NOTEBOOK):
            return not settings.remove and self._is_notebook_relevant(candidate, data)
        if settings.remove:
            from codemod.edits.registry import all_edits

            return any(edit.trace in data for edit in all_edits())
        if _is_taken(candidate):  # who names a script wants to hear of it
            return True
        if settings.select == "all" and any(sign in data for sign in _ENTRY_SIGNS):
            return True
        path = candidate.path
        if not self.gate(settings).passes(path, data):
            return False
        return self.judge(settings).may_lead(path, data)

    def _is_notebook_relevant(self, candidate: Candidate, data: bytes) -> bool:
        """As for scripts; one that is damaged matters where it says such things."""
        if _is_taken(candidate):
            return True
        from codemod.search.notebooks import rough_code

        path = os.path.abspath(candidate.path)
        return self.gate(candidate.settings).leads(path, rough_code(data))

    def finish(self, candidate: Candidate, snapshot: Snapshot) -> Result:
        """Do with a file that was read what is to be done. Never raises."""
        result = Result(candidate.path, candidate.named, "irrelevant")
        try:
            if candidate.path.endswith(NOTEBOOK):
                from codemod.run.notebook import look

                judge = self.judge(candidate.settings)
                return look(result, snapshot.data, candidate.settings, judge)
            result = self.apply(result, snapshot.data, candidate.settings)
            if self.plan.write and result.after is not None:
                self._files.replace(
                    candidate.path, snapshot, result.after, candidate.given
                )
            if result.after is not None:
                _collect()
            if self.plan.contents:
                return result
            return result._replace(before=None, after=None)
        except Exception as error:  # one bad file never stops the others
            return _failed(result, error)

    def apply(self, result: Result, data: bytes, settings: Settings) -> Result:
        """Decide what a script's bytes need, and change them if that is wanted.

        Returns:
            The result; where the bytes change, with both.

        Raises:
            SourceError: They cannot be read as Python, or not be changed safely.
        """
        from codemod.edits.apply import change
        from codemod.search.skip import skip_line

        if line := skip_line(data):
            return result._replace(status="skipped", message=SKIPPED, line=line)
        result, script = self.examine(result, data, settings)
        if script is None:
            return result
        names = sum(len(name) + 80 for name in settings.load)
        if not settings.remove and len(data) + _ROOM + names > MAX_BYTES:
            raise SourceError("too close to 1 MiB to insert anything, left alone")
        # Whether they differ `ast` has decided, but not for --remove.
        if not (self.plan.write or self.plan.contents or settings.remove):
            return result

        def read(new: bytes) -> Script:
            source = parse(new)
            return self._judged(result.path, source, settings)[1]

        after = change(script, settings, read)
        if after == data:
            return result._replace(status="unchanged")
        return result._replace(before=data, after=after)

    def examine(
        self, result: Result, data: bytes, settings: Settings
    ) -> tuple[Result, Script | None]:
        """Decide what a script's bytes need, without LibCST.

        Returns:
            The result, and the script where it is to be changed.

        Raises:
            SourceError: They cannot be read as Python.
        """
        from codemod.edits.apply import inspect
        from codemod.program.place import Script
        from codemod.program.verdict import selected

        source = self.judge(settings).parsed(data)
        if settings.remove:
            script = Script(source, ())
            found = inspect(script, settings)
            return result._replace(status="changed", findings=found), script
        verdict, script = self._judged(result.path, source, settings)
        repaired = "thread-safety" in settings.edits or b"make_thread_safe()" in data
        result = result._replace(verdict=verdict, is_repaired=repaired)
        if not selected(verdict, _select(settings, result.named)):
            status = "irrelevant" if verdict.name == "none" else "not-selected"
            return result._replace(status=status), None
        if not script.entries:
            return result._replace(status="no-entry"), None
        found = inspect(script, settings)
        entries = tuple(entry_of(entry, source) for entry in script.entries)
        result = result._replace(entries=entries, findings=found)
        if any(finding.fixable for finding in found):
            return result._replace(status="changed"), script
        return result._replace(status="unchanged"), None

    def _judged(
        self, path: str, source: Source, settings: Settings
    ) -> tuple[Verdict, Script]:
        from codemod.program.place import Script

        judged = self.judge(settings).judge(path, source, settings.entry == "any")
        return judged.verdict, Script(source, judged.entries)


def _select(settings: Settings, named: bool) -> str:
    """Which scripts are taken; a file that is named is, whatever it does."""
    return settings.select or ("all" if named else "affected")


def run_bytes(path: str, data: bytes, plan: Plan) -> Result:
    """Process a script that was read from standard input; no file is touched.

    Args:
        path: What it is called; imports are followed from there.
        data: Its bytes.
        plan: What to do with it; the result carries the new bytes if they differ.
    """
    runner = Runner(plan._replace(contents=True))
    # An editor passes whatever is saved: it is selected as what is found.
    result = Result(path, False, "irrelevant")
    try:
        return runner.apply(result, data, plan.settings)
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


def _is_taken(candidate: Candidate) -> bool:
    """Whether a file is taken at its word: a hook names files too, and selects."""
    return candidate.named and _select(candidate.settings, True) == "all"


def _collect() -> None:
    """Free what changes leave behind, where Python is told not to look itself."""
    if not gc.isenabled() and gc.get_count()[0] > _MUCH:
        gc.collect()
        gc.freeze()  # what is kept is not looked at again


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
        end_if_told_to(error)
        said = " ".join(unforeseen(error).split())
        message = f"left alone after an internal error, please report: {said}"
    return result._replace(status="error", message=message, line=line, column=column)
