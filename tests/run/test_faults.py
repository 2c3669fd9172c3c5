"""What can go wrong with files and processes, each provoked for real.

Whatever happens, a file is afterwards what it was or what it was to become.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import codemod
from codemod.run import files
from codemod.run.files import FileError, Files
from codemod.run.result import Plan, Result
from codemod.run.runner import run
from codemod.search import reading
from codemod.search.discovery import Candidate, Discovery
from codemod.settings import Lookup, Settings
from tests.forks import NEEDS_FORK, status_of, unprivileged
from tests.invoke import TUNE, Command

REPOSITORY = Path(__file__).parents[2]
PATCHED = str(codemod.patch(TUNE).source)
OLD, NEW = b"old\n" * 1000, b"new\n" * 1000
FILES = (files.__file__, reading.__file__)
HINT = ": trials run in threads "
# A shell starts what it puts into the background with Ctrl-C ignored.
_PRELUDE = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
_RUN = "from codemod.cli import main\nmain(prog_name='eager-codemod')"


def start(*arguments: str, code: str = "", **more: Any) -> subprocess.Popen[str]:
    """Start the command, perhaps by a program that does something to it first."""
    program = f"{_PRELUDE}{code}\n{_RUN}"
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        **more,
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for the command; one that hangs fails the test."""
    try:
        stdout, stderr = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, stdout, stderr


def scripts(folder: Path, count: int) -> list[Path]:
    """Scripts that need the guard."""
    made = [folder / f"{number:02}.py" for number in range(count)]
    for file in made:
        file.write_text(TUNE)
    return made


def leftovers(folder: Path) -> list[str]:
    """The files in a folder that are no scripts."""
    return [name for name in os.listdir(folder) if not name.endswith(".py")]


# -- Killed ----------------------------------------------------------------------------


def at_step(number: int, act: Callable[[], None]) -> Callable[..., None]:
    """A profile function that acts at a step of what reads and writes files.

    A step is a call of the system, or of Python's own functions, about to begin or
    just over: nothing that other processes could see happens in between.
    """
    left = number

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal left
        if frame.f_code.co_filename in FILES and event.startswith("c_"):
            left -= 1
            if left == 0:
                act()

    return profile


def kill() -> None:
    """End this process at once."""
    os.kill(os.getpid(), signal.SIGKILL)


def replace_under(profile: Callable[..., None], file: Path) -> None:
    """Replace a file, with something happening on the way."""
    sys.setprofile(profile)
    some = Files()
    some.replace(str(file), some.read(str(file)), NEW)


@NEEDS_FORK
def test_killed_at_every_step(tmp_path: Path) -> None:
    """Around each call of the system: the file is old or new, mode and all."""
    file = tmp_path / "x.py"
    seen = []
    step = 0
    finished = False
    while not finished:
        step += 1
        file.write_bytes(OLD)
        file.chmod(0o751)
        profile = at_step(step, kill)
        finished = status_of(partial(replace_under, profile, file)) == 0
        seen.append(file.read_bytes())
        assert file.stat().st_mode & 0o777 == 0o751
    assert set(seen) == {OLD, NEW}
    assert seen == sorted(seen, reverse=True)  # once it is new, it stays new
    assert step > 30


@NEEDS_FORK
def test_what_a_killed_run_leaves_behind_disturbs_nobody(
    command: Command, here: Path
) -> None:
    """The next run takes no temporary file for a script, and does what is to do."""
    (file,) = scripts(here, 1)
    for step in range(1, 120, 2):
        profile = at_step(step, kill)
        status_of(partial(replace_under, profile, file))
    assert leftovers(here)
    file.write_text(TUNE)
    search = Discovery(Lookup().for_folder, lambda *error: pytest.fail(str(error)))
    assert [candidate.path for candidate in search.files(["."])] == ["00.py"]
    assert command(".").stderr.startswith("patched 00.py\n1 file patched\n")
    assert file.read_text() == PATCHED


