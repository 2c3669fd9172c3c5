"""What the documents show and tell people to copy: the tool does what they say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import codemod
from codemod.cli import main
from codemod.edits.guard import render
from codemod.program.libraries import METHODS, STARTS, TRANSFORMERS
from codemod.schema import tool_schema
from docs import picture
from tests.documents import (
    DOCUMENTS,
    README,
    ROOT,
    block,
    blocks,
    headings,
    links,
    shell,
)
from tests.invoke import TUNE, Command

EDITS = ROOT / "docs" / "edits.md"
FORMATS = ROOT / "docs" / "formats.md"
SELECTS = ROOT / "docs" / "how-it-selects.md"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_links_lead_somewhere(document: Path) -> None:
    """Files and headings that documents point to are there."""
    for target in links(document):
        if target.startswith(("https://", "#")):
            path, anchor = document, target[1:] if target[0] == "#" else ""
        else:
            name, _, anchor = target.partition("#")
            path = document.parent / name
        assert path.exists(), target
        assert not anchor or anchor in headings(path), target


def test_the_readme_is_short() -> None:
    """Whoever comes by reads one screen; the rest is in docs/."""
    assert len(README.read_bytes()) <= 10 * 1024


def test_the_commands_in_a_clone_run(here: Path) -> None:
    """Behind the installation, the main command patches a copy of the examples."""
    shutil.copytree(ROOT / "examples", here / "examples")
    install, _, rest = block("main command", README).partition(" && ")
    assert install == "pip install ."
    done = shell(here, rest)
    assert (done.returncode, "3 files patched" in done.stderr) == (0, True)
    tests = block("test command", README)
    assert tests == "pip install -e '.[test]' && python -m pytest\n"


def test_the_library_does_what_the_readme_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The lines run, and the last one is true."""
    code, last = block("library", README).rstrip().rsplit("\n", 1)
    names: dict[str, Any] = {"source": TUNE}
    exec(code, names)
    assert capsys.readouterr().out == f"{codemod.patch(TUNE).source}\n"
    assert eval(last, names) is True


def test_every_page_says_whom_it_is_for() -> None:
    """The first sentence lets people leave, and the site has every page."""
    nav = (ROOT / "mkdocs.yml").read_text().partition("nav:")[2]
    for page in sorted((ROOT / "docs").glob("*.md")):
        title, first = page.read_text().split("\n\n")[:2]
        assert title.startswith("# ")
        assert "for" in first.lower().split(), page.name
        assert f"{page.name}\n" in nav


def test_the_readme_has_every_option() -> None:
    """Each option of the command is in the table, and no other."""
    rows = re.findall(r"^\| (`-.+?) \|", README.read_text(), re.MULTILINE)
    shown = {name for row in rows for name in re.findall(r"--[\w-]+", row)}
    options = [name for p in main.params for name in (*p.opts, *p.secondary_opts)]
    assert shown == {name for name in options if name[:2] == "--"} | {"--help"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_commands_in_documents_have_options_that_exist(document: Path) -> None:
    """Nobody is told an option that the command refuses."""
    names = {name for p in main.params for name in (*p.opts, *p.secondary_opts)}
    text = document.read_text().replace("-->", "")
    lines = re.findall(r"\beager-codemod ((?:(?!`|#|\n|;|\|).)*)", text)
    lines += [more for more, _ in blocks(r"patched:.*?", document)]
    used = {word for line in lines for word in re.findall(r"(?<![\w-])-[-\w]+", line)}
    assert used <= names | {"-", "-h", "--help"}


def test_the_settings_are_valid() -> None:
    """The table in the README has keys and values that the command takes."""
    tomllib = pytest.importorskip("tomllib")
    jsonschema = pytest.importorskip("jsonschema")
    table = tomllib.loads(block("settings", README))["tool"]["eager-codemod"]
    jsonschema.validate(table, tool_schema())


DIFFS = [
    pytest.param(name, text, id=f"{document.stem}-{number}")
    for document in DOCUMENTS
    for number, (name, text) in enumerate(blocks(r"patched[^>]*?", document))
]


@pytest.mark.parametrize(("name", "text"), DIFFS)
def test_shown_diffs_are_what_the_tool_does(name: str, text: str) -> None:
    """The script that a diff shows is patched as it shows, and restored."""
    lines = text.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] != "+")
    after = "".join(line[1:] for line in lines)
    edits = ("guard", *re.findall(r"--with ([\w-]+)", name))
    settings = codemod.Settings(edits=edits)
    assert {line[0] for line in lines} == {" ", "+"}
    assert codemod.patch(before, settings).source == after
    assert codemod.unpatch(after).source == before


def test_there_are_diffs() -> None:
    """The pattern that finds them finds them, and none goes untested."""
    assert len(DIFFS) >= 4
    shown = [document.read_text().count("```diff") for document in DOCUMENTS]
    assert sum(shown) == len(DIFFS)


def test_the_shown_guard_is_the_one_that_is_inserted() -> None:
    """What people paste into a module or a notebook is the tool's text."""
    assert block("guard", EDITS) == render()


def test_an_imported_guard_is_called(here: Path) -> None:
    """Pasted into a module as docs/edits.md says, the guard can be imported and run."""
    (here / "guards.py").write_text(block("guard", EDITS))
    line = "from guards import _eager_load_transformers_configs as load; load()"
    done = subprocess.run([sys.executable, "-c", line], cwd=here)
    assert done.returncode == 0


def test_shown_explanations_are_what_the_tool_prints(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An explanation in docs/how-it-selects.md is of the example that it names."""
    monkeypatch.chdir(ROOT)
    ((name, text),) = blocks(r"output: .*?", SELECTS)
    assert command(*name.split()[2:]).stdout == text


def test_the_shown_json_is_what_the_tool_prints(here: Path, command: Command) -> None:
    """The document in docs/formats.md is of the script in front of it."""
    (here / "tune.py").write_text(block("json script", FORMATS))
    outcome = command("--check", "--output-format", "json", "tune.py")
    assert outcome.stdout == block("json of a check", FORMATS)


def test_every_library_is_listed() -> None:
    """docs/how-it-selects.md names every package that counts, and the settings."""
    text = SELECTS.read_text()
    starts = {start.package.partition(".")[0] for start in (*STARTS, *METHODS)}
    for name in (starts | TRANSFORMERS) - {""}:
        assert re.search(rf"\b{name}\b", text), name


def test_the_picture_is_of_this_version() -> None:
    """docs/terminal.svg shows what the command prints; `python -m docs.picture`."""
    assert (ROOT / "docs" / "terminal.svg").read_text() == picture.draw()


@pytest.mark.slow
def test_the_site_builds(tmp_path: Path) -> None:
    """`mkdocs build --strict` has nothing to warn of."""
    pytest.importorskip("material")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "findings.schema.json").exists()
    assert not list(tmp_path.rglob("*.py"))
