"""The driver: starts the measured processes, and prints their results as tables."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import benchmarks.loading as package
from benchmarks.loading.loads import LOADS
from benchmarks.loading.releases import RELEASES, Release, environment, interpreter
from benchmarks.loading.trainings import TRAININGS

REPAIRS = ("nothing", "lock", "repair", "control")
KINDS = {**LOADS, **TRAININGS}
_ROOT = Path(__file__).parents[2]


def main() -> None:
    """Measure, and print."""
    options = parse_options()
    options.cache.mkdir(parents=True, exist_ok=True)
    chosen = [
        release
        for release in RELEASES
        if not options.version or release.transformers in options.version
    ]
    if options.seconds:
        print_seconds(options.cache, chosen)
    else:
        kinds = options.kind or list(KINDS)
        print_trials(options.cache, chosen, kinds, options.repair)


def print_trials(
    cache: Path, releases: list[Release], kinds: list[str], repairs: list[str]
) -> None:
    """A row for each kind, a column for each version."""
    results = [
        [ask(cache, release, "run", repair, *kinds) for repair in repairs]
        for release in releases
    ]
    print(f"Broken trials of 12 in 4 threads: {' · '.join(repairs)}.")
    print("A star: the process stays broken.\n")
    print(f"| kind | {' | '.join(r.transformers for r in releases)} |")
    print("| --- " * (len(releases) + 1) + "|")
    for kind in kinds:
        cells = [" · ".join(map(_cell, _of(kind, result))) for result in results]
        print(f"| `{kind}`: {KINDS[kind].__doc__} | {' | '.join(cells)} |")
    for kind in kinds:
        faults = _faults(kind, results)
        print(f"\n`{kind}`: {faults}" if faults else "", end="")


def _of(kind: str, results: list[Any]) -> list[Any]:
    """The results of one kind, ``None`` for those that died."""
    return [result and result[kind] for result in results]


def _cell(result: Any) -> str:
    if not result:
        return "died"
    broken = sum(map(bool, result["trials"].values()))
    return f"{broken}{'*' if result['left'] else ''}"


def _faults(kind: str, results: list[list[Any]]) -> str:
    """What was wrong in the most trials, whatever the version and the repair."""
    trials = (
        trial
        for result in results
        for one in filter(None, _of(kind, result))
        for trial in one["trials"].values()
    )
    counts = Counter(fault for trial in trials for fault in trial)
    return ", ".join(f"{count} x {fault}" for fault, count in counts.most_common(4))


def print_seconds(cache: Path, releases: list[Release]) -> None:
    """What a load takes, with the repairs and without, in turns."""
    print(
        "Processor seconds for one load of BERT-base in one thread: nothing · repair."
    )
    print("| transformers | float32 | bfloat16 | the call |")
    print("| --- | --- | --- | --- |")
    for release in releases:
        runs: dict[str, list[Any]] = {"nothing": [], "repair": []}
        for _ in range(3):
            for repair, results in runs.items():
                results.append(ask(cache, release, "seconds", repair))
        cells = []
        for name in ("float32", "bfloat16"):
            both = [
                statistics.median(t for result in results for t in result[name])
                for results in runs.values()
            ]
            cells.append(" · ".join(f"{seconds:.3f}" for seconds in both))
        call = statistics.median(result["call"][0] for result in runs["repair"])
        print(f"| {release.transformers} | {' | '.join(cells)} | {call:.2f} |")


def ask(cache: Path, release: Release, action: str, *rest: str) -> Any:
    """The answer of a fresh process; ``None`` when it crashed."""
    variables = environment(cache, release)
    program = [str(interpreter(cache)), "-m", "benchmarks.loading.study"]
    models = cache / f"models-{release.transformers}"
    if not models.exists():
        models.mkdir()
        command = [*program, "build", str(models)]
        subprocess.run(command, check=True, env=variables, cwd=_ROOT, stdout=sys.stderr)
    command = [*program, action, str(models), *rest]
    process = subprocess.run(
        command, env=variables, cwd=_ROOT, capture_output=True, text=True
    )
    if process.returncode:
        print("\n".join(process.stderr.splitlines()[-3:]), file=sys.stderr)
        return None
    return json.loads(process.stdout.splitlines()[-1])


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        "benchmarks.loading", description=str(package.__doc__).splitlines()[0]
    )
    versions = [release.transformers for release in RELEASES]
    parser.add_argument("--cache", type=Path, required=True, help="for environments")
    parser.add_argument("--version", action="append", choices=versions)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--repair", action="append", choices=REPAIRS)
    parser.add_argument(
        "--seconds", action="store_true", help="what a load takes, instead"
    )
    options = parser.parse_args()
    options.repair = options.repair or ["nothing", "repair"]
    options.cache = options.cache.resolve()
    return options


if __name__ == "__main__":
    main()
