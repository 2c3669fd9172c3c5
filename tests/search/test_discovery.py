"""Which files the paths on the command line stand for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codemod.search.discovery import Candidate, Discovery
from codemod.settings import Lookup, Settings

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, outside of every repository, without a user's git."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))


def touch(*paths: str) -> None:
    """Make empty files, with their folders."""
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()


def git(*arguments: str, folder: str = ".") -> None:
    """Run git, quietly."""
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(
        [*command, "-C", folder, *arguments], check=True, capture_output=True
    )


@pytest.fixture(params=["walk", "git"])
def way(request: pytest.FixtureRequest) -> str:
    """Search outside of a repository, and inside one with the files untracked."""
    if request.param == "git":
        git("init", "-q")
    return str(request.param)


def found(*paths: str, settings: Settings | None = None) -> list[str]:
    """Return the paths of the candidates; an error fails the test."""
    return [candidate.path for candidate in candidates(*paths, settings=settings)]


def candidates(*paths: str, settings: Settings | None = None) -> list[Candidate]:
    """Return the candidates, by these settings everywhere; an error fails the test."""
    errors: list[tuple[str, str]] = []
    search = Discovery(
        lambda folder: settings or Settings(),
        lambda path, message, *place: errors.append((path, message)),
    )
    result = list(search.files(paths or (".",)))
    assert errors == []
    return result


def named(*paths: str, settings: Settings | None = None) -> list[tuple[str, bool]]:
    """Return the paths of the candidates, and whether each was named."""
    return [(one.path, one.named) for one in candidates(*paths, settings=settings)]


def errors_of(*paths: str) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the paths of the candidates, and the errors."""
    errors: list[tuple[str, str]] = []
    search = Discovery(Lookup().for_folder, lambda *error: errors.append(error))
    return [candidate.path for candidate in search.files(paths)], errors


# Named


def test_named_file_is_taken_at_its_word() -> None:
    """Whatever it is called and wherever it lies."""
    touch("script", "build/.hidden/x.py")
    paths = ["script", "build/.hidden/x.py"]
    assert candidates(*paths) == [Candidate(path, True) for path in paths]


def test_missing_path_is_an_error_and_the_others_are_done() -> None:
    """The error comes with the path as given."""
    touch("a.py")
    files, errors = errors_of("missing.py", "a.py", "a.py/x")
    assert files == ["a.py"]
    assert errors == [
        ("missing.py", "no such file or directory"),
        ("a.py/x", "not a directory"),
    ]


def test_path_with_a_null_byte_is_an_error() -> None:
    """What no file can be called is an error too."""
    found, ((path, message),) = errors_of("a\0.py")
    assert (found, path) == ([], "a\0.py")
    assert "embedded null" in message  # byte or character, as Python has it


@posix_only
def test_named_fifo_is_an_error() -> None:
    """Opening one would wait for a writer."""
    os.mkfifo("x.py")
    _, errors = errors_of("x.py")
    assert errors == [("x.py", "neither a regular file nor a folder")]


def test_file_that_is_named_twice() -> None:
    """By the same path, by another, and through a link: one candidate."""
    touch("a/x.py")
    Path("link.py").symlink_to("a/x.py")
    assert found("a/x.py", "./a/x.py", "link.py") == ["a/x.py"]


def test_file_that_is_named_and_found(way: str) -> None:
    """It comes once, and as a named one, in whichever order."""
    touch("a/x.py", "a/y.py")
    assert named("a/x.py", "a") == [
        ("a/x.py", True),
        (os.path.join("a", "y.py"), False),
    ]
    assert named("a", "a/x.py") == [
        (os.path.join("a", "x.py"), True),
        (os.path.join("a", "y.py"), False),
    ]


def test_overlapping_folders(way: str) -> None:
    """A file that two folders hold comes once."""
    touch("a/b/x.py", "a/y.py")
    assert found("a/b", "a") == [os.path.join("a/b", "x.py"), os.path.join("a", "y.py")]


# Searching


def test_python_files_sorted(way: str) -> None:
    """Scripts and notebooks, in the order of the whole paths, whatever finds them."""
    touch("b.py", "a/z.py", "a.py", "a-b.py", "a/b/c.py", "x.pyw", "y.ipynb", "z.pyi")
    paths = ["a-b.py", "a.py", "a/b/c.py", "a/z.py", "b.py", "y.ipynb"]
    assert found() == [path.replace("/", os.sep) for path in paths]


