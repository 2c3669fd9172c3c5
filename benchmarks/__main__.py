"""Measure this tool beside its peers, on the same trees and tasks.

    python -m benchmarks [--quick] [--only NAME] [--runs N] [--cache FOLDER]

Needs Linux or macOS, pip and its index. Prints Markdown; what matters are the ratios,
and of these the ones of CPU time, which other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from benchmarks import peers, table
from benchmarks.measuring import BenchmarkError, interleaved
from benchmarks.peers import Environment
from benchmarks.trees import Trees
from benchmarks.works import WORKS, Bench

_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def main() -> None:
    """Prepare, measure, print."""
    options = _options()
    folder = options.cache.resolve()
    try:
        bench = _bench(folder, options.quick)
        print(_machine(), flush=True)
        for name in options.only or [name for name in WORKS if name != "torch"]:
            for work in WORKS[name](bench):
                costs = interleaved(work.commands, options.runs, work.prepare)
                print("\n".join(table.lines(work, costs)), flush=True)
    except BenchmarkError as error:
        sys.exit(f"error: {error}")


def _options() -> argparse.Namespace:
    assert __doc__
    parser = argparse.ArgumentParser("benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--quick", action="store_true", help="leave out peers that take minutes"
    )
    parser.add_argument(
        "--only", action="append", choices=WORKS, help="one of the works; repeatable"
    )
    parser.add_argument("--runs", type=int, default=9, help="default: 9")
    parser.add_argument(
        "--cache",
        type=Path,
        default=_CACHE / "eager-codemod-benchmarks",
        help="where trees and environments are kept",
    )
    return parser.parse_args()


def _bench(folder: Path, quick: bool) -> Bench:
    """Install everything, and see that the peers work."""
    own, others = Environment(folder / "tool"), Environment(folder / "peers")
    tool = own.install_this_tool()
    for name in peers.installed(others):
        print(f"{name} is not installed, and not to be had", file=sys.stderr)
    for name in peers.prove(others, folder / "sample"):
        raise BenchmarkError(f"{name} does not do the task that it is measured on")
    return Bench(Trees(folder), tool, own.program("python"), others, quick)


def _machine() -> str:
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()}, {os.cpu_count()} processors, "
        f"{platform.system()}, load {load:.1f} when it began.\n"
    )


if __name__ == "__main__":
    main()
