"""What docs/ tells people to copy: it parses, and it does what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import codemod
from docs import picture
from tests.documents import WORKFLOWS, block
from tests.invoke import TUNE, Command

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).parent.parent


def hook_ids() -> set[str]:
    """The hooks that this repository has."""
    return {
        hook["id"]
        for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    }


def steps(name: str) -> list[dict[str, Any]]:
    """The steps of the one job of a workflow."""
    workflow = yaml.safe_load(block(name))
    (job,) = workflow["jobs"].values()
    found: list[dict[str, Any]] = job["steps"]
    return found


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a document in a shell, with this working tree's command."""
    if shutil.which("bash") is None:
        pytest.skip("no bash")
    function = f'eager-codemod() {{ "{sys.executable}" -m codemod "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", function + line],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def test_the_hooks_exist() -> None:
    """The configurations in the document name hooks that there are."""
    (repository,) = yaml.safe_load(block("hooks"))["repos"]
    assert repository["rev"] == f"v{codemod.__version__}"
    named = [hook["id"] for hook in repository["hooks"]]
    named += [hook["id"] for hook in yaml.safe_load(block("hook arguments"))]
    assert set(named) <= hook_ids()
    assert hook_ids() == {
        f"eager-codemod{which}{check}"
        for which in ("", "-all")
        for check in ("", "-check")
    }


@pytest.mark.parametrize("name", ["annotations", "code scanning"])
def test_the_workflow_finds_an_unguarded_script(name: str, here: Path) -> None:
    """The step that runs the command says that a script lacks the guard."""
    (here / "tune.py").write_text(TUNE)
    (line,) = [s["run"] for s in steps(name) if s.get("run", "")[:5] == "eager"]
    assert shell(here, line).returncode == 1
    (here / "tune.py").write_text(str(codemod.patch(TUNE).source))
    assert shell(here, line).returncode == 0


def test_the_scan_is_uploaded() -> None:
    """The file that one step writes is the one that the next uploads."""
    scan, upload = steps("code scanning")[-2:]
    assert scan["run"].endswith(f"> {upload['with']['sarif_file']}")
    assert scan["continue-on-error"] is True


def test_an_editor_gets_the_patched_text(here: Path) -> None:
    """Filtering a buffer gives the script, and nothing on standard error beside it."""
    (here / "tune.py").write_text(TUNE)
    done = shell(here, "eager-codemod -q - --stdin-filename tune.py < tune.py 2>&1")
    assert (done.returncode, done.stdout) == (0, codemod.patch(TUNE).source)


def test_the_task_of_vs_code_matches(here: Path, command: Command) -> None:
    """The problem matcher reads what the command prints."""
    (here / "tune.py").write_text(TUNE)
    (task,) = json.loads(block("vscode"))["tasks"]
    outcome = command(*task["args"])
    pattern = task["problemMatcher"]["pattern"]
    found = re.match(pattern["regexp"], outcome.stdout.rstrip("\n"))
    assert found
    assert found[pattern["severity"]] == "error"
    assert found[pattern["file"]] == "tune.py"
    assert (found[pattern["line"]], found[pattern["column"]]) == ("7", "1")
    assert "_eager_load_transformers_configs" in found[pattern["message"]]


def test_the_autofixer_compiles() -> None:
    """The example for all-repos is Python (tests/test_all_repos.py runs it)."""
    compile(block("autofixer"), "fix_guards.py", "exec")


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion(name: str, here: Path) -> None:
    """Each shell's line prints a script that completes the command."""
    (line,) = [line for line in block("completion").splitlines() if name in line]
    variable = re.search(r"_EAGER_CODEMOD_COMPLETE=\w+", line)
    assert variable
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT), **dict([variable[0].split("=")])},
        capture_output=True,
        text=True,
    )
    if "Bash version" in done.stderr or "Couldn't detect Bash" in done.stderr:
        pytest.skip("click completes for newer shells")
    assert done.returncode == 0, done.stderr
    assert "_eager_codemod_completion" in done.stdout


_COMMAND = "from codemod.cli import main; main(prog_name='eager-codemod')"


def test_links_between_documents() -> None:
    """Headings and files that the document points to are there."""
    text = WORKFLOWS.read_text()
    headings = {
        re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        elif not target.startswith("https://"):
            assert (WORKFLOWS.parent / target).exists()


def test_the_picture_is_of_this_version() -> None:
    """docs/terminal.svg shows what the command prints; `python -m docs.picture`."""
    assert (ROOT / "docs" / "terminal.svg").read_text() == picture.draw()
