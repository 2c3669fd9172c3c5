"""What git is asked, and how much of its answer is read, by the real command."""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import sys
from pathlib import Path

import pytest

from tests.invoke import TUNE
from tests.process import run
from tests.repository import git

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="no git"),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX files"),
]
MUCH = ".: git lists too much here; searched without it, and .gitignore\n"
WOULD = "would patch tune.py\n1 file would be patched\n"
# Says at the end how much memory this process has had at most, in KiB.
PEAK = (
    "import atexit, resource\natexit.register(lambda: "
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))\n"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a script, and one that is ignored."""
    git(tmp_path, "init", "-q", ".")
    (tmp_path / "tune.py").write_text(TUNE)
    (tmp_path / "zzz.py").write_text(TUNE)
    (tmp_path / ".gitignore").write_text("zzz.py\n")
    return tmp_path


def check(folder: Path, code: str = "", **environment: str) -> tuple[int, str, str]:
    """Run the command; without its hint on trials in threads."""
    status, stdout, stderr = run(folder, "--check", ".", code=code, **environment)
    lines = stderr.splitlines(keepends=True)
    kept = [line for line in lines if ": trials run in threads " not in line]
    return status, stdout, "".join(kept)


def compressed(folder: str, count: int) -> bytes:
    """An index of the fourth version: each name leaves out how the one before began."""
    data = struct.pack(">4sII", b"DIRC", 4, count)
    begin = f"{folder}/".encode()
    for number in range(count):
        data += struct.pack(">10I20sH", *(0,) * 6, 0o100644, 0, 0, 0, b"\1" * 20, 0xFFF)
        rest = b"%07d.py" % number
        data += (b"\x0a" + rest if number else b"\0" + begin + rest) + b"\0"
    return data + hashlib.sha1(data).digest()


@pytest.mark.parametrize("name", ["LITERAL", "NOGLOB", "GLOB", "ICASE"])
def test_variables_that_change_what_a_pattern_means(
    repository: Path, name: str
) -> None:
    """A script is found in whatever way a user has git read names."""
    (repository / "OTHER.PY").write_text(TUNE)
    variable = f"GIT_{name}_PATHSPECS"
    assert check(repository, "", **{variable: "1"}) == (1, "", WOULD)


def test_variables_that_exclude_each_other(repository: Path) -> None:
    """Git would not start."""
    both = {"GIT_GLOB_PATHSPECS": "1", "GIT_LITERAL_PATHSPECS": "1"}
    (repository / "deeper").mkdir()
    (repository / "deeper" / "tune.py").write_text(TUNE)
    stderr = f"would patch deeper/tune.py\n{WOULD.replace('1 file', '2 files')}"
    assert check(repository, "", **both) == (1, "", stderr)


@pytest.mark.skipif(sys.platform == "darwin", reason="counts memory in bytes")
def test_an_index_that_says_the_same_again_and_again(repository: Path) -> None:
    """A small one of which git makes gigabytes; the folder is walked, zzz.py too."""
    data = compressed("a/" * 10_000 + "a", 12_000)
    assert len(data) < 1_000_000
    (repository / ".git" / "index").write_bytes(data)
    status, stdout, stderr = check(repository, PEAK)
    expected = f"{MUCH}would patch tune.py\nwould patch zzz.py\n2 files would"
    assert (status, stderr) == (1, f"{expected} be patched\n")
    assert int(stdout) < 400_000  # KiB; all that git lists would be twice that


def test_git_may_list_so_much_in_all(tmp_path: Path) -> None:
    """However many repositories there are, and it is said once."""
    for name in "abcd":
        git(tmp_path, "init", "-q", name)
        (tmp_path / name / "tune.py").write_text(TUNE)
        (tmp_path / name / "zzz.py").write_text(TUNE)
        (tmp_path / name / ".gitignore").write_text("zzz.py\n")
    code = "from codemod.search import git\ngit.ALL_BYTES = len('tune.py ') * 2\n"
    patched = [f"would patch {name}.py\n" for name in ("a/tune", "b/tune")]
    patched += [f"would patch {n}/{m}.py\n" for n in "cd" for m in ("tune", "zzz")]
    said = MUCH.replace(".:", "./c:") + "".join(patched) + "6 files would be patched\n"
    assert check(tmp_path, code) == (1, "", said)
