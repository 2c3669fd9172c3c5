"""The workflow that runs elsewhere does what .ci/run does here."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")
if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
WORKFLOW: dict[str, Any] = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "ci.yml").read_text()
)


def test_every_python_that_is_promised_is_tested() -> None:
    """On every system: the classifiers say that it depends on none."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    promised = re.findall(
        r"Python :: (\d\.\d+)$", "\n".join(project["classifiers"]), re.MULTILINE
    )
    matrix = WORKFLOW["jobs"]["core"]["strategy"]["matrix"]
    assert matrix["python"] == promised
    assert {name.partition("-")[0] for name in matrix["os"]} == {
        "ubuntu",
        "macos",
        "windows",
    }


def test_a_python_that_is_not_promised_may_fail() -> None:
    """One to come is tried, so that what it breaks is known early."""
    core = WORKFLOW["jobs"]["core"]
    assert core["continue-on-error"] == "${{ matrix.experimental || false }}"
    matrix = core["strategy"]["matrix"]
    for extra in matrix["include"]:
        assert extra["experimental"] is True
        assert extra["os"] in matrix["os"]
        assert extra["python"] not in matrix["python"]


def test_the_commands_are_those_of_ci_run() -> None:
    """But for the environment's folder."""
    script = (ROOT / ".ci" / "run").read_text()
    commands = [step["run"] for step in WORKFLOW["jobs"]["core"]["steps"][-2:]]
    for command in commands:
        name, arguments = command.removeprefix("python -m ").split(" ", 1)
        assert re.search(rf"{name}\"? {re.escape(arguments)}", script)
    assert WORKFLOW["jobs"]["all"]["steps"][-1]["run"] == "bash .ci/run"
