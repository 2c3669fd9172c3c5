"""Reading scripts and replacing them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from codemod.python.source import MAX_BYTES
from codemod.run import files
from codemod.run.files import FileError, Files, Snapshot, TooLargeError


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A script of one line."""
    file = tmp_path / "x.py"
    file.write_bytes(b"old\n")
    return file


def snapshot(path: Path) -> Snapshot:
    """A file as it is now."""
    return Files().read(str(path))


def replace(path: Path, data: bytes = b"new\n") -> None:
    """Read a file and replace it."""
    Files().replace(str(path), snapshot(path), data)


# -- Reading ---------------------------------------------------------------------------


def test_a_file_is_read_as_bytes(script: Path) -> None:
    """Whatever they are."""
    script.write_bytes(b"\xff\0\r\n")
    assert snapshot(script).data == b"\xff\0\r\n"


def test_an_empty_file_is_read(script: Path) -> None:
    """It is a file like any other."""
    script.write_bytes(b"")
    assert snapshot(script).data == b""


def test_a_missing_file(tmp_path: Path) -> None:
    """The system's words, without the path."""
    with pytest.raises(FileError, match=r"^no such file or directory$"):
        Files().read(str(tmp_path / "x.py"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Nor is it read as one."""
    with pytest.raises(FileError, match=r"^not a regular file$"):
        Files().read(str(tmp_path))


def test_a_path_that_no_file_can_have(tmp_path: Path) -> None:
    """A NUL byte cannot come from the command line, but from the library's caller."""
    with pytest.raises(FileError, match="embedded null"):
        Files().read("a\0b")


def test_a_large_file_is_refused(script: Path) -> None:
    """It is no script, and would take LibCST long."""
    script.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(TooLargeError, match=r"^larger than 1 MiB \(1,048,577 bytes\)"):
        Files().read(str(script))


def test_the_largest_file(script: Path) -> None:
    """The limit itself is no problem."""
    script.write_bytes(b"#" * MAX_BYTES)
    assert len(snapshot(script).data) == MAX_BYTES


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="no /proc here")
def test_a_file_whose_size_the_system_does_not_know() -> None:
    """It is read to its end, and not byte by byte."""
    assert snapshot(Path("/proc/self/status")).data.startswith(b"Name:")


# -- Replacing -------------------------------------------------------------------------


def test_a_file_is_replaced(script: Path) -> None:
    """The new bytes, and nothing beside them in the folder."""
    replace(script)
    assert script.read_bytes() == b"new\n"
    assert os.listdir(script.parent) == ["x.py"]


@pytest.mark.parametrize("opens_in_folders", [True, False])
@pytest.mark.parametrize("is_found", [True, False])
def test_the_temporary_file_is_made_beside_the_script(
    script: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_found: bool,
    opens_in_folders: bool,
) -> None:
    """Never in the current folder, nor on another drive, on Windows neither."""
    if not opens_in_folders:  # as on Windows
        monkeypatch.setattr(files, "_OPENS_IN_FOLDERS", False)
    current = script.parent / "current"
    current.mkdir()
    monkeypatch.chdir(current)
    monkeypatch.delenv("TMPDIR", raising=False)
    seen = []

    def replace(source: str, target: str, **folders: int | None) -> None:
        seen.extend([os.listdir(current), sorted(os.listdir(script.parent))])
        move(source, target, **folders)

    move = os.replace
    monkeypatch.setattr(os, "replace", replace)
    reader = Files()
    given = len(os.path.join(script.parent, "")) if is_found else None
    before = reader.read(str(script), given)
    reader.replace(str(script), before, b"new\n", given)
    reader.close()
    (here, [temporary, *others]) = seen
    assert (here, others) == ([], ["current", "x.py"])
    assert temporary.startswith(".eager-codemod-")
    assert script.read_bytes() == b"new\n"


@pytest.mark.parametrize("mode", [0o600, 0o755, 0o4711, 0o664])
def test_the_mode_is_kept(script: Path, mode: int) -> None:
    """Executable scripts stay executable, private ones private."""
    script.chmod(mode)
    replace(script)
    assert stat.S_IMODE(script.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_owner_is_kept(script: Path) -> None:
    """Root who patches a user's file does not take it."""
    os.chown(script, 1234, 2345)
    replace(script)
    assert (script.stat().st_uid, script.stat().st_gid) == (1234, 2345)


def test_the_mode_is_never_wider_on_the_way(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is written, nobody else can read the temporary file."""
    script.chmod(0o600)
    modes = []

    def fchmod(descriptor: int, mode: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))

    monkeypatch.setattr(os, "fchmod", fchmod)
    replace(script)
    assert modes == [0o600]


def test_a_symbolic_link_stays_one(script: Path) -> None:
    """What it leads to is replaced."""
    link = script.parent / "sub" / "link.py"
    link.parent.mkdir()
    link.symlink_to("../x.py")
    replace(link)
    assert link.is_symlink()
    assert script.read_bytes() == b"new\n"
    assert os.listdir(link.parent) == ["link.py"]


def test_a_chain_of_links_stays_one(script: Path) -> None:
    """Every link of it."""
    (script.parent / "b.py").symlink_to("x.py")
    (script.parent / "a.py").symlink_to("b.py")
    replace(script.parent / "a.py")
    assert os.readlink(script.parent / "a.py") == "b.py"
    assert script.read_bytes() == b"new\n"


def test_of_a_hard_link_this_name_is_replaced(script: Path) -> None:
    """The price of never being half-written: the other name keeps the old file."""
    other = script.parent / "y.py"
    other.hardlink_to(script)
    replace(script)
    assert script.read_bytes() == b"new\n"
    assert other.read_bytes() == b"old\n"


def test_a_file_that_changed_is_left_alone(script: Path) -> None:
    """Somebody saved it in an editor meanwhile."""
    before = snapshot(script)
    script.write_bytes(b"more\n")
    with pytest.raises(FileError, match=r"^changed on disk since it was read; run"):
        Files().replace(str(script), before, b"new\n")
    assert script.read_bytes() == b"more\n"
    assert os.listdir(script.parent) == ["x.py"]


def test_a_change_in_the_same_moment_is_seen(script: Path) -> None:
    """Neither size nor time tells: the bytes do."""
    before = snapshot(script)
    times = script.stat()
    script.write_bytes(b"odd\n")
    os.utime(script, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(FileError, match="changed on disk"):
        Files().replace(str(script), before, b"new\n")
    assert script.read_bytes() == b"odd\n"


def test_a_file_that_was_touched_is_replaced(script: Path) -> None:
    """Its bytes are what was read."""
    before = snapshot(script)
    os.utime(script, (1, 1))
    Files().replace(str(script), before, b"new\n")
    assert script.read_bytes() == b"new\n"


def test_a_file_that_was_replaced_is_left_alone(script: Path) -> None:
    """By the same bytes in another file, perhaps with another meaning."""
    before = snapshot(script)
    other = script.parent / "y"
    other.write_bytes(b"old\n")
    other.replace(script)
    with pytest.raises(FileError, match="changed on disk"):
        Files().replace(str(script), before, b"new\n")
    assert script.read_bytes() == b"old\n"


def test_a_file_that_was_deleted_stays_deleted(script: Path) -> None:
    """It does not come back."""
    before = snapshot(script)
    script.unlink()
    with pytest.raises(FileError, match=r"^cannot be written: no such file or dir"):
        Files().replace(str(script), before, b"new\n")
    assert os.listdir(script.parent) == []


def test_a_file_that_became_a_fifo_is_left_alone(script: Path) -> None:
    """And nobody waits for its writer."""
    before = snapshot(script)
    script.unlink()
    os.mkfifo(script)
    with pytest.raises(FileError, match="changed on disk"):
        Files().replace(str(script), before, b"new\n")
    assert stat.S_ISFIFO(script.stat().st_mode)


def test_the_name_of_the_temporary_file_cannot_be_taken(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there by that name, be it a link to elsewhere, is not written to."""
    monkeypatch.setattr(os, "urandom", bytes)
    victim = script.parent / "victim"
    victim.write_bytes(b"precious")
    (script.parent / f".eager-codemod-{bytes(8).hex()}.tmp").hardlink_to(victim)
    with pytest.raises(FileError, match=r"^cannot be written: file exists$"):
        replace(script)
    assert victim.read_bytes() == b"precious"
    assert script.read_bytes() == b"old\n"
