"""Mutated scripts against what must hold of every edit.

    python -m tests.fuzz [--minutes N] [--seed N] [--folder FOLDER] [FILE...]

Scripts (the fixtures', the standard library's, generated ones) are mutated in their
bytes and in their lines. Each mutant must be refused in one line, or satisfy
``tests/invariants.py``; scanning it must raise nothing; and neither may take for ever.
Mutants that have an entry point are mutated further. Prints the counts once a minute,
and a line for each new finding with a small script that shows it; exits 1 if there was
one. FILEs are tried first, and alone by ``--minutes 0``.

A script that kills or hangs the process itself is left as ``current.py``.
"""

from __future__ import annotations

import argparse
import random
import re
import signal
import sys
import sysconfig
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck

from codemod.program.gate import Gate
from codemod.program.project import Project
from codemod.python.source import SourceError
from tests.corpus import RUNS
from tests.fixture_cases import CASES
from tests.invariants import violations
from tests.reading import read
from tests.strategies import scripts

MOST = 12_000  # bytes of a mutant: small ones are fast, and show the same
GROWN = 500  # mutants that are kept to be mutated further
ALIKE = 5  # findings of one kind that are reported: they may have several causes
SCAN_SECONDS, EDIT_SECONDS = 1.0, 20.0  # of processor time: a hundred times enough


