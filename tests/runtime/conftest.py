"""Starts the programs of scripts/ in fresh processes, with the repairs and without."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
#: What a process may take, in seconds; torch needs 15 of them on a slow machine.
TIMEOUT_SECONDS = 300

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def torch_and_transformers() -> None:
    """Skip where there is nothing to load a model with."""
    for name in ("torch", "transformers"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed, so no model can be loaded")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a program; it prints one JSON value, which is returned."""
    folder = tmp_path_factory.mktemp("models")

    def start(
        script: str,
        *args: str,
        repaired: bool = False,
        seconds: float = TIMEOUT_SECONDS,
    ) -> Any:
        module = f"tests.runtime.scripts.{script}"
        environment = {**os.environ, "HF_HUB_OFFLINE": "1", "WANDB_DISABLED": "true"}
        environment.pop("REPAIRED", None)
        if repaired:
            environment["REPAIRED"] = "1"
        process = subprocess.run(
            [sys.executable, "-m", module, str(folder), *args],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout.splitlines()[-1])

    return start


@pytest.fixture(scope="session")
def without(run: Run, torch_and_transformers: None) -> dict[str, Any]:
    """What threads did to each other, by scenario, as the libraries are."""
    found: dict[str, Any] = run("threads")
    return found


@pytest.fixture(scope="session")
def after(run: Run, torch_and_transformers: None) -> dict[str, Any]:
    """The same after ``make_thread_safe()``."""
    found: dict[str, Any] = run("threads", repaired=True)
    return found


@pytest.fixture(scope="session")
def version_4(torch_and_transformers: None) -> bool:
    """Whether the installed transformers is of version 4."""
    return version("transformers").startswith("4.")


@pytest.fixture(scope="session")
def has_accelerate(torch_and_transformers: None) -> None:
    """Skip where accelerate is missing."""
    if find_spec("accelerate") is None:
        pytest.skip("accelerate is not installed, so there are no states to share")


@pytest.fixture(scope="session")
def has_peft(torch_and_transformers: None) -> None:
    """Skip where peft is missing."""
    if find_spec("peft") is None:
        pytest.skip("peft is not installed, so no adapter can be loaded")
