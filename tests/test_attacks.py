"""Whatever a repository says, people and CI services read one harmless line."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from codemod import patch
from tests.invoke import TUNE, Command
from tests.process import run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
PATCHED = str(patch(TUNE).source)
GUARD = f"""\

def _eager_load_transformers_configs():
    from transformers import A{"9" * 5000}, B1

"""
FORMATS = ["text", "json", "github", "gitlab", "sarif"]

NAMES = {
    "::error file=a::x.py": "./::error file=a::x.py",
    " ::stop-commands::x.py": "./ ::stop-commands::x.py",
    "##[error]x.py": "##\\x5berror]x.py",
    "a##vso[task.complete]x.py": "a##vso\\x5btask.complete]x.py",
    "\x1b]0;title\x07x.py": "\\x1b]0;title\\x07x.py",
    "\u202etxt.py": "\\u202etxt.py",
    "a\u2066b\u2028c.py": "a\\u2066b\\u2028c.py",
    "a\r\nb\x9b2Jc.py": "a\\r\\nb\\x9b2Jc.py",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_files(command: Command, here: Path, name: str) -> None:
    """They begin no command and draw nothing, in no format and in no message."""
    for content in (TUNE, "def main(n_trials=a.optimize:\n"):
        (here / name).write_text(content)
        assert NAMES[name] in run(here, "--check", ".")[2]
        for options in (
            ["--diff"],
            ["--explain"],
            ["-v", "--check"],
            *(["--check", "--output-format", form] for form in FORMATS),
        ):
            for path in (".", str(here), f"./{name}"):
                _, stdout, stderr = command(*options, path)
                check(stdout + stderr, "github" in options)


def check(text: str, commands: bool) -> None:
    """Nothing in a text acts on a terminal or a log, but commands that are meant."""
    for line in text.split("\n"):
        assert line.isprintable()
        assert "##[" not in line
        assert "##vso[" not in line
        start = line.lstrip()
        assert not start.startswith("::") or (commands and start[2:7] == "error")


@pytest.mark.parametrize(
    "content",
    [
        b"# coding: \x1b[2J\ndef main(): pass\n",
        b"# coding: punycode\ndef main(): pass\n# \x1b[2J\n-::error::x",
        b"def main(): pass\nx = \x1b[2J\n",
        "def main(): pass\nx = \u202e\n".encode(),
        b"def main(): pass\n##[error]x\nx = (\n",
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_contents_of_files(
    command: Command, here: Path, content: bytes, form: str
) -> None:
    """What is wrong with a file may quote it."""
    (here / "x.py").write_bytes(content)
    _, stdout, stderr = command("--check", "--output-format", form, "x.py")
    check(stdout + stderr, form == "github")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"\\u001b[2J" = 1', "[tool.eager-codemod] \\x1b[2J: unknown key"),
        ("select = '##[error]'", "not '##\\x5berror]'"),
        (
            "x = " + "[" * 3000,
            "too large, or nested too deeply, to be read as settings",
        ),
        ("a." * 20_000 + "b = 1", "too large, or nested too deeply"),
        ('exclude = ["[z-a]"]', "exclude: '[z-a]': z-a is an empty range"),
        ('load = ["A\u1369"]', "load: 'A\u1369' is no name of transformers'"),
        ('load = ["__debug__"]', "load: '__debug__' cannot be assigned to"),
        ("load = ['A" + "9" * 5000 + "']", "999... is longer than 200 characters"),
        (f"exclude = {['**/a/' * 50] * 500}", "more than 10,000 characters in all"),
        ("jobs = " + "9" * 5000, "exceeds the limit"),
        ("quiet = 0x" + "f" * 5000, "not something of that size"),
    ],
)
@pytest.mark.parametrize("path", [".", "tune.py"])
def test_settings(tmp_path: Path, text: str, message: str, path: str) -> None:
    """One line without a word about usage, and nothing is done."""
    (tmp_path / "tune.py").write_text(TUNE)
    (tmp_path / "pyproject.toml").write_text(f"[tool.eager-codemod]\n{text}\n")
    status, stdout, stderr = run(tmp_path, path)
    assert (status, stdout) == (2, "")
    (line,) = stderr.splitlines()
    assert line.startswith(f"Error: {tmp_path}/pyproject.toml: ")
    assert message in line
    assert line.isprintable()
    assert len(line) < 400
    assert (tmp_path / "tune.py").read_text() == TUNE


@pytest.mark.parametrize("name", ["__debug__", "A" + "9" * 5000, "A\n", ""])
def test_names_to_load_on_the_command_line(tmp_path: Path, name: str) -> None:
    """They are refused as in a file, not found to be wrong in a script."""
    (tmp_path / "tune.py").write_text(TUNE)
    status, stdout, stderr = run(tmp_path, "--load", name, "tune.py")
    assert (status, stdout) == (2, "")
    (line,) = (line for line in stderr.splitlines() if line.startswith("Error: "))
    assert "--load" in line
    assert len(line) < 400
    assert (tmp_path / "tune.py").read_text() == TUNE


def test_names_of_a_guard_that_is_there(tmp_path: Path) -> None:
    """A script may load what the settings may not say."""
    first = TUNE.replace("import argparse\n", f"import argparse\n{GUARD}", 1)
    (tmp_path / "tune.py").write_text(first)
    assert "internal error" not in run(tmp_path, "tune.py")[2]


def test_settings_of_a_folder_that_is_found(tmp_path: Path) -> None:
    """They cost the files that obey them, and no others."""
    for name in ("a", "b"):
        (tmp_path / name / "deeper").mkdir(parents=True)
        (tmp_path / name / "deeper" / "tune.py").write_text(TUNE)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.eager-codemod]\nx = 1\n")
    status, _, stderr = run(tmp_path, ".")
    assert status == 2
    assert stderr.startswith(
        f"{tmp_path}/a/pyproject.toml: [tool.eager-codemod] x: unknown key; "
        "the files that obey it are left alone\npatched b/deeper/tune.py\n"
        "1 file patched, 1 file failed\n"
    )
    assert (tmp_path / "a" / "deeper" / "tune.py").read_text() == TUNE


# -- What nobody foresaw ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("RecursionError('deep')", "RecursionError in <string>:4: deep"),
        ("MemoryError()", "MemoryError in <string>:4: "),
        ("KeyError('a\\nb\\x1b')", "KeyError in <string>:4: 'a\\nb\\x1b'"),
    ],
)
@pytest.mark.parametrize(
    "where", ["search.discovery.Discovery", "report.text.Report", "settings.Lookup"]
)
def test_an_unforeseen_error_is_one_line(
    tmp_path: Path, error: str, said: str, where: str
) -> None:
    """And exit status 2, wherever it comes from."""
    (tmp_path / "tune.py").write_text(TUNE)
    module, name = where.rsplit(".", 1)
    code = (
        f"import codemod.{module} as m\ndef fail(*a, **k):\n\n"
        f"    raise {error}\nm.{name}.__init__ = fail\n"
    )
    status, stdout, stderr = run(tmp_path, ".", code=code)
    assert (status, stdout) == (2, "")
    assert stderr == f"internal error, please report: {said}\n"


@pytest.mark.parametrize("module", ["click", "codemod.settings", "codemod.report.text"])
def test_ctrl_c_while_importing(tmp_path: Path, module: str) -> None:
    """One line, as later on."""
    code = f"""
