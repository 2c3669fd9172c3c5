"""Results -> what people read: lines, diffs, explanations, and a summary."""

from __future__ import annotations

from collections import Counter
from typing import Any

from codemod.report.base import NO_PLACE, Report, is_explained
from codemod.report.explain import HOW, explanation, fault
from codemod.report.terminal import Terminal, printable, safe
from codemod.run.result import Plan, Result

__all__ = ["Report", "TextReport", "make_report"]


class TextReport(Report):
    """Prints results as they come, then sums up.

    Args:
        plan: What the run does.
        sink: Where lines go.
        level: 0 for errors only, 1 for changes, 2 for every file.
    """

    def __init__(self, plan: Plan, sink: Terminal, level: int) -> None:
        super().__init__(plan, sink)
        self._level = level
        self._threaded: list[tuple[str, str]] = []
        self._to_mend = 0
        self._is_named = False
        self._left_out: Counter[str] = Counter()
        self._without_place = 0

    def show(self, result: Result) -> None:
        """Print what people want to read about a file."""
        if result.status == "error":
            return
        self._remember(result)
        path = printable(result.path)
        if self._explains(result):
            lines = explanation(result, self.plan.settings.select)
            self.sink.output("".join(lines).encode())
            if not self.plan.contents:
                return
        if self.plan.contents and (diff := self._diff(path, result)):
            self.sink.output(diff)
        text = self._line(path, result)
        if text and self.plan.explain and result.status != "changed":
            self.sink.output(f"{safe(text)}\n".encode())
        elif text:
            self.sink.message(text)
        for finding in result.findings:
            if self._level and not finding.fixable:
                self.sink.message(f"{path}:{finding.line}: {finding.message}")

    def _diff(self, path: str, result: Result) -> bytes:
        if result.before is None or result.after is None:
            return b""
        from codemod.report.diff import unified_diff

        coloured = self.sink.colours_output
        return b"".join(unified_diff(path, result.before, result.after, coloured))

    def _remember(self, result: Result) -> None:
        """Keep what the summary tells, beyond how many files there were."""
        self._is_named |= result.named
        self._without_place += result.has_no_place
        self._to_mend += result.status == "unchanged" and bool(result.findings)
        if result.status == "not-selected":
            self._left_out["affected" if result.is_affected else "hpo"] += 1
        if result.verdict is None or result.is_repaired or not result.is_affected:
            return
        is_run = result.status in ("changed", "unchanged")
        if is_run and result.verdict.how == "threads":
            self._threaded.append((result.path, result.verdict.why))

    def _explains(self, result: Result) -> bool:
        """Whether the ways are shown; the lines of a notebook's are not the file's."""
        if not self.plan.explain or result.status == "notebook":
            return False
        return is_explained(result, self._level > 1)

    def note(self, path: str, message: str) -> None:
        """Print something about a path that is neither a result nor an error."""
        if self._level:
            self.sink.message(f"{printable(path)}: {message}")

    def finish(self, summary: bool = True, nothing: str = "") -> None:
        """Print the summary, and what threads may do beyond the race."""
        if not summary or self._level == 0:
            return
        if nothing and not self.counts:
            self.sink.message(f"nothing to do: {nothing}")
            return
        self.sink.message(self._summary())
        if self._threaded and self.plan.write and not self.plan.settings.remove:
            self.sink.message(self._about_threads())

    def _about_threads(self) -> str:
        """What the guard does not prevent, where trials run in threads."""
        (path, why), others = self._threaded[0], len(self._threaded) - 1
        files = "1 more file" if others == 1 else f"{others:,} more files"
        more = f" and {files}" if others else ""
        return (
            f"{printable(path)}{more}: trials run {HOW['threads']} ({printable(why)}), "
            f"which can break models that they load or train: see {_THREADS_PAGE}"
        )

    def _line(self, path: str, result: Result) -> str | None:
        """The line about one file, if this level wants one."""
        if self._level == 0:
            return None
        if result.status == "changed":
            return f"{self._verb()} {path}"
        if result.status == "notebook":
            return f"{path}: {result.message}"
        if result.has_no_place:
            return f"{path}: {NO_PLACE}"
        unread = result.verdict.unread if result.verdict else None
        if result.status == "not-selected" and unread:
            return f"{path}: {_UNTOLD}: {fault(unread)}"
        if result.status == "skipped" and (self.plan.explain or self._level > 1):
            place = f":{result.line}" if result.line else ""
            return f"{path}{place}: {result.message}"
        is_nothing = result.status in ("no-entry", "irrelevant")
        # A hook names every file of a commit, and selects: it is spared this line.
        takes_all = self.plan.settings.select in (None, "all")
        if is_nothing and result.named and takes_all:
            return f"{path}: {self._nothing_in(result)}"
        if self._level == 1:
            return None
        if result.status == "not-selected" and result.verdict:
            if result.verdict.name == "hpo":
                return f"{path}: starts trials, but they do not lead to transformers"
            return f"{path}: its trials run {HOW[result.verdict.how]}"
        if result.status == "unchanged" and result.findings:
            return None  # which say it
        return f"{path}: {_REASONS.get(result.status) or self._nothing_in(result)}"

    def _nothing_in(self, result: Result) -> str:
        """Why a file needs nothing."""
        if self.plan.settings.remove:
            return "nothing of eager-codemod in it"
        if result.status == "irrelevant":
            return "starts no trials"
        if self.plan.settings.entry == "any":
            return "no main() and no __main__ block"
        return _NO_ENTRY

    def _verb(self) -> str:
        if self.plan.settings.remove:
            return "restored" if self.plan.write else "would restore"
        return "patched" if self.plan.write else "would patch"

    def _summary(self) -> str:
        done = "restored" if self.plan.settings.remove else "patched"
        done = done if self.plan.write else f"would be {done}"
        outcomes = (
            (self.counts["changed"], "file", done),
            (self._without_place, "file", "without a place for the call"),
            (self.counts["unchanged"] - self._to_mend, "file", "already fine"),
            (self._to_mend, "file", "left alone, see above"),
            (self.counts["not-selected"], "file", "with other trials left out"),
            (self.counts["skipped"], "file", "skipped by a comment"),
            (self.counts["error"], "file", "failed"),
            (self.counts["notebook"], "notebook", "left alone"),
        )
        parts = [
            f"{count:,} {noun}{'' if count == 1 else 's'} {outcome}"
            for count, noun, outcome in outcomes
            if count
        ]
        if not parts:
            return f"nothing to do: {self._nothing()}"
        return ", ".join(parts) + self._hint()

    def _hint(self) -> str:
        """Which selection takes the scripts that were left out."""
        if not self._left_out:
            return ""
        why = "" if self.plan.explain else "--explain says why, "
        if len(self._left_out) == 1:
            return f"; {why}--select {next(iter(self._left_out))} takes them"
        count = self._left_out["affected"]
        return f"; {why}--select affected takes {count:,} of them, --select hpo all"

    def _nothing(self) -> str:
        if self.plan.settings.remove:
            return "nothing of eager-codemod in any file"
        select = self.plan.settings.select or ("all" if self._is_named else "affected")
        if select == "all":
            return "no script with an entry point"
        if select == "hpo":
            return "no script that starts trials"
        return "no script whose trials lead to transformers"


_THREADS_PAGE = (
    "https://github.com/eager-codemod/eager-codemod/blob/main/docs/threads.md"
)
_NO_ENTRY = (
    "no entry point (a main() that parses arguments, or @hydra.main); "
    "--entry any takes any main(), or the __main__ block"
)
_UNTOLD = "starts trials; whether they lead to transformers cannot be told"
_REASONS = {
    "unchanged": "nothing to do",
    "large": "larger than 1 MiB, passed over",
}


def make_report(plan: Plan, table: dict[str, Any], sink: Terminal) -> Report:
    """The report in the format that the settings ask for.

    Args:
        plan: What the run does.
        table: The options by name: ``output-format``, ``quiet``, ``verbose``.
        sink: Where it goes.
    """
    output_format = table.get("output-format", "text")
    if output_format != "text":
        from codemod.report.machine import MachineReport

        return MachineReport(plan, sink, output_format)
    level = 0 if table.get("quiet") else 2 if table.get("verbose") else 1
    return TextReport(plan, sink, level)
