"""Measure how often trials in threads fail to import transformers, and the cure.

    python -m benchmarks.race                   # every version, without torch
    python -m benchmarks.race --torch           # the same with torch==2.13.0
    python -m benchmarks.race --transformers 4.57.1 --python 3.11 --repeat 3

For each environment three guards run in the main thread before the threads start:
nothing, the four names that people wrote by hand, and what eager-codemod inserts. In
*trials*, eight threads import one name each, in processes that count as failed when one
import fails: as it comes (*natural*), and with each package that replaces itself kept
open for some milliseconds (*widened*). In *everything*, sixteen threads import all
configurations, tokenizers, processors and models that the version has, widened.

The environments are made with pip, once, in the folder that ``--cache`` names; where
pip looks for torch is for pip's own settings to say (``PIP_EXTRA_INDEX_URL``). Markdown
goes to standard output, progress to standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.race_environments import (
    NEWEST,
    Environment,
    NotInstallableError,
    environment,
    interpreters,
)
from codemod.edits import guard

VERSIONS = ("4.40.2", "4.46.3", "4.57.1", "4.57.6", "5.0.0", NEWEST)
#: The version that is measured on every Python, or else the first that installs there.
COMMON = ("4.57.1", "4.46.3")
TORCH = "torch==2.13.0"
TRIAL_THREADS = 8
ALL_THREADS = 16

_TRIAL_NAMES = (
    "AlbertConfig",
    "AutoTokenizer",
    "BertTokenizerFast",
    "DistilBertConfig",
    "ElectraConfig",
    "GPT2TokenizerFast",
    "LlamaTokenizerFast",
    "T5Config",
)
_TRIAL_NAMES_WITH_TORCH = (
    "AlbertModel",
    "AutoTokenizer",
    "BertModel",
    "DistilBertModel",
    "ElectraModel",
    "GPT2Model",
    "LlamaTokenizerFast",
    "T5Model",
)
_ORIGINAL = """\
try:
    from transformers import AutoConfig, BertConfig, DebertaV2Config, RobertaConfig
except ImportError:
    pass
"""
_TRIAL = """\
from transformers import AutoConfig, AutoTokenizer, BertTokenizerFast
AutoConfig.for_model("bert")
"""
_TRIAL_WITH_TORCH = """\
from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
AutoModelForSequenceClassification.from_config(AutoConfig.for_model(
    "bert", vocab_size=8, hidden_size=8, intermediate_size=8,
    num_hidden_layers=1, num_attention_heads=1,
))
"""


def guard_source() -> str:
    """The guard that the command inserts, and a call to it."""
    return f"{guard.render()}\n{guard.FUNCTION}()\n"


GUARDS = {"nothing": "", "four names": _ORIGINAL, "eager-codemod": guard_source()}


@dataclass
class Cell:
    """How many of some processes or names failed, and with which errors."""

    failed: int = 0
    total: int = 0
    errors: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """The cell of a table: failures in bold, so that they stand out."""
        return (
            f"**{self.failed}** of {self.total}"
            if self.failed
            else f"0 of {self.total}"
        )


@dataclass(frozen=True)
class Subject:
    """An environment to measure, with its names for the tables."""

    python: str
    transformers: str
    environment: Environment
    torch: bool

    def race(
        self, names: list[str], threads: int, seed: int, setup: Setup
    ) -> dict[str, str]:
        """Race threads for these names once; returns the errors by name."""
        job = {
            "do": "race",
            "names": names,
            "threads": threads,
            "seed": seed,
            "guard": GUARDS[setup.guard],
            "delay": setup.delay,
        }
        failures: dict[str, str] = self.environment.ask(job)["failures"]
        return failures


@dataclass(frozen=True)
class Setup:
    """What precedes the threads, and for how many seconds each window is kept open."""

    guard: str
    delay: float


def main() -> None:
    """Measure what the options ask for, and print the tables."""
    options = _parse()
    started = time.monotonic()
    subjects = list(_subjects(options))
    _print_names(subjects)
    _print_trials(subjects, options)
    if options.seeds:
        _print_everything(subjects, options)
    _print_costs(subjects, options)
    minutes = (time.monotonic() - started) / 60
    print(f"\n`python -m benchmarks.race {' '.join(sys.argv[1:])}`, {minutes:.0f} min.")


def _parse() -> argparse.Namespace:
    """Read the command line."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.race",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--cache",
        type=Path,
        default=cache / "eager-codemod" / "race",
        help="folder of the environments (default: %(default)s)",
    )
    add(
        "--transformers",
        action="append",
        metavar="VERSION",
        help=f"repeatable; default: {', '.join(VERSIONS)}",
    )
    add(
        "--python",
        action="append",
        metavar="3.N",
        help="repeatable; default: every Python found, the running one first. The "
        "first runs all versions of transformers, the others only 4.57.1",
    )
    add(
        "--torch",
        nargs="?",
        const=TORCH,
        default="",
        metavar="REQUIREMENT",
        help=f"measure models, with torch (default where given: {TORCH})",
    )
    add("--repeat", type=int, default=10, help="processes a cell (default: 10)")
    add(
        "--seeds",
        type=int,
        default=2,
        help="runs over everything a cell (default: 2; 0 leaves the table out)",
    )
    add(
        "--delay-ms",
        type=float,
        default=30.0,
        help="how long a window is kept open, in milliseconds (default: 30)",
    )
    return parser.parse_args()


