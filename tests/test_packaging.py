"""What is uploaded: an sdist and a wheel that are small, complete and valid."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest

import codemod
from tests.repository import this_project

pytestmark = pytest.mark.slow
for _tool in ("build", "twine"):
    pytest.importorskip(_tool)

ROOT = Path(__file__).parent.parent
PACKAGED = ("codemod/", "examples/", "docs/")
NAME = f"eager_codemod-{codemod.__version__}"


def run(*command: str, folder: Path) -> str:
    """Run a Python module and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `python -m build` fills, from a clean copy of what git has."""
    source = this_project(
        tmp_path_factory.mktemp("packaging") / "source", everything=True
    )
    run("build", "--outdir", str(source.parent / "dist"), folder=source)
    return source.parent / "dist"


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    """The wheel, which is for every platform."""
    return zipfile.ZipFile(built / f"{NAME}-py3-none-any.whl")


@pytest.fixture(scope="module")
def sdist(built: Path) -> dict[str, int]:
    """The sizes of the sdist's files, by path."""
    with tarfile.open(built / f"{NAME}.tar.gz") as archive:
        return {
            member.name.removeprefix(f"{NAME}/"): member.size
            for member in archive.getmembers()
            if member.isfile()
        }


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    """What the index shows."""
    text = wheel.read(f"{NAME}.dist-info/METADATA").decode()
    return HeaderParser().parsestr(text)


def test_nothing_else_is_built(built: Path) -> None:
    """One sdist, one wheel."""
    assert {file.name for file in built.iterdir()} == {
        f"{NAME}.tar.gz",
        f"{NAME}-py3-none-any.whl",
    }


def test_the_index_accepts_it(built: Path) -> None:
    """twine has nothing to complain about, the README's markup included."""
    files = [str(file) for file in built.iterdir()]
    output = run("twine", "check", "--strict", *files, folder=built)
    assert output.count("PASSED") == 2


def test_the_sdist_is_small(built: Path) -> None:
    """Below 250 kB, whatever is added; the tests would double it."""
    assert (built / f"{NAME}.tar.gz").stat().st_size < 250_000


def test_the_wheel_is_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    """Every module of the working tree, the type marker, and the metadata."""
    info = f"{NAME}.dist-info"
    expected = {
        str(file.relative_to(ROOT).as_posix())
        for file in (ROOT / "codemod").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    names = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    assert set(wheel.namelist()) == expected | {f"{info}/{name}" for name in names}
    assert "codemod/py.typed" in expected


def test_the_sdist_is_what_users_need(sdist: dict[str, int]) -> None:
    """The package, documents, examples; no tests, and nothing that a run leaves."""
    for name in (
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        ".pre-commit-hooks.yaml",
        ".libcst.codemod.yaml",
        "docs/workflows.md",
        "docs/formats.md",
        "docs/terminal.svg",
        "examples/conf/tune.yaml",
    ):
        assert name in sdist
    rest = [name for name in sdist if not name.startswith(PACKAGED) and "/" in name]
    assert rest == []
    assert not [name for name in sdist if re.search(r"__pycache__|\.pyc$|cache/", name)]


def test_the_version_is_from_one_place(metadata: Message) -> None:
    """`codemod.__version__` is the version; no other file repeats it."""
    assert metadata["Version"] == codemod.__version__
    assert codemod.__version__ not in (ROOT / "pyproject.toml").read_text()


def test_the_changelog_knows_the_version() -> None:
    """The newest entry is this version's."""
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == codemod.__version__


def test_classifiers_and_addresses(metadata: Message) -> None:
    """The Pythons, the licence, and where to go with a question."""
    classifiers = metadata.get_all("Classifier") or []
    pythons = [c for c in classifiers if re.search(r"3\.\d+$", c)]
    assert pythons[0].endswith(metadata["Requires-Python"].removeprefix(">="))
    assert "Typing :: Typed" in classifiers
    assert metadata["License-Expression"] == "MIT"
    urls = dict(url.split(", ") for url in metadata.get_all("Project-URL") or [])
    assert set(urls) >= {"Homepage", "Changelog", "Issues"}


def test_little_is_required(metadata: Message) -> None:
    """A hook is installed in seconds: nothing but these at run time."""
    required = [
        r for r in metadata.get_all("Requires-Dist") or [] if "extra ==" not in r
    ]
    names = {re.split(r"[^\w-]", requirement)[0] for requirement in required}
    assert names == {"click", "libcst", "pyyaml", "tomli"}


def test_the_command_is_installed(wheel: zipfile.ZipFile) -> None:
    """One command, and the schema of the settings for validate-pyproject."""
    points = wheel.read(f"{NAME}.dist-info/entry_points.txt").decode()
    assert points.split() == [
        "[console_scripts]",
        "eager-codemod",
        "=",
        "codemod.__main__:command",
        "[validate_pyproject.tool_schema]",
        "eager-codemod",
        "=",
        "codemod.schema:tool_schema",
    ]
    assert callable(importlib.import_module("codemod.__main__").command)
