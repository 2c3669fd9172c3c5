"""Costs -> Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.measuring import Cost
from benchmarks.works import Target, Work

__all__ = ["lines"]

_HEAD = """\
| command | wall | | CPU | | memory | {rate} | runs |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


def lines(work: Work, costs: Mapping[str, Cost]) -> Iterator[str]:
    """The table of a work, and what became of its targets."""
    yield f"### {work.title}"
    yield ""
    yield _HEAD.format(rate="files a second" if work.files > 1 else "")
    base = next(iter(costs.values()))
    for name, cost in costs.items():
        rate = f"{work.files / cost.wall:,.0f}" if work.files > 1 else ""
        yield (
            f"| {name} | {_time(cost.wall)} | {_ratio(cost.wall, base.wall)} "
            f"| {_time(cost.cpu)} | {_ratio(cost.cpu, base.cpu)} "
            f"| {cost.memory / 2**20:.0f} MiB | {rate} | {cost.runs} |"
        )
    yield ""
    for target in work.targets:
        yield f"* {_judged(target, costs)}"
    yield ""


def _judged(target: Target, costs: Mapping[str, Cost]) -> str:
    sign = ">=" if target.at_least else "<="
    goal = f"target {sign} {target.limit:g} {target.text}"
    try:
        value = target.figure(costs)
    except KeyError as missing:
        return f"{goal}: not measured, {missing.args[0]} is missing"
    verdict = "met" if target.is_met(value) else "**missed**"
    return f"{goal}: {value:.3g}, {verdict}"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def _ratio(value: float, base: float) -> str:
    ratio = value / base
    return f"{ratio:,.0f} x" if ratio >= 100 else f"{ratio:.3g} x"
