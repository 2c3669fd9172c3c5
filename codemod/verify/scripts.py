"""Which scripts are verified, and what of each: those that a plain run would guard."""

from __future__ import annotations

from codemod.edits.guard import FUNCTION, GUARD
from codemod.edits.thread_safety import THREAD_SAFETY
from codemod.program.place import Script
from codemod.program.verdict import Judge, Verdict, selected
from codemod.python.source import parse
from codemod.run.result import SKIPPED, Plan, Result
from codemod.run.runner import Runner
from codemod.search.discovery import Candidate
from codemod.search.skip import skip_line
from codemod.settings import Settings
from codemod.verify import guards, loading, order
from codemod.verify.names import trials
from codemod.verify.target import Target

__all__ = ["Collector", "make_target"]

_TRACES = (GUARD.trace, THREAD_SAFETY.trace)


class Collector(Runner):
    """Looks at files as a plain run does, and collects what is to be verified.

    Args:
        settings: Those that hold for the run as a whole.

    Attributes:
        targets: The scripts, as far as they were processed.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(Plan(settings, write=False))
        self.targets: list[Target] = []

    def _is_relevant(self, candidate: Candidate, data: bytes) -> bool:
        """Whoever has a guard wants to know about it, whatever would be selected."""
        return _has_trace(data) or super()._is_relevant(candidate, data)

    def apply(self, result: Result, data: bytes, settings: Settings) -> Result:
        """Collect a script; see :func:`make_target`."""
        if not _has_trace(data) and (line := skip_line(data)):
            return result._replace(status="skipped", message=SKIPPED, line=line)
        judge = self.judge(settings)
        target = make_target(result.path, data, judge, settings)
        if target is not None:
            self.targets.append(target)
        return result._replace(status="unchanged")


def make_target(
    path: str, data: bytes, judge: Judge, settings: Settings
) -> Target | None:
    """Read what is to be verified from a script.

    Args:
        path: The script.
        data: Its bytes.
        judge: Says what it does.
        settings: Those that hold for it.

    Returns:
        ``None`` for a script that has no guard and needs none.

    Raises:
        SourceError: The script does not parse.
    """
    source = parse(data)
    judged = judge.judge(path, source, settings.entry == "any")
    script = Script(source, judged.entries)
    verdict, module = judged.verdict, judged.module
    leads = verdict.name != "none"
    guard = guards.find(module)
    obstacle = ""
    if guard is not None:
        if not leads and not guards.calls_of(FUNCTION, module.tree):
            return None  # a module that has the guard of others
        guard = order.checked(guard, GUARD, script, leads)
    elif _is_wanted(verdict, settings):
        obstacle = order.obstacle(script)
    else:
        return None
    repairs = loading.find(module)
    if repairs is not None:
        repairs = order.checked(repairs, THREAD_SAFETY, script, leads)
    return Target(path, guard, trials(judged.reach), repairs, obstacle)


def _is_wanted(verdict: Verdict, settings: Settings) -> bool:
    """Whether a plain run over a folder would guard a script, for its trials' sake."""
    select = settings.select or "affected"
    return verdict.name == "affected" and selected(verdict, select)


def _has_trace(data: bytes) -> bool:
    return any(trace in data for trace in _TRACES)