def test_paths_are_as_given(way: str) -> None:
    """Relative stays relative, absolute absolute, and . leaves no trace."""
    touch("a/x.py")
    assert found(".") == [os.path.join("a", "x.py")]
    assert found("a") == [os.path.join("a", "x.py")]
    assert found("./a") == [os.path.join("./a", "x.py")]
    assert found("a/../a/") == [os.path.join("a/../a/", "x.py")]
    assert found(os.path.abspath("a")) == [os.path.abspath("a/x.py")]


@pytest.mark.parametrize(
    "folder",
    ["build", "dist", "node_modules", "__pycache__", ".tox", "a/build/b", ".a/b"],
)
def test_folders_not_entered(folder: str, way: str) -> None:
    """Build results, other people's code and hidden folders are passed over."""
    touch(f"{folder}/x.py", "y.py")
    assert found() == ["y.py"]


@pytest.mark.parametrize("marker", ["pyvenv.cfg", "conda-meta/history"])
def test_environments_not_entered(marker: str, way: str) -> None:
    """An environment is known by its marker, whatever it is called."""
    touch(f"my/{marker}", "my/lib/python3/site-packages/x.py", "y.py")
    assert found() == ["y.py"]


@pytest.mark.parametrize("folder", ["build", ".hidden", "a/dist"])
def test_named_folder_is_entered(folder: str, way: str) -> None:
    """The defaults are about what is found, not about what is named."""
    touch(f"{folder}/x.py")
    assert found(folder) == [os.path.join(folder, "x.py")]


def test_hidden_files_are_passed_over(way: str) -> None:
    """Editors and file managers leave files like .#x.py and ._x.py."""
    touch(".x.py", "._y.py", "z.py")
    assert found() == ["z.py"]


def test_links_are_not_followed(way: str) -> None:
    """Loops, links out of the tree, second names, and dangling links lead nowhere."""
    touch("outside/o.py", "tree/a/x.py")
    Path("tree/loop").symlink_to("../tree")
    Path("tree/out").symlink_to("../outside")
    Path("tree/out.py").symlink_to("../outside/o.py")
    Path("tree/twice.py").symlink_to("a/x.py")
    Path("tree/dangling.py").symlink_to("nowhere")
    assert found("tree") == [os.path.join("tree", "a", "x.py")]


def test_named_link_is_followed(way: str) -> None:
    """A link that the user names is meant."""
    touch("real/x.py")
    Path("link").symlink_to("real")
    assert found("link") == [os.path.join("link", "x.py")]
    assert found("link", "real") == [os.path.join("link", "x.py")]


@posix_only
def test_found_fifo_is_passed_over(way: str) -> None:
    """What is no regular file is no script."""
    os.mkfifo("x.py")
    touch("y.py")
    assert found() == ["y.py"]


def test_folder_called_like_a_script(way: str) -> None:
    """A folder is entered, whatever its suffix."""
    touch("x.py/y.py")
    assert found() == [os.path.join("x.py", "y.py")]


@pytest.mark.skipif(sys.platform != "linux", reason="needs byte file names")
def test_file_name_that_is_no_text(way: str) -> None:
    """Names that are not UTF-8 come back as the system has them."""
    raw = b"\xff.py"
    Path(os.fsdecode(raw)).touch()
    assert [os.fsencode(path) for path in found()] == [raw]


