"""Repositories that mean harm to who searches them, met by the real command.

Nothing outside is written, nothing of theirs is run, and nothing takes for ever.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from codemod import patch
from tests.invoke import TUNE
from tests.process import run, start
from tests.repository import clean_environment

pytestmark = [
    pytest.mark.skipif(shutil.which("git") is None, reason="no git"),
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX files"),
]
PATCHED = str(patch(TUNE).source)
DONE = "patched tune.py\n1 file patched\n"
SLOW = "git takes too long here; searched without it, and .gitignore"
# A question that is never answered is over at once.
IMPATIENT = "from codemod.search import git\ngit.SECONDS = 0.2\n"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A script outside of the repository."""
    (tmp_path / "outside").mkdir()
    file = tmp_path / "outside" / "tune.py"
    file.write_text(TUNE)
    return file


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a script of its own."""
    folder = tmp_path / "repository"
    git(tmp_path, "init", "-q", str(folder))
    (folder / "tune.py").write_text(TUNE)
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, without a user's configuration."""
    subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=clean_environment(),
        check=True,
        capture_output=True,
    )


def index(*names: str, skip_worktree: bool = False) -> bytes:
    """A git index that holds these names, whatever they are."""
    data = struct.pack(">4sII", b"DIRC", 3, len(names))
    for name in sorted(map(os.fsencode, names)):
        flags = min(len(name), 0xFFF) | 0x4000
        entry = struct.pack(
            ">10I20sHH",
            *(0,) * 6,
            0o100644,
            0,
            0,
            0,
            b"\1" * 20,
            flags,
            0x4000 * skip_worktree,
        )
        data += entry + name + b"\0" * (8 - (len(entry) + len(name)) % 8)
    return data + hashlib.sha1(data).digest()


def patched(stderr: str) -> str:
    """What a run said, without its hint."""
    lines = stderr.splitlines(keepends=True)
    return "".join(line for line in lines if ": trials run in threads " not in line)


# -- Files outside ---------------------------------------------------------------------


def test_an_index_with_absolute_names(repository: Path, outside: Path) -> None:
    """Joined to a folder, an absolute name is itself."""
    (repository / ".git" / "index").write_bytes(index(str(outside), "tune.py"))
    status, _, stderr = run(repository, ".")
    assert (status, patched(stderr)) == (0, DONE)
    assert outside.read_text() == TUNE


@pytest.mark.parametrize("name", ["../outside/tune.py", "a/../../outside/tune.py"])
def test_an_index_with_names_that_lead_up(
    repository: Path, outside: Path, name: str
) -> None:
    """Git itself adds no such names; a file may hold them."""
    (repository / "a").mkdir()
    (repository / ".git" / "index").write_bytes(index(name, "./tune.py", "tune.py"))
    status, _, stderr = run(repository, ".")
    assert (status, patched(stderr)) == (0, DONE)
    assert outside.read_text() == TUNE


def look_alike(folder: Path, *names: str, worktree: str = ".") -> None:
    """Make a folder what git takes for a repository: a clone brings it along."""
    for name in ("objects", "refs"):
        (folder / name).mkdir(parents=True)
        (folder / name / "keep").touch()
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "index").write_bytes(index(*names))
    (folder / "config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n"
        f"\tworktree = {worktree}\n\tfsmonitor = touch {folder}/ran; false\n"
    )


@pytest.mark.parametrize("where", [".", "sub", "sub/deeper"])
def test_a_folder_that_looks_like_a_repository(
    repository: Path, outside: Path, where: str
) -> None:
    """It is cloned with the files; its configuration does not count."""
    look_alike(repository / "sub", str(outside), "tune.py")
    (repository / "sub" / "deeper").mkdir()
    (repository / where / "tune.py").write_text(TUNE)
    status, _, stderr = run(repository / where, ".")
    assert (status, patched(stderr)) == (0, DONE)
    assert outside.read_text() == TUNE
    assert not (repository / "sub" / "ran").exists()