@NEEDS_FORK
def test_interrupted_at_every_step(tmp_path: Path) -> None:
    """Ctrl-C leaves not even a temporary file, but for the moment it is made in."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    file = tmp_path / "x.py"
    finished, step, left = False, 0, 0
    while not finished:
        step += 1
        file.write_bytes(OLD)
        profile = at_step(step, interrupt)
        finished = status_of(partial(replace_under, profile, file)) == 0
        assert file.read_bytes() in (OLD, NEW)
        left += len(leftovers(tmp_path))
        for name in leftovers(tmp_path):
            (tmp_path / name).unlink()
    assert left <= 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers by fork")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c(here: Path, jobs: str) -> None:
    """Status 130, one line, and every file old or new, with workers and without."""
    made = scripts(here, 6)
    code = """
import os, signal
from codemod.run.runner import Runner
finish = Runner.finish
def interrupted(self, candidate, snapshot):
    if candidate.path == "03.py":
        os.killpg(0, signal.SIGINT)  # as a terminal does: to the workers too
    return finish(self, candidate, snapshot)
Runner.finish = interrupted
"""
    process = start("--jobs", jobs, ".", code=code, start_new_session=True)
    status, stdout, stderr = finish(process)
    assert (status, stdout) == (130, "")
    *lines, last = stderr.splitlines()
    assert last == "interrupted; files are either done or untouched"
    assert all(line.startswith("patched 0") for line in lines)
    contents = [file.read_text() for file in made]
    assert set(contents) == {TUNE, PATCHED} or jobs == "2"
    assert set(contents) <= {TUNE, PATCHED}
    assert leftovers(here) == []


# LibCST's classes have hundreds of descriptors, and are made when it is imported.
_IN_A_CLASS = """
import os, sys
class Descriptor:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), signal.SIGINT)
class Finder:
    def find_spec(self, name, *_):
        if name == "libcst":
            type("Owner", (), {"field": Descriptor()})
sys.meta_path.insert(0, Finder())
"""


def test_ctrl_c_while_a_class_is_made(here: Path) -> None:
    """Python makes a RuntimeError of it, which is no file's error."""
    (here / "a.py").write_text(TUNE)
    status, stdout, stderr = finish(start(".", code=_IN_A_CLASS))
    assert (status, stdout) == (130, "")
    assert stderr == "interrupted; files are either done or untouched\n"
    assert (here / "a.py").read_text() == TUNE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers by fork")
def test_workers_end_with_a_killed_parent(here: Path) -> None:
    """They would wait for work for ever, one set for each run that CI cancels."""
    scripts(here, 6)
    code = """
import os, signal, time
from codemod.run.runner import Runner
finish, parent = Runner.finish, os.getpid()
def waiting(self, candidate, snapshot):
    if candidate.path == "05.py":
        os.kill(parent, signal.SIGKILL)
    return finish(self, candidate, snapshot)
Runner.finish = waiting
"""
    process = start("--jobs", "2", ".", code=code)
    # Standard error is closed when the last process that holds it has ended.
    status, _, _ = finish(process)
    assert status == -signal.SIGKILL
    assert leftovers(here) == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="workers by fork")
def test_a_killed_worker(here: Path) -> None:
    """Its file is an error and stays as it was; a second run mends it."""
    made = scripts(here, 4)
    code = """
import os, signal
from codemod.run.runner import Runner
finish, parent = Runner.finish, os.getpid()
def killed(self, candidate, snapshot):
    if candidate.path == "02.py" and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return finish(self, candidate, snapshot)
Runner.finish = killed
"""
    status, stdout, stderr = finish(start("--jobs", "2", ".", code=code))
    assert (status, stdout) == (2, "")
    message = "a worker process died before this file was done; try --jobs 1"
    assert f"02.py: {message}\n" in stderr
    assert "Traceback" not in stderr
    assert made[2].read_text() == TUNE
    assert {file.read_text() for file in made} <= {TUNE, PATCHED}
    assert finish(start("."))[0] == 0
    assert {file.read_text() for file in made} == {PATCHED}