def test_folder_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported, and the rest is done."""
    touch("a/x.py", "b/y.py")
    locked = os.path.join(".", "a")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path == locked:
            raise PermissionError(13, "permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # chmod does not keep root out
    files, errors = errors_of(".")
    assert files == [os.path.join("b", "y.py")]
    assert errors == [(locked, "permission denied")]


# git


def test_ignored_files_are_left_out() -> None:
    """Tracked and untracked files come, ignored ones do not, deleted ones do not."""
    git("init", "-q")
    touch("tracked.py", "gone.py", "forced/t.py", "new.py", "ignored/x.py", "a/i.py")
    Path(".gitignore").write_text("ignored/\n/a/i.py\nforced/\n")
    git("add", "-f", "tracked.py", "gone.py", "forced/t.py")
    Path("gone.py").unlink()
    assert found() == [os.path.join("forced", "t.py"), "new.py", "tracked.py"]


def test_folder_inside_a_repository() -> None:
    """The ignore rules of the folders above hold."""
    git("init", "-q")
    touch("a/b/x.py", "a/b/i.py")
    Path(".gitignore").write_text("i.py\n")
    assert found("a/b") == [os.path.join("a/b", "x.py")]


def test_named_folder_that_git_ignores() -> None:
    """It is searched: naming it says so."""
    git("init", "-q")
    touch("ignored/x.py")
    Path(".gitignore").write_text("ignored/\n")
    assert found("ignored") == [os.path.join("ignored", "x.py")]


def test_folder_whose_files_are_all_ignored() -> None:
    """A folder that is not ignored itself has its ignored files left out."""
    git("init", "-q")
    touch("a/x.py")
    Path(".gitignore").write_text("*.py\n")
    assert found("a") == []


def test_file_with_conflicts_comes_once() -> None:
    """The index holds one entry for each side of a conflict."""
    git("init", "-q", "-b", "main")
    Path("x.py").write_text("1\n")
    git("add", ".")
    git("commit", "-qm", "1")
    git("checkout", "-qb", "other")
    Path("x.py").write_text("2\n")
    git("commit", "-qam", "2")
    git("checkout", "-q", "main")
    Path("x.py").write_text("3\n")
    git("commit", "-qam", "3")
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "other")
    assert found() == ["x.py"]


def test_repository_in_a_repository_is_not_entered() -> None:
    """A clone or submodule inside is another project; named, it is searched."""
    git("init", "-q")
    touch("x.py", "vendor/clone/y.py")
    git("init", "-q", folder="vendor/clone")
    assert found() == ["x.py"]
    assert found("vendor/clone") == [os.path.join("vendor/clone", "y.py")]


def test_repositories_in_a_folder() -> None:
    """A folder of several repositories is searched by the rules of each."""
    touch("one/x.py", "one/i.py", "two/i.py")
    Path("one/.gitignore").write_text("i.py\n")
    git("init", "-q", folder="one")
    git("init", "-q", folder="two")
    assert found() == [os.path.join("one", "x.py"), os.path.join("two", "i.py")]


def test_git_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git, or with a broken repository, the folder is walked."""
    touch("x.py", ".git/HEAD")
    assert found() == ["x.py"]
    monkeypatch.setenv("PATH", "")
    assert found() == ["x.py"]


def test_environment_of_a_git_hook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that git sets for its hooks do not mislead the search."""
    git("init", "-q")
    touch("a/x.py", "a/i.py")
    Path(".gitignore").write_text("i.py\n")
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other")
    assert found("a") == [os.path.join("a", "x.py")]


def test_no_program_of_the_repository_is_run() -> None:
    """A repository's configuration cannot make the search start something."""
    git("init", "-q")
    touch("x.py")
    git("config", "core.fsmonitor", "touch monitored")
    assert found() == ["x.py"]
    assert not Path("monitored").exists()


# Excludes


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        ((), ["a/gen_x.py", "a/old/y.py", "old/z.py"]),
        (("old/",), ["a/gen_x.py"]),
        (("/old/",), ["a/gen_x.py", "a/old/y.py"]),
        (("gen_*",), ["a/old/y.py", "old/z.py"]),
        (("a/**/y.py",), ["a/gen_x.py", "old/z.py"]),
        (("*.py", "!gen_x.py"), ["a/gen_x.py"]),
        (("# comment", ""), ["a/gen_x.py", "a/old/y.py", "old/z.py"]),
    ],
)
def test_exclude(patterns: tuple[str, ...], expected: list[str], way: str) -> None:
    """The patterns mean what they mean in .gitignore."""
    touch("a/gen_x.py", "a/old/y.py", "old/z.py")
    paths = found(settings=Settings(exclude=patterns))
    assert paths == [path.replace("/", os.sep) for path in expected]


def test_exclude_is_relative_to_the_settings(tmp_path: Path) -> None:
    """Patterns start at the settings file's folder, from wherever the tool is run."""
    touch("project/old/x.py", "project/y.py")
    settings = Settings(exclude=("/old/",), root=str(tmp_path / "project"))
    assert found("project", settings=settings) == [os.path.join("project", "y.py")]


def test_named_file_is_excluded_only_by_force(way: str) -> None:
    """As a pre-commit hook needs it, which names every file."""
    touch("old/x.py", "y.py")
    settings = Settings(exclude=("old/",))
    assert found("old/x.py", "y.py", settings=settings) == ["old/x.py", "y.py"]
    forced = Settings(exclude=("old/",), force_exclude=True)
    assert found("old/x.py", "y.py", settings=forced) == ["y.py"]
    assert found("old", settings=forced) == []