def test_a_folder_that_looks_like_a_repository_outside_of_any(
    tmp_path: Path, outside: Path
) -> None:
    """What an archive brings along."""
    look_alike(tmp_path / "sub", str(outside), "gone.py")
    (tmp_path / "sub" / "tune.py").write_text(TUNE)
    status, _, stderr = run(
        tmp_path / "sub", ".", GIT_CEILING_DIRECTORIES=str(tmp_path)
    )
    assert (status, patched(stderr)) == (0, DONE)
    assert outside.read_text() == TUNE


def test_a_configuration_with_the_work_tree_elsewhere(
    repository: Path, outside: Path
) -> None:
    """The work tree is where .git is."""
    git(repository, "config", "core.worktree", str(outside.parent))
    status, _, stderr = run(repository, ".")
    assert (status, patched(stderr)) == (0, DONE)
    assert outside.read_text() == TUNE


def test_a_broken_repository_in_another_one(repository: Path) -> None:
    """The one above is not asked for it."""
    (repository / ".gitignore").write_text("inner/\n")
    (repository / "inner" / ".git").mkdir(parents=True)
    (repository / "inner" / "tune.py").write_text(TUNE)
    status, _, stderr = run(repository / "inner", ".")
    assert (status, patched(stderr)) == (0, DONE)


# -- Programs --------------------------------------------------------------------------


@pytest.mark.parametrize("entry", ["bin", "", ".", "./bin", "../repository/bin"])
def test_git_is_not_the_repositorys(repository: Path, entry: str) -> None:
    """An entry of PATH that is relative means the folder that git is started in."""
    for folder in (repository, repository / "bin"):
        folder.mkdir(exist_ok=True)
        program = folder / "git"
        program.write_text(f"#!/bin/sh\ntouch {repository}/ran\n")
        program.chmod(0o755)
    path = f"{entry}{os.pathsep}{os.environ['PATH']}"
    assert run(repository, ".", PATH=path)[0] == 0
    assert run(repository, "--check", ".", PATH=entry)[0] == 0  # by walking
    assert not (repository / "ran").exists()


def test_a_file_that_is_missing_is_not_fetched(repository: Path) -> None:
    """A sparse index may name one, and a configuration the program that fetches it."""
    mark = repository / "ran"
    program = repository / "program"
    program.write_text(f"#!/bin/sh\ntouch {mark}\n")
    program.chmod(0o755)
    (repository / ".git" / "index").write_bytes(
        index(".gitignore", "a.py", skip_worktree=True)
    )
    for key, value in (
        ("core.repositoryformatversion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", str(repository)),
        ("remote.origin.uploadpack", str(program)),
        ("core.sparseCheckout", "true"),
        ("core.fsmonitor", str(program)),
        ("core.sshCommand", str(program)),
        ("core.pager", str(program)),
        ("core.hooksPath", str(repository)),
    ):
        git(repository, "config", key, value)
    status, _, stderr = run(repository, ".")
    assert (status, patched(stderr)) == (0, DONE)
    assert not mark.exists()


# -- Time ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [".gitignore", ".git/config", ".git/info/exclude"])
def test_git_waits_for_a_fifo(repository: Path, name: str) -> None:
    """It is ended, and the folder is walked."""
    shutil.rmtree((repository / name).parent) if "info" in name else None
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).unlink(missing_ok=True)
    os.mkfifo(repository / name)
    status, _, stderr = run(repository, ".", code=IMPATIENT)
    assert (status, patched(stderr)) == (0, f".: {SLOW}\n{DONE}")


def test_git_tries_every_way_to_match(repository: Path) -> None:
    """Stars that a name can be spread over in more ways than there are atoms."""
    (repository / ".gitignore").write_text("*a" * 14 + "*b\n")
    (repository / ("a" * 60)).touch()
    (repository / ("a" * 60 + ".py")).touch()
    status, _, stderr = run(repository, ".", code=IMPATIENT)
    assert (status, patched(stderr)) == (0, f".: {SLOW}\n{DONE}")


