"""The codemod under LibCST's own tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import libcst as cst
import pytest
from libcst.codemod import CodemodContext

import codemod
from codemod.commands import EagerLoadCommand
from codemod.python.source import SourceError
from codemod.run.result import Result
from codemod.settings import Settings
from tests.invoke import DOWNLOAD, REPOSITORY, TUNE, process

COMMAND = "codemod.commands.EagerLoadCommand"


def tool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run LibCST's tool in a folder."""
    return process(folder, *arguments, module="libcst.tool")


def transform(script: str, context: CodemodContext | None = None, **kwargs: str) -> str:
    """Run the codemod on a script in this process."""
    command = EagerLoadCommand(context or CodemodContext(), **kwargs)
    return command.transform_module(cst.parse_module(script)).code


def test_the_tool_patches_a_file(tmp_path: Path) -> None:
    """LibCST's tool finds the class by its full name and writes what we would."""
    (tmp_path / "tune.py").write_text(TUNE)
    done = tool(tmp_path, "codemod", "-x", "--no-format", COMMAND, "tune.py")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tune.py").read_text() == codemod.patch(TUNE).source


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    """A script that is patched stays as it is."""
    patched = codemod.patch(TUNE).source
    (tmp_path / "tune.py").write_text(patched)
    done = tool(tmp_path, "codemod", "-x", "--no-format", COMMAND, "tune.py")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tune.py").read_text() == patched


def test_the_tool_passes_options_on(tmp_path: Path) -> None:
    """The options are LibCST's own, and a folder's scripts can be selected."""
    (tmp_path / "tune.py").write_text(TUNE)
    (tmp_path / "download.py").write_text(DOWNLOAD)
    options = ["--load", "ElectraConfig", "--load", "T5Config", "--select", "hpo"]
    done = tool(tmp_path, "codemod", "-x", "--no-format", COMMAND, ".", *options)
    assert done.returncode == 0, done.stderr
    settings = Settings(load=("ElectraConfig", "T5Config"))
    assert (tmp_path / "tune.py").read_text() == codemod.patch(TUNE, settings).source
    assert (tmp_path / "download.py").read_text() == DOWNLOAD


def test_the_tool_refuses_what_is_no_identifier(tmp_path: Path) -> None:
    """A name that cannot be imported is an error of usage."""
    done = tool(tmp_path, "codemod", "-x", COMMAND, ".", "--load", "Electra-Config")
    assert done.returncode == 2
    assert "'Electra-Config' is no identifier" in done.stderr


def test_the_tool_goes_on_after_a_script_that_fails(tmp_path: Path) -> None:
    """A script that does not parse is LibCST's to report; the others are done."""
    (tmp_path / "bad.py").write_text("def main(:\n")
    (tmp_path / "tune.py").write_text(TUNE)
    done = tool(tmp_path, "codemod", "-x", "--no-format", COMMAND, ".")
    assert done.returncode == 1
    assert "Failed to codemod 1 files" in done.stderr
    assert (tmp_path / "tune.py").read_text() == codemod.patch(TUNE).source


def test_the_tool_lists_the_codemod_in_a_clone() -> None:
    """In this repository, .libcst.codemod.yaml makes the codemod known."""
    done = tool(REPOSITORY, "list")
    assert done.stderr == ""
    name, _, description = done.stdout.strip().partition(" - ")
    assert name == "commands.EagerLoadCommand"
    assert description == EagerLoadCommand.DESCRIPTION


@pytest.mark.parametrize("name", [COMMAND, "commands.EagerLoadCommand"])
def test_the_tool_runs_the_codemod_in_a_clone(tmp_path: Path, name: str) -> None:
    """In this repository either name does without -x, and no formatter interferes."""
    (tmp_path / "tune.py").write_text(TUNE)
    done = tool(REPOSITORY, "codemod", name, str(tmp_path / "tune.py"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tune.py").read_text() == codemod.patch(TUNE).source


def test_a_script_with_nothing_to_do_keeps_its_tree() -> None:
    """Where nothing changes, nothing is printed anew."""
    assert transform("import os\n") == "import os\n"


def test_any_entry() -> None:
    """A main() without argparse is one with --entry any."""
    script = "def main():\n    pass\n"
    assert transform(script) == script
    expected = codemod.patch(script, Settings(entry="any")).source
    assert transform(script, entry="any", select="all") == expected


def test_the_skip_comment_holds() -> None:
    """A script that is to be left alone is left alone by LibCST's tool too."""
    script = f"# eager-codemod: skip\n{TUNE}"
    assert transform(script) == script


def test_imports_are_followed_from_the_file(tmp_path: Path) -> None:
    """A script whose own package searches is recognised by its path."""
    (tmp_path / "search.py").write_text(
        "import optuna\nfrom transformers import AutoModel\n\n\n"
        "def search():\n    optuna.create_study().optimize(AutoModel, n_jobs=2)\n"
    )
    script = "from search import search\n\n\ndef main():\n    search()\n"
    assert transform(script) == script
    context = CodemodContext(filename=str(tmp_path / "tune.py"))
    assert "_eager_load" in transform(script, context)


def test_scripts_are_selected_as_in_a_folder() -> None:
    """Nobody wants the guard in a script that downloads data, unless asked for."""
    assert transform(DOWNLOAD) == DOWNLOAD
    assert "_eager_load" in transform(DOWNLOAD, select="all")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(TUNE.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(b"\xef\xbb\xbf" + TUNE.encode(), id="bom"),
        pytest.param(
            f"# coding: latin-1\n# \xe9\n{TUNE}".encode("latin-1"), id="cookie"
        ),
        pytest.param(TUNE.replace("    ", "\t").encode(), id="tabs"),
        pytest.param(TUNE.rstrip().encode(), id="no newline"),
    ],
)
def test_bytes_come_out_as_from_the_command(data: bytes) -> None:
    """Encodings, line endings and indentation survive the way through LibCST."""
    command = EagerLoadCommand(CodemodContext())
    assert command.transform_module(cst.parse_module(data)).bytes == (
        codemod.patch(data).source
    )


def test_a_script_that_cannot_be_changed_raises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """LibCST reports the exception and goes on with the next file."""
    failed = Result("tune.py", True, "error", message="no", line=3, column=1)
    monkeypatch.setattr("codemod.commands.run_bytes", lambda *_: failed)
    with pytest.raises(SourceError, match="no") as raised:
        transform(TUNE)
    assert (raised.value.line, raised.value.column) == (3, 1)
