"""What docs/workflows.md tells people to copy: it parses, and does what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import codemod
from tests.documents import README, ROOT, WORKFLOWS, block, shell
from tests.invoke import DOWNLOAD, TUNE, Command

yaml = pytest.importorskip("yaml")


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


@pytest.mark.parametrize("document", [README, WORKFLOWS], ids=lambda path: path.stem)
def test_the_hooks_exist(document: Path) -> None:
    """The configurations name hooks that there are, and this version."""
    (repository,) = yaml.safe_load(block("hooks", document))["repos"]
    assert repository["rev"] == f"v{codemod.__version__}"
    assert {hook["id"] for hook in repository["hooks"]} <= hook_ids()


def test_every_hook_is_explained() -> None:
    """The README says of every hook when to use it."""
    for name in hook_ids():
        assert f"| `{name}` |" in README.read_text()
    rows = re.findall(r"^\| `(eager-codemod[\w-]*)` \|", README.read_text(), re.M)
    assert set(rows) == hook_ids()
    more = ("repository hooks", "hook arguments")
    named = [hook["id"] for name in more for hook in yaml.safe_load(block(name))]
    assert set(named) <= hook_ids()


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


def test_gitlab_reads_the_file_that_is_written(here: Path) -> None:
    """The job fails on a script without the guard, and leaves a report behind."""
    (here / "tune.py").write_text(TUNE)
    job = yaml.safe_load(block("gitlab"))["eager-codemod"]
    assert shell(here, job["script"][-1]).returncode == 1
    report = job["artifacts"]["reports"]["codequality"]
    (issue,) = json.loads((here / report).read_text())
    assert issue["location"]["path"] == "tune.py"
    assert job["artifacts"]["when"] == "always"


def test_an_editor_gets_the_patched_text(here: Path) -> None:
    """Filtering a buffer gives the script, and nothing on standard error beside it."""
    line = block("filter").strip().replace("PATH", "tune.py")
    (here / "tune.py").write_text(TUNE)
    done = shell(here, f"{line} < tune.py 2>&1")
    assert (done.returncode, done.stdout) == (0, codemod.patch(TUNE).source)


def test_an_editor_leaves_other_scripts_alone(here: Path) -> None:
    """A script without trials on transformers is saved as it is."""
    line = block("filter").strip().replace("PATH", "download.py")
    (here / "download.py").write_text(DOWNLOAD)
    done = shell(here, f"{line} < download.py 2>&1")
    assert (done.returncode, done.stdout) == (0, DOWNLOAD)


def test_all_editors_pass_what_the_hooks_pass() -> None:
    """The recipes have the options of the command that is tested."""
    options = block("filter").split()[1:-1]
    assert block("vim").splitlines()[0].split()[3:-1] == options[:-2]
    found = re.search(r"args = (\{.*\})", block("conform"))
    assert found
    assert re.findall(r'"([^"]+)"', found[1])[:-1] == options
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert all("--select affected --force-exclude" in hook["entry"] for hook in hooks)


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


def test_the_command_of_libcst_runs(here: Path) -> None:
    """The line in docs/workflows.md patches a folder."""
    (here / "scripts").mkdir()
    (here / "scripts" / "tune.py").write_text(TUNE)
    done = shell(here, block("libcst").replace("python", f'"{sys.executable}"', 1))
    assert done.returncode == 0, done.stderr
    assert (here / "scripts" / "tune.py").read_text() == codemod.patch(TUNE).source
