"""Commands -> what they cost, measured side by side."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

__all__ = ["BenchmarkError", "Command", "Cost", "interleaved", "run"]

_CHILD = Path(__file__).with_name("child.py")
# What would make a Python, or a tool, behave other than on the next machine.
_OF_THIS_SHELL = ("PYTHON", "VIRTUAL_ENV", "RUFF_", "BLACK_", "FORCE_COLOR", "RIPGREP_")


class BenchmarkError(Exception):
    """A command that did not do what it is measured on."""


@dataclass(frozen=True)
class Command:
    """Something to measure.

    Attributes:
        name: What the table calls it.
        argv: Program, absolute, and arguments.
        statuses: The exit statuses that mean it did its work.
        folder: Where it runs; the current folder where it is left out.
        slow: Whether a single run takes so long that one is enough.
        environment: Variables to add.
    """

    name: str
    argv: tuple[str, ...]
    statuses: tuple[int, ...] = (0,)
    folder: Path | None = None
    slow: bool = False
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cost:
    """What one run cost, or the medians of several.

    Attributes:
        wall: Seconds from start to end.
        cpu: Processor seconds of the process and of those it waited for.
        memory: The peak memory of the largest of these, in bytes.
        runs: The number of runs behind the figures.
        output: The first kilobytes that the last run printed.
    """

    wall: float
    cpu: float
    memory: float
    runs: int = 1
    output: str = ""


def run(command: Command) -> Cost:
    """Run a command once.

    Raises:
        BenchmarkError: Its exit status says that it did not do its work.
    """
    with tempfile.NamedTemporaryFile() as output:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_CHILD), output.name, *command.argv],
            cwd=command.folder,
            env={**_environment(), **dict(command.environment)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        printed = output.read(20_000).decode(errors="replace")
    status, wall, cpu, memory = map(float, done.stdout.split())
    if int(status) not in command.statuses:
        raise BenchmarkError(
            f"{command.name}: exit status {int(status)}\n{printed[-2000:]}"
        )
    return Cost(wall, cpu, memory, output=printed)


def interleaved(
    commands: list[Command], runs: int, prepare: Callable[[], None] | None = None
) -> dict[str, Cost]:
    """Run commands in turns, so that all meet the same moods of the machine.

    Args:
        commands: What to measure; those that are slow run once.
        runs: How often the others run, after one run that does not count.
        prepare: Called before every run, and not measured.

    Returns:
        The medians, by the commands' names, in their order.
    """
    costs: dict[str, list[Cost]] = {command.name: [] for command in commands}
    for turn in range(runs + 1):
        for command in commands:
            if command.slow and turn > 0:
                continue
            if prepare:
                prepare()
            cost = run(command)
            if turn > 0 or command.slow:
                costs[command.name].append(cost)
    return {name: _medians(each) for name, each in costs.items()}


def _medians(costs: list[Cost]) -> Cost:
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
        len(costs),
        costs[-1].output,
    )


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_OF_THIS_SHELL)
    } | {"NO_COLOR": "1", "TERM": "dumb", "PYTHONHASHSEED": "0"}
