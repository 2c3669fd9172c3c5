"""Attacks that take chance or a clock: ``python -m tests.attack [SECONDS]``.

Prints the figures that docs/safety.md has. The named attacks are tests.
"""

from __future__ import annotations

import os
import random
import re
import resource
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from codemod.report.terminal import printable
from codemod.search import toml
from codemod.search.skip import skipped
from tests.invoke import TUNE
from tests.process import run
from tests.program.judging import Files, write
from tests.program.test_linear import CASES as SCRIPTS
from tests.program.test_linear_trials import CASES as TRIALS

SIZE = 1 << 20
PIECES = [
    *('"', "'", '"""', "'''", '\\"', "\\\n", "\\a", "'''\"\"\"", "#", "# ", "#\n"),
    *("# eager-codemod: skip?\n", " #eager-codemod:", " ", "\t", "\\", "\0", 'f"{'),
    *("'\r", "\n", "[", "[]", ".", "[tool.", "[ ", "=", "##[", "##a", "\x1b", "{a="),
    *("[tool.eager-codemod]\n", "a.b=1\n", "[[a]]\n", "\u202e", "::", "\\u0041", "1_"),
]
OPTIONS = [
    *("--check", "--diff", "--remove", "--explain", "--upgrade", "-q", "-v"),
    *("--force-exclude", "--select=hpo", "--select=all", "--entry=any", "--load=X"),
    *("--with=thread-safety", "--with=protobuf-env", "--exclude=a/"),
    "-j2",
    *("--output-format=json", "--output-format=sarif", "--output-format=gitlab"),
]
PATHS = [
    *(".", "a", "b", "tune.py", "link.py", "dangling.py", "fifo.py", "n.ipynb", "-"),
    *("r.txt", "b.py", "missing", "a/../a", "b/loop/a", "/dev/null", "a/tune.py", ""),
]


def inputs() -> None:
    """Everything that reads bytes without a parser, on 1 MiB of one thing."""
    readers: dict[str, Callable[[str], object]] = {
        "skip": lambda text: skipped(b"eager-codemod:\n" + text.encode()),
        "toml": lambda text: _toml(text.encode()),
        "printable": printable,
    }
    worst, what = 0.0, ""
    for piece in PIECES:
        for start in ("", '"', "x = '", "#", "[tool.eager-codemod]\nx = "):
            text = start + piece * (SIZE // len(piece))
            for name, read in readers.items():
                begin = time.process_time()
                read(text)
                if (spent := time.process_time() - begin) > worst:
                    worst, what = spent, f"{name} of {start + piece!r}"
    count = len(PIECES) * 5 * len(readers)
    print(f"{count} inputs of 1 MiB: at most {worst:.1f} s of processor time ({what})")


def _toml(data: bytes) -> None:
    re.search(toml._NAMED, data)
    if not toml._is_absurd(data):
        try:
            toml.parse_toml(data)
        except toml.TomlError:
            return


def scripts() -> None:
    """The command over scripts of 1 MiB that were made to take long."""
    spent = {}
    for name, files in {**SCRIPTS, **TRIALS}.items():
        if len(files(20)) != len(files(40)):  # it is about many modules
            continue
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), _large(files))
            before = _processor_time()
            _, _, stderr = run(Path(folder), "tune.py")
            spent[name] = _processor_time() - before
        assert "Traceback" not in stderr, (name, stderr)
        assert "please report" not in stderr, (name, stderr)
    worst = max(spent, key=spent.__getitem__)
    print(
        f"{len(spent)} scripts of nearly 1 MiB: at most {spent[worst]:.1f} s of "
        f"processor time ({worst}), half of them at most "
        f"{statistics.median(spent.values()):.1f} s"
    )


def _large(files: Callable[[int], Files]) -> Files:
    """Nearly as much of a case as 1 MiB holds; a thousand where the script stays."""
    step = len(files(20_000)["tune.py"]) - len(files(19_000)["tune.py"])
    return files(SIZE * 850 // step if step else 1_000)


def _processor_time() -> float:
    """The processor time of the processes that have ended, in seconds."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def race(seconds: float) -> None:
    """A folder becomes a link to another one and back while runs patch it."""
    base = Path(tempfile.mkdtemp())
    inside, outside, parked = base / "in", base / "out", base / "parked"
    for folder in (inside / "a", outside):
        folder.mkdir(parents=True)
        (folder / "tune.py").write_text(TUNE)
    swaps, over = 0, threading.Event()

    def swap() -> None:
        nonlocal swaps
        while not over.is_set():
            (inside / "a").rename(parked)
            (inside / "a").symlink_to(outside)
            time.sleep(0.0005)
            (inside / "a").unlink()
            parked.rename(inside / "a")
            (inside / "a" / "tune.py").write_text(TUNE)
            swaps += 1
            time.sleep(0.0005)

    thread = threading.Thread(target=swap)
    thread.start()
    end, runs = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        _, _, stderr = run(inside, ".")
        runs += 1
        assert "Traceback" not in stderr, stderr
        assert (outside / "tune.py").read_text() == TUNE, "written outside"
        assert os.listdir(outside) == ["tune.py"], "written outside"
    over.set()
    thread.join()
    shutil.rmtree(base)
    print(f"{runs} runs while a folder became a link {swaps:,} times: nothing outside")


def lines(seconds: float, seed: int = 1) -> None:
    """Random command lines over a tree of everything."""
    chance, end, statuses = random.Random(seed), time.monotonic() + seconds, [0, 0, 0]
    base = Path(tempfile.mkdtemp())
    while time.monotonic() < end:
        folder = base / f"{sum(statuses)}"
        _tree(folder)
        before = {p: p.read_text() for p in folder.rglob("*.py") if p.is_file()}
        arguments = [option for option in OPTIONS if chance.random() < 0.1]
        arguments += chance.choices(PATHS, k=chance.randint(0, 2))
        status, _, stderr = run(folder, *arguments)
        statuses[status] += 1
        assert "Traceback" not in stderr, (arguments, stderr)
        assert "please report" not in stderr, (arguments, stderr)
        after = {p: p.read_text() for p in before}
        if {"--check", "--diff", "--explain"} & {*arguments} or "Usage:" in stderr:
            assert before == after, arguments
        for path, text in after.items():
            assert text == before[path] or compile(text, path, "exec")
        shutil.rmtree(folder)
    shutil.rmtree(base)
    print(f"{sum(statuses)} command lines, ended by 0, 1, 2: {statuses}; no traceback")


def _tree(folder: Path) -> None:
    texts = {
        "tune.py": TUNE,
        "a/tune.py": TUNE,
        "a/pyproject.toml": "[tool.eager-codemod]\nselect = 'hpo'\n",
        "b/pyproject.toml": "[tool.eager-codemod]\nexclude = ['*.py', '!t*']\n",
        "b/tune.py": TUNE,
        "b.py": "def main(:\n",
        "n.ipynb": "{}",
        "r.txt": "optuna\n",
        "big.py": TUNE + "#" * SIZE,
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "link.py").symlink_to("tune.py")
    (folder / "b" / "loop").symlink_to("..")
    (folder / "dangling.py").symlink_to("nowhere")
    os.mkfifo(folder / "fifo.py")


if __name__ == "__main__":
    limit = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    inputs()
    scripts()
    race(limit)
    lines(limit)
