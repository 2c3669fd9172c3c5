"""Changes as a diff, which git and patch take."""

from __future__ import annotations

import subprocess
from pathlib import Path

from codemod.report.diff import unified_diff


def diff(before: bytes, after: bytes, colour: bool = False) -> bytes:
    """A unified diff as one piece."""
    return b"".join(unified_diff("a.py", before, after, colour))


def test_a_diff_is_what_patch_reads() -> None:
    """Both names are the file's."""
    assert diff(b"a\nb\n", b"a\nx\nb\n") == (
        b"--- a.py\n+++ a.py\n@@ -1,2 +1,3 @@\n a\n+x\n b\n"
    )


def test_a_diff_keeps_bytes() -> None:
    """Line endings and encodings of the file are those of its diff."""
    changed = diff(b"# \xe9\r\n\x0c\r\n", b"# \xe9\r\n\x0c\r\nx\r\n")
    assert changed.endswith(b" # \xe9\r\n \x0c\r\n+x\r\n")


def test_a_diff_tells_of_a_missing_newline() -> None:
    """A last line without an end is marked as git marks it."""
    assert diff(b"a", b"x\na").endswith(
        b"@@ -1 +1,2 @@\n+x\n a\n\\ No newline at end of file\n"
    )


def test_a_coloured_diff() -> None:
    """Each line is coloured to its end, and no further."""
    assert diff(b"a\n", b"b\n", colour=True) == (
        b"\x1b[1m--- a.py\x1b[0m\n\x1b[1m+++ a.py\x1b[0m\n"
        b"\x1b[36m@@ -1 +1 @@\x1b[0m\n\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n"
    )


def test_a_diff_of_very_many_lines(tmp_path: Path) -> None:
    """All lines for all: git takes that, and it takes no minutes to find."""
    old = b"".join(b"%d\n" % (number % 7) for number in range(12_000))
    new = b"x\n" + old
    (tmp_path / "a.py").write_bytes(old)
    text = diff(old, new)
    assert text.startswith(b"--- a.py\n+++ a.py\n@@ -1,12000 +1,12001 @@\n-0\n-1\n")
    subprocess.run(["git", "apply", "-p0"], input=text, cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == new