@pytest.mark.skipif(sys.platform == "darwin", reason="git is not limited")
def test_git_reads_a_huge_file(repository: Path) -> None:
    """It would take as much memory; it gets no more than it ever needs."""
    with open(repository / ".gitignore", "wb") as file:
        file.truncate(3 << 30)
    code = (
        "import atexit, resource\ndef say():\n"
        "    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)\n"
        "atexit.register(say)\n"
    )
    status, stdout, stderr = run(repository, ".", code=code)
    assert (status, patched(stderr)) == (0, DONE)
    assert int(stdout) < 1 << 20  # KiB


def test_git_is_given_up_once(tmp_path: Path) -> None:
    """A folder of a thousand such repositories would take a thousand limits."""
    for number in range(3):
        git(tmp_path, "init", "-q", f"{number}")
        (tmp_path / f"{number}" / "tune.py").write_text(TUNE)
        os.mkfifo(tmp_path / f"{number}" / ".gitignore")
    _, _, stderr = run(tmp_path, ".", code=IMPATIENT)
    assert stderr.count(SLOW) == 1
    assert "3 files patched" in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_git_ends_with_the_run(repository: Path, number: signal.Signals) -> None:
    """Whoever stops the run, it leaves nothing behind that goes on."""
    program = repository / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $$ >{repository}/pid\nexec sleep 1000\n")
    program.chmod(0o755)
    path = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    # A shell starts what it puts into the background with Ctrl-C ignored.
    code = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = start(repository, ".", code=code, PATH=path)
    while not (repository / "pid").exists() or not (repository / "pid").read_text():
        assert process.poll() is None
    process.send_signal(number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    said = "interrupted; files are either done or untouched\n"
    assert stderr == (said if number == signal.SIGINT else "")
    with pytest.raises(ProcessLookupError):
        os.kill(int((repository / "pid").read_text()), 0)
    assert (repository / "tune.py").read_text() == TUNE


# -- Depth -----------------------------------------------------------------------------


def test_an_index_with_deep_names(repository: Path) -> None:
    """1,500 folders, and more than any file can lie in."""
    names = ["a/" * 1500 + "x.py", "b/" * 100_000 + "x.py", "tune.py"]
    (repository / ".git" / "index").write_bytes(index(*names))
    status, _, stderr = run(repository, ".")
    assert (status, patched(stderr)) == (0, DONE)


@pytest.mark.parametrize("inside", [True, False])
def test_deep_folders(tmp_path: Path, repository: Path, inside: bool) -> None:
    """They are searched without a word, by git and by walking."""
    top = repository if inside else tmp_path / "top"
    top.mkdir(exist_ok=True)
    code = (
        f"import os\nos.chdir({str(top)!r})\n"
        + "for _ in range(1500):\n    os.mkdir('a')\n    os.chdir('a')\n"
        + f"open('tune.py', 'w').write({TUNE!r})\nos.chdir({str(top)!r})\n"
    )
    status, _, stderr = run(top, ".", code=code)
    assert status == 0
    assert f"patched {'a/' * 1500}tune.py\n" in stderr
    subprocess.run(["rm", "-rf", str(top)], check=True)  # too deep for pytest


def test_repositories_in_each_other(tmp_path: Path) -> None:
    """Each that is broken is walked, without a call for each."""
    folder = tmp_path
    for _ in range(300):
        folder = folder / "a"
        (folder / ".git").mkdir(parents=True)
    (folder / "tune.py").write_text(TUNE)
    code = "import sys\nsys.setrecursionlimit(250)\n"
    status, _, stderr = run(tmp_path, ".", code=code, PATH="")
    assert (status, patched(stderr)) == (
        0,
        f"patched {'a/' * 300}tune.py\n1 file patched\n",
    )