def _subjects(options: argparse.Namespace) -> Iterator[Subject]:
    """Make the environments, one after another."""
    found = interpreters()
    pythons = options.python or list(found)
    for python in pythons:
        if python not in found:
            sys.exit(f"there is no Python {python} on this machine")
    for version in options.transformers or VERSIONS:
        yield from _subject(options, found, pythons[0], version)
    for python in pythons[1:]:
        for version in COMMON:
            made = list(_subject(options, found, python, version))
            yield from made
            if made:
                break


def _subject(
    options: argparse.Namespace, found: dict[str, Path], python: str, version: str
) -> Iterator[Subject]:
    """Make one environment, unless the version does not run on the interpreter."""
    try:
        made = environment(options.cache, python, found[python], version, options.torch)
    except NotInstallableError as error:
        print(f"{error} does not install on Python {python}", file=sys.stderr)
        return
    about = made.ask({"do": "about", "names": []})
    yield Subject(about["python"], about["transformers"], made, bool(options.torch))


def _print_names(subjects: list[Subject]) -> None:
    """Say which names a version lacks: one of them would keep the rest from loading."""
    print("| transformers | Python | names of the guard that are missing |")
    print("| --- | --- | --- |")
    for subject in subjects:
        job = {"do": "about", "names": list(guard.DEFAULT_NAMES)}
        origins = subject.environment.ask(job)["origins"]
        missing = [name for name, origin in origins.items() if ": " in origin]
        print(
            f"| {subject.transformers} | {subject.python} "
            f"| {', '.join(missing) or 'none'} |",
            flush=True,
        )


def _print_trials(subjects: list[Subject], options: argparse.Namespace) -> None:
    """The table of processes in which a trial failed."""
    _print_head(
        [f"{window}: {name}" for window in ("natural", "widened") for name in GUARDS]
    )
    errors: dict[str, Counter[str]] = {name: Counter() for name in GUARDS}
    for subject in subjects:
        cells = []
        for delay in (0.0, options.delay_ms / 1000):
            for name in GUARDS:
                cell = _trials(subject, Setup(name, delay), options.repeat)
                errors[name] += cell.errors
                cells.append(cell)
        _print_row(subject, cells)
    _print_errors(errors)


def _trials(subject: Subject, setup: Setup, processes: int) -> Cell:
    """Count the processes in which one of eight first imports fails."""
    names = list(_TRIAL_NAMES_WITH_TORCH if subject.torch else _TRIAL_NAMES)
    cell = Cell()
    for seed in range(processes):
        failures = subject.race(names, TRIAL_THREADS, seed, setup)
        cell.total += 1
        cell.failed += bool(failures)
        cell.errors.update(failures.values())
    return cell


def _print_everything(subjects: list[Subject], options: argparse.Namespace) -> None:
    """The table of names that failed when threads import all there are."""
    _print_head([f"all names: {name}" for name in GUARDS])
    errors: dict[str, Counter[str]] = {name: Counter() for name in GUARDS}
    for subject in subjects:
        names = subject.environment.ask({"do": "list"})["names"]
        cells = []
        for name in GUARDS:
            cell = Cell()
            for seed in range(options.seeds):
                setup = Setup(name, options.delay_ms / 1000)
                failures = subject.race(names, ALL_THREADS, seed, setup)
                cell.failed += len(failures)
                cell.total += len(names)
                cell.errors.update(failures.values())
            errors[name] += cell.errors
            cells.append(cell)
        _print_row(subject, cells)
    _print_errors(errors)


def _print_costs(subjects: list[Subject], options: argparse.Namespace) -> None:
    """The table of what the guard costs, and of what the first trial no longer does."""
    _print_head(["guard", "first trial without it", "first trial after it", "net cost"])
    for subject in subjects:
        without, guarded, after = _costs(subject, options.repeat)
        seconds = (guarded, without, after, guarded + after - without)
        row = " | ".join(f"{value:.2f} s" for value in seconds)
        print(f"| {subject.transformers} | {subject.python} | {row} |", flush=True)


def _costs(subject: Subject, processes: int) -> tuple[float, float, float]:
    """Medians of processor time in seconds.

    Returns:
        The first trial without the guard, the guard, and the first trial after it.
    """
    trial = _TRIAL_WITH_TORCH if subject.torch else _TRIAL
    without, guarded, after = [], [], []
    # One process is not counted: it warms the system's cache of files. The two kinds
    # take turns, so that whatever else the machine does falls on both.
    for _ in range(processes + 1):
        job = {"do": "cost", "guard": "", "trial": trial}
        without.append(subject.environment.ask(job)["trial"])
        answer = subject.environment.ask(job | {"guard": guard_source()})
        guarded.append(answer["guard"])
        after.append(answer["trial"])
    return median(without[1:]), median(guarded[1:]), median(after[1:])


def _print_head(columns: list[str]) -> None:
    """The first two lines of a table."""
    print("\n| transformers | Python | " + " | ".join(columns) + " |")
    print("| --- | --- |" + " --- |" * len(columns), flush=True)


def _print_row(subject: Subject, cells: list[Cell]) -> None:
    """One line of a table."""
    row = " | ".join(str(cell) for cell in cells)
    print(f"| {subject.transformers} | {subject.python} | {row} |", flush=True)


def _print_errors(errors: dict[str, Counter[str]]) -> None:
    """The most frequent errors of each guard."""
    for name, counter in errors.items():
        if counter:
            print(f"\nErrors after {name}:\n")
        for error, count in counter.most_common(5):
            print(f"* {count} times `{error}`")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