import builtins
original = builtins.__import__
def interrupted(name, *arguments, **more):
    if name == {module!r}:
        raise KeyboardInterrupt
    return original(name, *arguments, **more)
builtins.__import__ = interrupted
"""
    status, stdout, stderr = run(tmp_path, ".", code=code)
    assert (status, stdout) == (128 + signal.SIGINT, "")
    assert stderr == "interrupted; files are either done or untouched\n"


def test_an_error_while_importing(tmp_path: Path) -> None:
    """A broken installation says what is missing."""
    code = "import sys\nsys.modules['codemod.settings'] = None\n"
    status, stdout, stderr = run(tmp_path, ".", code=code)
    assert (status, stdout) == (2, "")
    (line,) = stderr.splitlines()
    assert line.startswith("internal error, please report: ModuleNotFoundError in ")


@pytest.mark.parametrize("number", ["9" * 5000, "0", "-1", "1e3", "\u0969"])
def test_numbers(tmp_path: Path, number: str) -> None:
    """Digits by the thousand, and what is none."""
    (tmp_path / "tune.py").write_text(TUNE)
    status, stdout, stderr = run(tmp_path, "--jobs", number, "--check", "tune.py")
    assert "Traceback" not in stderr
    assert (status, stdout) == (1 if number == "\u0969" else 2, "")


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    """Whatever the paths are."""
    (tmp_path / "gone").mkdir()
    (tmp_path / "tune.py").write_text(TUNE)
    code = f"import os\nos.chdir({str(tmp_path / 'gone')!r})\nos.rmdir(os.getcwd())\n"
    expected = "Error: the current folder is not there any more\n"
    for path in (".", "-", str(tmp_path / "tune.py")):
        (tmp_path / "gone").mkdir(exist_ok=True)
        assert run(tmp_path, path, code=code) == (2, "", expected)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("option", ["--help", "--version", "--diff"])
def test_a_full_device(tmp_path: Path, option: str) -> None:
    """Also for what click prints."""
    (tmp_path / "tune.py").write_text(TUNE)
    code = "import os\nos.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"
    expected = "output cannot be written: no space left on device\n"
    assert run(tmp_path, option, "tune.py", code=code) == (2, "", expected)
