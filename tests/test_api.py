"""The library: codemod.patch and codemod.unpatch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import codemod
from codemod.python.source import SourceError
from tests.invoke import DOWNLOAD, TUNE

REPOSITORY = Path(__file__).parent.parent


def test_patch_takes_and_returns_a_string() -> None:
    """A string comes back as a string, with what was found."""
    result = codemod.patch(TUNE)
    assert isinstance(result.source, str)
    assert result.source.count("_eager_load_transformers_configs()") == 2
    assert result.changed
    assert result.entry_points == ("main",)
    (finding,) = result.findings
    assert (finding.rule, finding.entry, finding.line) == ("missing-guard", "main", 7)


def test_patch_takes_and_returns_bytes() -> None:
    """Bytes come back as bytes, in the encoding that the script declares."""
    data = f"# coding: latin-1\n# \xe9\n{TUNE}".encode("latin-1")
    result = codemod.patch(data)
    assert isinstance(result.source, bytes)
    assert b"# \xe9\n" in result.source
    assert result.changed


def test_a_string_needs_no_encoding() -> None:
    """A cookie says how a file is encoded; a string is characters already."""
    result = codemod.patch(f"# coding: latin-1\n# \u20ac\n{TUNE}")
    assert isinstance(result.source, str)
    assert "# \u20ac\n" in result.source


def test_a_second_patch_changes_nothing() -> None:
    """Patching is idempotent."""
    once = codemod.patch(TUNE)
    twice = codemod.patch(once.source)
    assert twice.source == once.source
    assert (twice.changed, twice.findings) == (False, ())
    assert twice.entry_points == ("main",)


def test_unpatch_restores() -> None:
    """What was patched is restored, byte for byte."""
    result = codemod.unpatch(codemod.patch(TUNE.encode()).source)
    assert result.source == TUNE.encode()
    assert result.changed


def test_unpatch_without_a_guard() -> None:
    """There is nothing to take out of a script that has no guard."""
    result = codemod.unpatch(TUNE)
    assert (result.source, result.changed) == (TUNE, False)


def test_settings_say_how() -> None:
    """The settings are those of the command."""
    settings = codemod.Settings(load=("ElectraConfig",))
    source = codemod.patch(TUNE, settings).source
    assert isinstance(source, str)
    assert "from transformers import ElectraConfig" in source


def test_the_function_says_which_direction() -> None:
    """The settings' own direction does not matter."""
    patched = codemod.patch(TUNE, codemod.Settings(remove=True))
    assert patched == codemod.patch(TUNE)
    assert codemod.unpatch(patched.source, codemod.Settings()).source == TUNE


def test_every_script_is_taken_at_its_word() -> None:
    """A library call does not ask whether a script searches."""
    assert codemod.patch(DOWNLOAD).changed


def test_no_entry_point() -> None:
    """A module that is no script stays as it is."""
    result = codemod.patch("import transformers\n")
    assert result == codemod.PatchResult("import transformers\n", False, (), ())


def test_a_script_that_does_not_parse() -> None:
    """An error says where, in one line."""
    with pytest.raises(SourceError) as raised:
        codemod.patch("import os\ndef main(:\n")
    error = raised.value
    assert (error.message, error.line, error.column) == ("invalid syntax", 2, 10)
    assert str(error) == error.message


def test_bytes_that_are_no_text() -> None:
    """Bytes that the declared encoding does not have are an error too."""
    with pytest.raises(SourceError):
        codemod.patch(b"# \xff\ndef main():\n    parser.parse_args()\n")


CLIENT = """\
import codemod
from codemod import Finding, PatchResult, Settings, SourceError


def text(source: str) -> str:
    result: PatchResult[str] = codemod.patch(source, Settings(load=("T5Config",)))
    return result.source


def data(source: bytes) -> bytes:
    return codemod.unpatch(codemod.patch(source).source).source


def rules(source: str) -> list[str]:
    found: tuple[Finding, ...] = codemod.patch(source).findings
    return [finding.rule for finding in found]


def place(error: SourceError) -> tuple[int | None, int | None]:
    return error.line, error.column
"""


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ("", ""),
        ("x: bytes = codemod.patch('').source\n", "Incompatible types in assignment"),
        ("codemod.patch(1)\n", 'Value of type variable "S" of "patch" cannot be "int"'),
    ],
    ids=["right", "of the other type", "neither"],
)
def test_a_client_type_checks(wrong: str, complaint: str, here: Path) -> None:
    """Bytes give bytes and strings give strings, for mypy --strict as well."""
    pytest.importorskip("mypy")
    (here / "client.py").write_text(f"{CLIENT}\n\n{wrong}")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
            *("--cache-dir", str(here.parent / "cache"), "client.py"),
        ],
        cwd=here,
        env={**os.environ, "MYPYPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert complaint in done.stdout
    assert done.returncode == bool(wrong), done.stdout


def test_public_names() -> None:
    """Everything that is promised is there, and nothing else is."""
    for name in codemod.__all__:
        assert getattr(codemod, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'paste'"):
        _ = codemod.paste  # type: ignore[attr-defined]


def test_importing_costs_nothing() -> None:
    """`import codemod` imports no other module of its own, of others, or of weight."""
    program = (
        "import sys; before = set(sys.modules); import codemod;"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "['__future__', 'codemod']\n"


def test_a_script_that_needs_nothing_needs_no_libcst() -> None:
    """LibCST is imported for a change, not for a look."""
    program = (
        "import sys, codemod;"
        "codemod.patch('import os\\ndef main():\\n    pass\\n');"
        "print('libcst' in sys.modules, 'click' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False False\n"


@pytest.mark.parametrize("cookie", ["ascii", "klingon", "utf-16"])
def test_a_string_is_characters_whatever_its_cookie_says(cookie: str) -> None:
    """The cookie comes back as it was, and so does everything else."""
    script = f"\ufeff#!python\n# -*- coding: {cookie} -*-\n# \u20ac coding: x\n{TUNE}"
    patched = codemod.patch(script).source
    assert patched == script.replace(TUNE, str(codemod.patch(TUNE).source))
    assert codemod.unpatch(patched).source == script


def test_half_a_surrogate_pair_is_no_source() -> None:
    """The error is the one that the function promises, with the place."""
    with pytest.raises(SourceError) as caught:
        codemod.patch("import os\nx = '\ud800'\n")
    error = caught.value
    assert (error.line, error.column) == (2, 6)
    assert error.message == "'\\ud800' is half a surrogate pair: no Python source"
