"""Files that mean harm, or change under the run's hands, met by the real command."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codemod import patch
from codemod.python.source import MAX_BYTES
from tests.invoke import TUNE
from tests.process import run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
PATCHED = str(patch(TUNE).source)
LINK = "a link has taken its place since it was found, left alone"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A script outside of what is searched."""
    (tmp_path / "outside").mkdir()
    file = tmp_path / "outside" / "tune.py"
    file.write_text(TUNE)
    return file


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """A folder that is searched, with a script in a folder of it."""
    folder = tmp_path / "inside"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "b" / "tune.py").write_text(TUNE)
    (folder / "z.py").write_text(TUNE)
    return folder


# What somebody does in the middle of a run, once.
SWAP = """
import os, shutil
from codemod.run.files import Files
def swap():
    if os.path.islink({where!r}):
        return
    if os.path.isdir({where!r}):
        shutil.rmtree({where!r})
    else:
        os.unlink({where!r})
    os.symlink({target!r}, {where!r})
before = Files.{method}
def meanwhile(self, path, *arguments):
    swap()
    return before(self, path, *arguments)
Files.{method} = meanwhile
"""


@pytest.mark.parametrize("method", ["read", "replace"])
@pytest.mark.parametrize("where", ["a/b/tune.py", "a/b", "a"])
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_link_that_is_put_there_meanwhile(
    inside: Path, outside: Path, where: str, method: str, jobs: str
) -> None:
    """Between search and reading, or reading and writing, in the place of anything."""
    (outside.parent / "b").mkdir()
    (outside.parent / "b" / "tune.py").write_text(TUNE)
    target = {"a/b/tune.py": outside, "a/b": outside.parent, "a": outside.parent}
    code = SWAP.format(where=where, target=str(target[where]), method=method)
    status, stdout, stderr = run(inside, "--jobs", jobs, ".", code=code)
    assert (status, stdout) == (2, "")
    assert stderr.startswith("a/b/tune.py: ")
    assert stderr.splitlines()[1:3] == [
        "patched z.py",
        "1 file patched, 1 file failed",
    ]
    assert outside.read_text() == TUNE
    assert (outside.parent / "b" / "tune.py").read_text() == TUNE
    assert os.listdir(outside.parent / "b") == ["tune.py"]
    assert sorted(os.listdir(outside.parent)) == ["b", "tune.py"]


def test_what_is_said_of_such_a_link(inside: Path, outside: Path) -> None:
    """One line, for a file and for a folder."""
    for where, target in (("a/b/tune.py", outside), ("a/b", outside.parent)):
        code = SWAP.format(where=where, target=str(target), method="read")
        _, _, stderr = run(inside, "--check", ".", code=code)
        assert stderr.startswith(f"a/b/tune.py: {LINK}\n")
        (inside / where).unlink()
        (inside / "a" / "b").mkdir(exist_ok=True)
        (inside / "a" / "b" / "tune.py").write_text(TUNE)


def test_a_folder_that_was_given_may_be_a_link(inside: Path, tmp_path: Path) -> None:
    """And so may each folder above it: links are followed where they were given."""
    (tmp_path / "link").symlink_to("inside")
    assert run(tmp_path, "link/a")[0] == 0
    assert (inside / "a" / "b" / "tune.py").read_text() == PATCHED


# -- Size ------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["."], [".", "--select", "all"]])
def test_large_files_that_are_found_are_not_read(
    tmp_path: Path, arguments: list[str]
) -> None:
    """Two gigabytes of nothing, and a script that is too long: no failure."""
    with open(tmp_path / "sparse.py", "wb") as file:
        file.truncate(2 << 30)
    (tmp_path / "long.py").write_text(TUNE + "#" * MAX_BYTES)
    (tmp_path / "tune.py").write_text(TUNE)
    status, stdout, stderr = run(tmp_path, "--check", *arguments)
    expected = "would patch tune.py\n1 file would be patched\n"
    assert (status, stdout, stderr) == (1, "", expected)
    _, _, stderr = run(tmp_path, "--check", "-v", *arguments)
    assert stderr == (
        "long.py: larger than 1 MiB, passed over\n"
        f"sparse.py: larger than 1 MiB, passed over\n{expected}"
    )


def test_a_large_file_that_is_named_is_an_error(tmp_path: Path) -> None:
    """Unless a hook names it, which selects."""
    (tmp_path / "long.py").write_text(TUNE + "#" * MAX_BYTES)
    size = f"{len(TUNE) + MAX_BYTES:,}"
    assert run(tmp_path, "long.py") == (
        2,
        "",
        f"long.py: larger than 1 MiB ({size} bytes), left alone\n1 file failed\n",
    )
    assert run(tmp_path, "-q", "--select", "affected", "long.py") == (0, "", "")


@pytest.mark.parametrize("room", [0, 4, 800])
@pytest.mark.parametrize("option", ["--check", "--diff", "-v"])
def test_a_file_that_has_no_room_for_the_guard(
    tmp_path: Path, room: int, option: str
) -> None:
    """It is said before anything is written, and by a check too."""
    text = TUNE + "#" * (MAX_BYTES - len(TUNE) - room - 1) + "\n"
    (tmp_path / "full.py").write_text(text)
    assert run(tmp_path, option, "full.py") == (
        2,
        "",
        "full.py: too close to 1 MiB to insert anything, left alone\n1 file failed\n",
    )
    assert (tmp_path / "full.py").read_text() == text


def test_many_names_have_no_room_either(tmp_path: Path) -> None:
    """What is inserted may be as long as the settings say."""
    (tmp_path / "tune.py").write_text(TUNE)
    names = ", ".join(f'"A{number}Config"' for number in range(15_000))
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.eager-codemod]\nload = [{names}]\n"
    )
    status, stdout, stderr = run(tmp_path, "--check", "tune.py")
    assert (status, stdout) == (2, "")
    assert stderr.startswith("tune.py: too close to 1 MiB to insert anything")


# -- A worker that dies ----------------------------------------------------------------


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers by fork")
def test_a_file_that_kills_every_process(tmp_path: Path) -> None:
    """Each that a worker had is one line; the rest is done by this process."""
    for number in range(60):
        (tmp_path / f"{number:02}.py").write_text(TUNE)
    code = """
import os, signal
from codemod.run.runner import Runner
finish, parent = Runner.finish, os.getpid()
def killed(self, candidate, snapshot):
    if candidate.path == "30.py" and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return finish(self, candidate, snapshot)
Runner.finish = killed
"""
    status, stdout, stderr = run(tmp_path, "--jobs", "2", ".", code=code)
    assert (status, stdout) == (2, "")
    message = "a worker process died before this file was done; try --jobs 1"
    failed = [line for line in stderr.splitlines() if line.endswith(message)]
    assert f"30.py: {message}" in failed
    assert len(failed) <= 9  # four ahead for each worker, and one
    left = [f for f in tmp_path.iterdir() if f.read_text() != PATCHED]
    assert {f.name for f in left} <= {line[:5] for line in failed}
    assert run(tmp_path, ".")[0] == 0
    assert {file.read_text() for file in tmp_path.iterdir()} == {PATCHED}
