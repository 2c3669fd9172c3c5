"""Starts the scripts of this folder in fresh processes, cured or as they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from .source import FUNCTION, function_text

ROOT = Path(__file__).parents[2]
#: What a process may take, in seconds; torch needs 15 of them on a slow machine.
TIMEOUT_SECONDS = 180

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def torch_and_transformers() -> None:
    """Skip where there is nothing to load a model with."""
    for name in ("torch", "transformers"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed, so no model can be loaded")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a script; it prints one JSON value, which is returned."""
    # The function gets a file of its own, since its text is under test, not its place.
    (tmp_path / "cure.py").write_text(
        f"{function_text()}\n\n{FUNCTION}()\n", encoding="ascii"
    )

    def start(script: str, *args: str, cured: bool) -> Any:
        module = f"tests.loading.scripts.{script}"
        environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
        if cured:
            environment["CURED"] = "1"
        process = subprocess.run(
            [sys.executable, "-m", module, str(tmp_path), *args],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
        assert process.returncode == 0, process.stderr
        return json.loads(process.stdout.splitlines()[-1])

    return start
