"""Changes as a diff, which git and patch take."""

from __future__ import annotations

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