def main(argv: list[str] | None = None) -> int:
    """Fuzz until the time is over; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--folder", type=Path, help="for the findings; a temporary one")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args(argv)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {arguments.seed}, findings go to {folder}", flush=True)
    fuzzer = Fuzzer(seeds(arguments.seed), arguments.seed, folder)
    for file in arguments.files:
        fuzzer.attempt(file.read_bytes())
    start = time.monotonic()
    minutes = 0
    while (passed := (time.monotonic() - start) / 60) < arguments.minutes:
        fuzzer.attempt(fuzzer.mutant())
        if passed >= minutes + 1:
            minutes = int(passed)
            print(f"minute {minutes}: {fuzzer}", flush=True)
    print(f"{arguments.minutes:g} minutes: {fuzzer}")
    return int(bool(fuzzer.findings))


class Fuzzer:
    """Makes mutants and tries them.

    Args:
        groups: The scripts to start from; groups are chosen equally often.
        seed: Two fuzzers of one seed try the same.
        folder: Where scripts go that show a finding.

    Attributes:
        findings: The kinds of findings, each with small scripts that show it.
    """

    def __init__(self, groups: list[list[bytes]], seed: int, folder: Path) -> None:
        self.findings: dict[str, list[bytes]] = {}
        self._counts = Counter[str]()
        self._folder = folder
        self._grown: list[bytes] = []
        self._groups = groups
        self._random = random.Random(seed)

    def __str__(self) -> str:
        """The counts, in words."""
        outcomes = ("with an entry point", "without", "refused")
        parts = [f"{self._counts[outcome]:,} {outcome}" for outcome in outcomes]
        total = f"{self._counts.total():,} executions"
        return ", ".join([total, *parts, f"{len(self.findings)} kinds of findings"])

    def mutant(self) -> bytes:
        """A script with one to a few mutations; most mutate lines, and still parse."""
        data, other = self._script(), self._script()
        for _ in range(self._random.choice([1, 1, 2, 3, 5])):
            if self._random.random() < 0.3:
                mutate = self._random.choice(OF_BYTES)
                data = mutate(self._random, data, other)
            else:
                lines = data.splitlines(keepends=True) or [b"\n"]
                change = self._random.choice(OF_LINES)
                change(self._random, lines, other.splitlines(keepends=True) or [b"\n"])
                data = b"".join(lines)
        return data[:MOST]

    def attempt(self, data: bytes) -> None:
        """Try one script, and note what is wrong."""
        (self._folder / "current.py").write_bytes(data)
        outcome, wrong = check(data)
        self._counts[outcome] += 1
        for finding in wrong:
            self._report(finding, data)
        if outcome == "with an entry point":
            self._keep(data)

    def _script(self) -> bytes:
        groups = self._groups + [self._grown] * bool(self._grown)
        return self._random.choice(self._random.choice(groups))

    def _keep(self, data: bytes) -> None:
        if len(self._grown) < GROWN:
            self._grown.append(data)
        else:
            self._grown[self._random.randrange(GROWN)] = data

    def _report(self, finding: str, data: bytes) -> None:
        alike = self.findings.setdefault(finding, [])
        if len(alike) == ALIKE or (small := shrunk(data, finding)) in alike:
            return
        alike.append(small)
        number = sum(map(len, self.findings.values()))
        file = self._folder / f"finding-{number}.py"
        file.write_bytes(small)
        print(f"{file}: {finding}", flush=True)


# -- What must hold --------------------------------------------------------------------


def check(data: bytes) -> tuple[str, list[str]]:
    """Try one script; return what kind of script it is, and what is wrong."""
    wrong: list[str] = []
    with _noted(wrong, "scan", SCAN_SECONDS):
        Gate(Project(None)).passes("mutant.py", data)
    outcome = "without"
    for name, settings in RUNS.items():
        with _noted(wrong, name, EDIT_SECONDS):
            try:
                if read(data, settings.entry == "any").entries:
                    outcome = "with an entry point"
                wrong += [f"{name}: {text}" for text in violations(data, settings)]
            except SourceError as error:
                outcome = "refused"
                message = error.message
                if "please report" in message or len(message.splitlines()) != 1:
                    wrong.append(f"{name}: refused: {message!r}")
                elif not message.startswith("left alone"):
                    break  # it is no Python, whatever the settings
    return outcome, wrong


class _TooSlowError(BaseException):
    """No Exception, so that nobody on its way takes it for one of theirs."""


@contextmanager
def _noted(wrong: list[str], name: str, seconds: float) -> Iterator[None]:
    """Note what must not come out of a block: any exception, and no end.

    The clock is the processor's: what else runs on the machine does not count.
    """
    signal.signal(signal.SIGPROF, _interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _TooSlowError:
        wrong.append(f"{name}: takes more than {seconds:g} s")
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        wrong.append(f"{name}: {type(error).__name__} at {place}")
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _interrupt(*_: object) -> None:
    raise _TooSlowError


def shrunk(data: bytes, finding: str) -> bytes:
    """A smaller script with the same finding: lines are left out while it stays."""
    lines = data.splitlines(keepends=True)
    size = len(lines) // 2
    while size:
        start = 0
        while start < len(lines):
            fewer = lines[:start] + lines[start + size :]
            if finding in check(b"".join(fewer))[1]:
                lines = fewer
            else:
                start += size
        size //= 2
    return b"".join(lines)


# -- Scripts to start from -------------------------------------------------------------


def seeds(number: int) -> list[list[bytes]]:
    """The fixtures, the standard library's scripts, generated ones, guarded ones."""
    cases = [text for case in CASES for text in (case.before, case.after)]
    generated = [_generated(number, guarded) for guarded in (False, True)]
    return [cases, _standard_library(), *generated]


def _standard_library() -> list[bytes]:
    """What others write: its files that have a ``main``."""
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("**/*.py"))
    texts = (f.read_bytes() for f in files if "site-packages" not in f.parts)
    return [t for t in texts if len(t) < MOST and re.search(rb"(?m)^def main\b", t)]


def _generated(number: int, guarded: bool) -> list[bytes]:
    texts: list[bytes] = []

    @hypothesis.seed(number)
    @hypothesis.settings(
        max_examples=300, database=None, suppress_health_check=list(HealthCheck)
    )
    @hypothesis.given(scripts(guarded))
    def collect(data: bytes) -> None:
        texts.append(data)

    collect()
    return texts


# -- Mutations of bytes ----------------------------------------------------------------

