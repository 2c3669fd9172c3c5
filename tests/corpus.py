"""Every invariant on every script of real source trees.

    python -m tests.corpus [--sample N] FOLDER...

Reads all ``*.py`` below the folders, ``site-packages`` left out, and changes none of
them. Each is patched, patched again and restored in memory: with the entry points of
a plain run, and again with ``--entry any`` and all edits; helpers are followed into
first-party modules. What must hold is in ``tests/invariants.py``. Prints each refused
file's line, every violation, and the counts; exits 1 if there is a violation.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

from codemod.edits.apply import inspect
from codemod.edits.registry import all_edits
from codemod.program.place import Script
from codemod.program.verdict import Judge
from codemod.python.source import SourceError, parse
from codemod.search.reading import read_regular
from codemod.settings import Settings
from tests.invariants import violations

RUNS = {
    "argparse and hydra": Settings(),
    "any main, all edits": Settings(
        entry="any", edits=tuple(edit.name for edit in all_edits())
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Check the folders; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--sample", type=int, help="check this many files only")
    arguments = parser.parse_args(argv)
    paths = [path for folder in arguments.folders for path in scripts(folder)]
    if arguments.sample:
        candidates = [p for p in paths if b"def main" in Path(p).read_bytes()]
        paths = random.Random(0).sample(
            candidates, min(arguments.sample, len(candidates))
        )
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        for lines, counted in pool.map(check, paths, chunksize=16):
            counts.update(counted)
            for line in lines:
                print(line, flush=True)
    for name, count in counts.items():
        print(f"{name}: {count:,}")
    return int(counts["violations"] > 0)


def scripts(folder: str) -> Iterator[str]:
    """The regular ``*.py`` files below a folder."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(set(folders) - {"site-packages"})
        for name in sorted(names):
            path = os.path.join(root, name)
            if name.endswith(".py") and os.path.isfile(path):
                yield path


def check(path: str) -> tuple[list[str], Counter[str]]:
    """Check one script: what is to be printed, and what is to be counted."""
    data = Path(path).read_bytes()
    lines: list[str] = []
    counts = Counter({"files read": 1})
    try:
        for name, settings in RUNS.items():
            _check_run(path, data, name, settings, lines, counts)
    except SourceError as error:
        counts["refused"] += 1
        lines.append(f"{path}:{error.line}:{error.column}: {error.message}")
        if "please report" in error.message:
            lines[-1] += " VIOLATION: the tool itself saw that an edit went wrong"
    except Exception:
        lines.append(f"{path}: VIOLATION: {traceback.format_exc()}")
    counts["violations"] += sum("VIOLATION" in line for line in lines)
    return lines, counts


def _check_run(
    path: str,
    data: bytes,
    name: str,
    settings: Settings,
    lines: list[str],
    counts: Counter[str],
) -> None:

    def reread(new: bytes) -> Script:
        source = parse(new)
        judged = _judge().judge(path, source, settings.entry == "any")
        return Script(source, judged.entries)

    script = reread(data)
    counts[f"entry points ({name})"] += len(script.entries)
    if not any(finding.fixable for finding in inspect(script, settings)):
        return
    counts[f"patched ({name})"] += 1
    for violation in violations(data, settings, reread):
        lines.append(f"{path}: VIOLATION ({name}): {violation}")


@cache
def _judge() -> Judge:
    return Judge(read_regular)


if __name__ == "__main__":
    sys.exit(main())
