"""Work, counted: how many functions Python calls to judge a script."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from codemod.program.gate import Gate
from codemod.program.verdict import Judge
from codemod.python.source import parse
from codemod.search.reading import read_regular
from tests.program.judging import Files, write

TRIAL = "import optuna\nimport transformers as t\noptuna.create_study().optimize(t.f)\n"


def numbered(line: str, joint: str = "\n") -> Callable[[int], Files]:
    """A script with a trial and so many lines, in each ``N`` is its number."""

    def files(count: int) -> Files:
        lines = (line.replace("N", str(index)) for index in range(count))
        return {"tune.py": f"{TRIAL}{joint.join(lines)}\n"}

    return files


def growth(folder: Path, files: Callable[[int], Files], count: int) -> float:
    """How many times as much work twice the count of a case is."""
    small = work(folder / "small", files(count))
    return work(folder / "large", files(2 * count)) / small


def work(folder: Path, files: Files) -> int:
    """How many Python functions are called to judge a script."""
    folder.mkdir()
    write(folder, files)
    path = folder / "tune.py"
    data = path.read_bytes()
    source = parse(data)
    judge = Judge(read_regular)
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        Gate(judge.project).passes(str(path), data)
        reach = judge.judge(str(path), source).reach
        for start in reach.starts:  # which a notebook is asked for
            reach.first_line(start)
    finally:
        sys.setprofile(None)
    return count