# White space and bytes that Python, LibCST and str.splitlines see differently; words
# that move the place of a call or an import; syntax that is newer than some Pythons.
PIECES = [
    *b"\f|\t| |\v|\x1c|\\|\\\n|\\\r\n|\r|\n|\n\n|\xef\xbb\xbf|\0|\x1a|\xe9".split(b"|"),
    *b'#|# c\\\n|;|:|,|(|)|\'|"|"""|@|*|=|.'.split(b"|"),
    *b"not |pass|pass;|1;|yield |await |lambda: |return |async |main".split(b"|"),
    *(b"import os\n", b"import os, sys;", b"from __future__ import annotations\n"),
    *(b"# coding: latin-1\n", b"#!python\n", b"type X = int\n", b"[T: int = str]"),
    *(b"parse_args()", b"global args\n", b"sys.path", b"f'{x!r:{y}}'"),
    "é\x85\u2028\u210c".encode(),
]


def _piece(rng: random.Random, data: bytes) -> slice:
    start = rng.randint(0, len(data))
    return slice(start, start + rng.choice([1, 1, 2, 5, 20, 100, 500]))


def _flip(rng: random.Random, data: bytes, _: bytes) -> bytes:
    place = rng.randrange(len(data) or 1)
    flipped = bytes(byte ^ 1 << rng.randrange(8) for byte in data[place : place + 1])
    return data[:place] + flipped + data[place + 1 :]


def _delete(rng: random.Random, data: bytes, _: bytes) -> bytes:
    piece = _piece(rng, data)
    return data[: piece.start] + data[piece.stop :]


def _repeat(rng: random.Random, data: bytes, _: bytes) -> bytes:
    piece = _piece(rng, data)
    times = rng.choice([1, 1, 2, 50])
    return data[: piece.start] + data[piece] * times + data[piece.start :]


def _splice(rng: random.Random, data: bytes, other: bytes) -> bytes:
    return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]


def _insert(rng: random.Random, data: bytes, _: bytes) -> bytes:
    place = rng.randint(0, len(data))
    return data[:place] + rng.choice(PIECES) * rng.choice([1, 1, 2]) + data[place:]