# -- Full ------------------------------------------------------------------------------


@NEEDS_FORK
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """A limit on file sizes acts like a full disk: only a part can be written."""
    file = tmp_path / "x.py"
    file.write_bytes(OLD)

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        snapshot = Files().read(str(file))
        with pytest.raises(FileError, match=r"^cannot be written: file too large$"):
            Files().replace(str(file), snapshot, NEW)

    assert status_of(limited) == 0
    assert file.read_bytes() == OLD
    assert leftovers(tmp_path) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except OSError:
        pytest.skip("no mount here")
    if done.returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up(
    small_disk: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file that no longer fits is an error, and stays as it was."""
    monkeypatch.chdir(small_disk)
    made = scripts(small_disk, 2)
    with open(small_disk / "fill", "wb", buffering=0) as fill:
        while True:
            try:
                fill.write(b"x" * 4096)
            except OSError:
                break
    status, stdout, stderr = command(".")
    assert (status, stdout) == (2, "")
    assert stderr == (
        "00.py: cannot be written: no space left on device\n"
        "01.py: cannot be written: no space left on device\n"
        "2 files failed\n"
    )
    assert {file.read_text() for file in made} == {TUNE}
    assert leftovers(small_disk) == ["fill"]


# -- Not allowed -----------------------------------------------------------------------


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that somebody else than root can reach and write to."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder
        folder.chmod(0o777)
        for inner in folder.iterdir():
            inner.chmod(0o777)


def run_unprivileged(*paths: Path) -> list[tuple[str, str]]:
    """Run over files as nobody; status and message of each."""
    candidates = [Candidate(str(path), True) for path in paths]

    def result() -> list[tuple[str, str]]:
        found: list[Result] = list(run(candidates, Plan(Settings())))
        return [(one.status, one.message) for one in found]

    list(run(candidates, Plan(Settings(), write=False)))  # imports what nobody may not
    return unprivileged(result)


@NEEDS_FORK
def test_a_file_that_may_not_be_read(shared: Path) -> None:
    """The others are done."""
    first, second = scripts(shared, 2)
    first.chmod(0)
    second.chmod(0o666)
    assert run_unprivileged(first, second) == [
        ("error", "permission denied"),
        ("changed", ""),
    ]
    assert second.read_text() == PATCHED


@NEEDS_FORK
def test_a_file_that_may_not_be_written(shared: Path) -> None:
    """Though its folder would allow to replace it: that is not what its owner meant."""
    (file,) = scripts(shared, 1)
    file.chmod(0o444)
    assert run_unprivileged(file) == [("error", "read-only file, left alone")]
    assert file.read_text() == TUNE


@NEEDS_FORK
def test_a_folder_that_may_not_be_written(shared: Path) -> None:
    """There is no room for the temporary file, and no half-hearted other way."""
    (file,) = scripts(shared, 1)
    file.chmod(0o666)
    shared.chmod(0o555)
    message = "cannot be written: permission denied"
    assert run_unprivileged(file) == [("error", message)]
    assert file.read_text() == TUNE


@NEEDS_FORK
def test_a_folder_that_may_not_be_read(shared: Path) -> None:
    """It is an error; what is beside it is found."""
    (file,) = scripts(shared, 1)
    (shared / "closed").mkdir()
    (shared / "closed").chmod(0)

    def search() -> tuple[list[str], list[tuple[str, str]]]:
        errors: list[tuple[str, str]] = []
        search = Discovery(Lookup().for_folder, lambda *error: errors.append(error))
        return [candidate.path for candidate in search.files([str(shared)])], errors

    assert unprivileged(search) == (
        [str(file)],
        [(str(shared / "closed"), "permission denied")],
    )


# -- No regular files ------------------------------------------------------------------


def test_a_fifo_a_socket_and_a_device_are_passed_over(here: Path) -> None:
    """Opening them may wait for ever; a folder may hold them."""
    scripts(here, 1)
    os.mkfifo(here / "fifo.py")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket.py")
    (here / "device.py").symlink_to("/dev/zero")
    status, _, stderr = finish(start("."))
    listener.close()
    assert status == 0
    assert stderr.startswith("patched 00.py\n1 file patched\n")


def test_a_fifo_a_socket_and_a_device_that_are_named(here: Path) -> None:
    """An error for each, and the file beside them is done."""
    scripts(here, 1)
    os.mkfifo(here / "fifo.py")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("socket.py")
    (here / "device.py").symlink_to("/dev/zero")
    status, _, stderr = finish(start("fifo.py", "socket.py", "device.py", "00.py"))
    listener.close()
    message = "neither a regular file nor a folder"
    assert status == 2
    assert stderr.startswith(
        f"fifo.py: {message}\nsocket.py: {message}\ndevice.py: {message}\n"
        "patched 00.py\n1 file patched, 3 files failed\n"
    )


def test_a_folder_called_like_a_script(command: Command, here: Path) -> None:
    """It is a folder."""
    (here / "x.py").mkdir()
    scripts(here / "x.py", 1)
    expected = "patched x.py/00.py\n1 file patched\n"
    assert command("x.py").stderr.startswith(expected)


def test_settings_that_are_a_fifo(here: Path) -> None:
    """Nobody waits for a writer of pyproject.toml."""
    scripts(here, 1)
    os.mkfifo(here / "pyproject.toml")
    assert finish(start("."))[0] == 0


@pytest.mark.parametrize("name", ["helper.py", "conf/config.yaml", "pyproject.toml"])
def test_a_device_beside_a_script(here: Path, name: str) -> None:
    """A link to a device without end is not read to its end."""
    (here / "train.py").write_text(
        "import hydra\nimport helper\nfrom helper import get\n\n\n"
        "@hydra.main(config_path='conf', config_name='config')\n"
        "def main(cfg):\n    get()\n"
    )
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).symlink_to("/dev/zero")
    status, _, stderr = finish(start("--select", "all", "."))
    assert (status, stderr) == (0, "patched train.py\n1 file patched\n")


# -- Links -----------------------------------------------------------------------------


def test_a_circle_of_folders(command: Command, here: Path) -> None:
    """It is not walked, and each file is found once."""
    scripts(here, 1)
    (here / "sub").mkdir()
    (here / "sub" / "back").symlink_to("..")
    (here / "self").symlink_to(".")
    assert command(".").stderr.startswith("patched 00.py\n1 file patched\n")


def test_a_link_to_itself(command: Command, here: Path) -> None:
    """It is an error where it is named, and nothing where it is found."""
    (here / "x.py").symlink_to("x.py")
    assert command(".").status == 0
    status, _, stderr = command("x.py")
    assert (status, stderr.splitlines()[0][:6]) == (2, "x.py: ")


def test_a_named_link_is_written_through(command: Command, here: Path) -> None:
    """Who names a link means what it leads to; it stays a link."""
    (here / "target").mkdir()
    (file,) = scripts(here / "target", 1)
    (here / "link.py").symlink_to(file)
    assert command("link.py").stderr.startswith("patched link.py\n")
    assert (here / "link.py").is_symlink()
    assert file.read_text() == PATCHED


def test_a_file_and_a_link_to_it(command: Command, here: Path) -> None:
    """Named together, they are one file, patched once."""
    scripts(here, 1)
    (here / "link.py").symlink_to("00.py")
    assert command("00.py", "link.py").stderr.startswith("patched 00.py\n1 file pat")


# -- Names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"with space.py", "with space.py"),
        (b"two\nlines.py", "two\\nlines.py"),
        (b"tab\t.py", "tab\\t.py"),
        (b"\x1b[31mred.py", "\\x1b[31mred.py"),
        (b"latin-\xe9.py", "latin-\\xe9.py"),
        ("über.py".encode(), "über.py"),
        ("\u202etxt.py".encode(), "\\u202etxt.py"),
        (b"-x.py", "-x.py"),
        (b"*.py", "*.py"),
    ],
)
def test_strange_names(command: Command, here: Path, name: bytes, shown: str) -> None:
    """Found and named, they are patched; the terminal gets printable text only."""
    path = os.path.join(os.fsencode(here), name)
    for arguments in ((".",), ("--", os.fsdecode(name))):
        with open(path, "wb") as file:
            file.write(TUNE.encode())
        status, stdout, stderr = command(*arguments)
        assert (status, stdout) == (0, "")
        assert stderr.startswith(f"patched {shown}\n1 file patched\n")
        with open(path, "rb") as file:
            assert file.read() == PATCHED.encode()


def test_strange_names_in_diffs_and_trails(command: Command, here: Path) -> None:
    """Every place that shows a path shows it printable."""
    (here / "a\x1b[2J.py").write_text(TUNE)
    (here / "b\x1b[2J.py").write_text("def main(study.optimize, n_trials:")
    for option in ("--diff", "--explain", "-v"):
        status, stdout, stderr = command(option, ".")
        assert status == 2
        assert "\x1b" not in stdout + stderr


def test_strange_names_in_a_repository(command: Command, here: Path) -> None:
    """Git quotes such names unless it is asked not to."""
    subprocess.run(["git", "init", "-q"], cwd=here, check=True)
    (here / "two\nlines é.py").write_text(TUNE)
    assert command(".").stderr.startswith("patched two\\nlines é.py\n1 file patched\n")


# -- Many ------------------------------------------------------------------------------


def test_two_runs_at_once(here: Path) -> None:
    """Each file is patched by one of them; the other says so, or has nothing to do."""
    made = scripts(here, 40)
    outcomes = [
        finish(process) for process in [start("--jobs", "2", ".") for _ in "ab"]
    ]
    assert {file.read_text() for file in made} == {PATCHED}
    assert leftovers(here) == []
    for status, stdout, stderr in outcomes:
        assert stdout == ""
        # The hint is for who patched one: the other may have come too late for any.
        said = [line for line in stderr.splitlines() if HINT not in line]
        *lines, summary = said
        assert "patched" in summary or "already fine" in summary
        failed = [line for line in lines if not line.startswith("patched ")]
        assert all(line.endswith("since it was read; run again") for line in failed)
        assert status == (2 if failed else 0)


COUNTING = """
import json, resource, sys
count = 0
def hook(event, arguments):
    global count
    if event == "open" and str(arguments[0]).removesuffix(".py").isdigit():
        count += 1
sys.addaudithook(hook)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from codemod.cli import main
try:
    main([".", "--select", "all"])
except SystemExit as end:
    # Linux hands ru_maxrss on from the process that started this one; VmHWM is ours.
    try:
        with open("/proc/self/status") as status:
            most = next(int(x.split()[1]) for x in status if x.startswith("VmHWM"))
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps([end.code, count, most]))
"""


def test_ten_thousand_files(here: Path) -> None:
    """Each is opened once, none stays open, and memory does not grow with them."""
    for folder in range(100):
        (here / f"f{folder}").mkdir()
        for number in range(100):
            path = here / f"f{folder}" / f"{number}.py"
            path.write_bytes(b"import os\nx = '%s'\n" % (b"x" * 2000))
    done = subprocess.run(
        [sys.executable, "-c", COUNTING],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    status, count, most = json.loads(done.stdout)
    assert (status, count) == (0, 10_000)
    assert done.stderr.startswith("nothing to do: no script with an entry point")
    unit = 1 if sys.platform == "darwin" else 1024
    assert most * unit < 64 << 20
