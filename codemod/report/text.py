"""Results -> what people and machines read. Owns the counters and the exit status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from codemod.report.terminal import Terminal
from codemod.run.runner import Plan, Result

__all__ = ["Report", "explanation", "make_report", "printable", "unified_diff"]


class Report:
    """Reports results as they come, then sums up.

    Args:
        plan: What the run does.
        sink: Where lines go.
        level: 0 for errors only, 1 for changes, 2 for every file.
        diff: Whether changes are shown as a diff.
        colour: Whether diffs are coloured.
    """

    def __init__(
        self, plan: Plan, sink: Terminal, *, level: int, diff: bool, colour: bool
    ) -> None:
        self.sink = sink
        self._plan = plan
        self._level = level
        self._diff = diff
        self._colour = colour
        self._counts: Counter[str] = Counter()
        self._affected = 0
        self._has_named_any = False

    @property
    def status(self) -> int:
        """The exit status: 2 for any error, 1 for a check that found something."""
        if self._counts["error"]:
            return 2
        dry = not self._plan.write and not self._plan.explain
        return int(dry and self._counts["changed"] > 0)

    def add(self, result: Result) -> None:
        """Count a result and print what there is to say about it."""
        self._counts[result.status] += 1
        if result.status in _LOOKED_AT and result.verdict:
            self._affected += result.verdict.name == "affected"
        if result.status == "error":
            self._complain(result)
            return
        path = printable(result.path)
        if self._plan.explain and result.verdict:
            self.sink.output("".join(explanation(result)).encode())
            return
        if self._diff and result.before is not None and result.after is not None:
            lines = unified_diff(path, result.before, result.after, self._colour)
            self.sink.output(b"".join(lines))
        if text := self._line(path, result):
            self.sink.message(text)
        for finding in result.findings:
            if self._level and not finding.fixable and result.status in _LOOKED_AT:
                self.sink.message(f"{path}:{finding.line}: {finding.message}")

    def fail(self, path: str, message: str) -> None:
        """Count and print an error that is about no script, such as a missing path."""
        self.add(Result(path, True, "error", message=message))

    def finish(self, summary: bool = True) -> None:
        """Print what is left to say when all results are in.

        Args:
            summary: Whether people want to read how many files there were.
        """
        if summary and self._level > 0:
            self.sink.message(self._summary())
            if self._mentions_loading():
                self.sink.message(_LOADING_HINT)

    def _mentions_loading(self) -> bool:
        """Whether a plain run met scripts that the third edit is for."""
        settings = self._plan.settings
        plain = self._plan.write and not settings.remove
        return plain and self._affected > 0 and _LOADING not in settings.edits

    def _complain(self, result: Result) -> None:
        place = _position(printable(result.path), result)
        self.sink.message(f"{place}: {result.message}", "red")

    def _line(self, path: str, result: Result) -> str | None:
        """The line about one file, if this level wants one."""
        if self._level == 0:
            return None
        if result.status == "changed":
            return f"{self._verb()} {path}"
        no_entry = result.status == "no-entry" or (
            result.status == "irrelevant" and not self._plan.settings.remove
        )
        if no_entry and result.named and self._takes_all():
            self._has_named_any = True
            return f"{path}: {_NO_ENTRY}"
        if self._level == 1:
            return None
        if result.status == "irrelevant" and self._plan.settings.remove:
            return f"{path}: no guard in it"
        return f"{path}: {_REASONS[result.status]}"

    def _takes_all(self) -> bool:
        """Whether a file that is named is meant to have an entry point.

        A hook names every file of a commit, and selects.
        """
        return self._plan.settings.select in (None, "all")

    def _verb(self) -> str:
        if self._plan.settings.remove:
            return "restored" if self._plan.write else "would restore"
        return "patched" if self._plan.write else "would patch"

    def _summary(self) -> str:
        parts = []
        if count := self._counts["changed"]:
            done = "restored" if self._plan.settings.remove else "patched"
            parts.append(
                f"{_files(count)} {'' if self._plan.write else 'would be '}{done}"
            )
        for status, text in _SUMMARIES:
            if count := self._counts[status]:
                parts.append(f"{_files(count)} {text}")
        if not parts:
            return f"nothing to do: no script with {self._missing()}"
        hint = ""
        if self._counts["not-selected"]:
            why = "" if self._plan.explain else "--explain says why, "
            hint = f"; {why}--select all takes them"
        return ", ".join(parts) + hint

    def _missing(self) -> str:
        if self._plan.settings.remove:
            return "the guard"
        if self._plan.settings.entry == "any":
            return "a main() or a __main__ block"
        return "an entry point" + ("" if self._has_named_any else f"; {_ANY}")


_LOADING = "thread-safety"
_LOADING_HINT = (
    f"threads that load models on transformers 4 can break them: see --with {_LOADING}"
)
_ANY = "--entry any takes any main()"
_NO_ENTRY = f"no entry point (a main() that parses arguments, or @hydra.main); {_ANY}"
_LOOKED_AT = ("changed", "unchanged")
_REASONS = {
    "unchanged": "nothing to do",
    "no-entry": _NO_ENTRY,
    "not-selected": "an entry point, but no HPO script",
    "skipped": "skipped by its comment",
    "irrelevant": "no main() and no hydra",
}
_SUMMARIES = (
    ("unchanged", "already fine"),
    ("not-selected", "with an entry point but no HPO script"),
    ("skipped", "skipped by a comment"),
    ("error", "failed"),
)


def _files(count: int) -> str:
    return f"{count:,} file{'' if count == 1 else 's'}"


def _position(path: str, result: Result) -> str:
    if result.line is None:
        return path
    return f"{path}:{result.line}:{result.column or 1}"


def printable(path: str) -> str:
    """A path without what a terminal would act on or standard error cannot encode."""
    if path.isprintable():
        return path
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def unified_diff(
    path: str, before: bytes, after: bytes, colour: bool = False
) -> Iterator[bytes]:
    r"""The lines of a unified diff, in the file's own encoding.

    Lines end at ``\n`` only, as for git and patch.
    """
    from difflib import diff_bytes
    from difflib import unified_diff as text_diff

    name = path.encode()
    lines = diff_bytes(text_diff, _lines(before), _lines(after), name, name)
    for line in lines:
        shown = line if line.endswith(b"\n") else line + b"\n" + _NO_NEWLINE
        yield _coloured(shown) if colour else shown


_NO_NEWLINE = b"\\ No newline at end of file\n"
_COLOURS = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _coloured(line: bytes) -> bytes:
    start = _COLOURS.get(line[:1])
    if line.startswith((b"+++", b"---")):
        start = b"\x1b[1m"
    return start + line.rstrip(b"\n") + b"\x1b[0m\n" if start else line


_VERDICTS = {
    "affected": "affected",
    "hpo": "hpo, without transformers",
    "none": "no HPO script",
}


def explanation(result: Result) -> Iterator[str]:
    """The lines on why a script is patched, or not; none without an entry point."""
    verdict = result.verdict
    if verdict is None:
        return
    names = ", ".join(f"{entry.name}:{entry.line}" for entry in result.entries)
    taken = ", not selected" if result.status == "not-selected" else ""
    yield f"{printable(result.path)}: {_VERDICTS[verdict.name]}{taken} ({names})\n"
    trails = [
        ("HPO", verdict.hpo),
        ("threads", verdict.threads),
        ("transformers", verdict.transformers),
    ]
    for label, trail in trails:
        if trail:
            yield f"  {label}: {' -> '.join(map(printable, trail))}\n"


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
    return Report(
        plan, sink, level=level, diff=plan.contents, colour=sink.colours_output
    )