def _insert_at_line(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """At the start or end of a line, where much depends on a byte."""
    places = [0, len(data), *(m.start() for m in re.finditer(rb"(?<=\n)|(?=\n)", data))]
    place = rng.choice(places)
    return data[:place] + rng.choice(PIECES) + data[place:]


def _end_lines(rng: random.Random, data: bytes, _: bytes) -> bytes:
    """All lines end otherwise, or the last one not at all."""
    ending = rng.choice([b"\r\n", b"\r", b"\n", b""])
    return ending.join(data.splitlines()) if ending else data.rstrip(b"\r\n")


OF_BYTES: list[Callable[[random.Random, bytes, bytes], bytes]] = [
    *(_flip, _delete, _repeat, _splice, _insert, _insert_at_line, _end_lines)
]

# -- Mutations of lines ----------------------------------------------------------------

Lines = list[bytes]
HEADERS = "if x:|try:|with a() as b:|while x:|async def main():|class A:".split("|")


def _block(rng: random.Random, lines: Lines) -> slice:
    """A line and the deeper ones below it, which is mostly a whole statement."""
    start = rng.randrange(len(lines))
    end = start + 1
    while end < len(lines) and _depth(lines[end]) > _depth(lines[start]):
        end += 1
    return slice(start, end)


def _depth(line: bytes) -> int:
    return len(_indent(line))


def _indent(line: bytes) -> bytes:
    return line[: len(line) - len(line.lstrip(b" \t"))]


def _line(line: bytes, text: str) -> bytes:
    """Another text with a line's indentation and ending."""
    ending = line[len(line.rstrip(b"\r\n")) :] or b"\n"
    return _indent(line) + text.encode() + ending


def _drop(rng: random.Random, lines: Lines, _: Lines) -> None:
    del lines[_block(rng, lines)]


def _double(rng: random.Random, lines: Lines, _: Lines) -> None:
    block = _block(rng, lines)
    lines[block.stop : block.stop] = lines[block]


def _move(rng: random.Random, lines: Lines, _: Lines) -> None:
    block = _block(rng, lines)
    moved = lines[block]
    del lines[block]
    _put(rng, lines, moved)


def _transplant(rng: random.Random, lines: Lines, other: Lines) -> None:
    _put(rng, lines, other[_block(rng, other)])


def _put(rng: random.Random, lines: Lines, block: Lines) -> None:
    """Put a block elsewhere, indented as what is there."""
    place = rng.randint(0, len(lines))
    new = _indent(lines[min(place, len(lines) - 1)]) if lines else b""
    old = _indent(block[0])
    lines[place:place] = [
        new + line.removeprefix(old) if line.strip() else line for line in block
    ]


def _comment_out(rng: random.Random, lines: Lines, _: Lines) -> None:
    block = _block(rng, lines)
    lines[block] = [_indent(s) + b"# " + s.lstrip(b" \t") for s in lines[block]]


def _wrap(rng: random.Random, lines: Lines, _: Lines) -> None:
    block = _block(rng, lines)
    first = lines[block][0]
    header = rng.choice(HEADERS)
    inner = [b"    " + line for line in lines[block]]
    tail = ["except E:", "    pass"] if header == "try:" else []
    lines[block] = [_line(first, header), *inner, *(_line(first, t) for t in tail)]


def _unwrap(rng: random.Random, lines: Lines, _: Lines) -> None:
    """A statement's block takes its place."""
    block = _block(rng, lines)
    header, *inner = lines[block]
    if inner:
        deeper = _indent(inner[0])
        lines[block] = [_indent(header) + s.removeprefix(deeper) for s in inner]


def _join(rng: random.Random, lines: Lines, _: Lines) -> None:
    """Two lines become one; a header takes its block up that way."""
    place = rng.randrange(len(lines))
    if place + 1 < len(lines):
        left, right = lines[place].rstrip(b"\r\n"), lines[place + 1].lstrip(b" \t")
        glue = [b" ", b""] if left.endswith(b":") else [b"; ", b";", b" ;\\\n"]
        lines[place : place + 2] = [left + rng.choice(glue) + right]


def _break_joined(rng: random.Random, lines: Lines, _: Lines) -> None:
    """A line goes on behind a backslash, or in the next one."""
    place = rng.randrange(len(lines))
    words = lines[place].split(b" ")
    cut = rng.randint(1, len(words))
    glue = rng.choice([b" \\\n", b"\n", b" \\\r\n  ", b"  # c\n"])
    lines[place] = b" ".join(words[:cut]) + glue + b" ".join(words[cut:])


def _reindent(rng: random.Random, lines: Lines, _: Lines) -> None:
    """Some or all lines are indented otherwise."""
    place = slice(None) if rng.random() < 0.5 else _block(rng, lines)
    old, new = rng.choice(
        [(b"    ", b"\t"), (b"    ", b"  "), (b"\t", b"        "), (b"", b"    ")]
    )
    for index in range(*place.indices(len(lines))):
        indent = _indent(lines[index])
        changed = indent.replace(old, new) if old else indent + new
        lines[index] = changed + lines[index][len(indent) :]


def _space(rng: random.Random, lines: Lines, _: Lines) -> None:
    """Blank lines, blanks at a line's end, or a comment come in."""
    place = rng.randrange(len(lines))
    line = lines[place]
    content = line.rstrip(b"\r\n")
    texts = ("", "", "# c", "#", "\f", '"""D."""', "pass")
    extra = [_line(line, text) for text in texts]
    ends = [content + s + line[len(content) :] for s in (b" ", b";", b"  # c", b" \f")]
    lines[place : place + 1] = rng.choice(
        [[rng.choice(extra) * rng.choice([1, 2, 3]), line], [rng.choice(ends)]]
    )


OF_LINES: list[Callable[[random.Random, Lines, Lines], None]] = [
    *(_drop, _double, _move, _transplant, _transplant, _comment_out, _wrap, _unwrap),
    *(_join, _join, _break_joined, _reindent, _space, _space),
]


if __name__ == "__main__":
    sys.exit(main())
