"""Versions of transformers, and environments that have them."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RELEASES", "Release", "environment", "interpreter"]

_ROOT = Path(__file__).parents[2]
_TORCH = "torch==2.13.0"
_SHARED = ("numpy", "optuna", "scikit-learn", "scipy", "pillow", "psutil")


@dataclass(frozen=True)
class Release:
    """A version of transformers, and releases of its neighbours of the same months."""

    transformers: str
    accelerate: str
    peft: str
    sentence_transformers: str


RELEASES = (
    Release("4.40.2", "0.30.1", "0.11.1", "2.7.0"),
    Release("4.46.3", "1.1.1", "0.13.2", "3.3.1"),
    Release("4.50.3", "1.5.2", "0.15.2", "4.0.2"),
    Release("4.53.3", "1.8.1", "0.16.0", "5.0.0"),
    Release("4.57.1", "1.11.0", "0.17.1", "5.1.2"),
    Release("4.57.6", "1.12.0", "0.18.1", "5.2.3"),
    Release("5.0.0", "1.12.0", "0.18.1", "5.2.3"),
    Release("5.23.0", "1.15.0", "0.21.2", "6.2.0"),
    Release("5.24.0", "1.15.0", "0.21.2", "6.2.0"),
)


def environment(cache: Path, release: Release) -> dict[str, str]:
    """Install what a measured process needs, unless the cache has it.

    Returns:
        The environment variables of the process, whose interpreter is
        :func:`interpreter`, and whose current folder must be this repository.

    Raises:
        CalledProcessError: pip failed.
    """
    python = interpreter(cache)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(cache / "torch")], check=True)
        # By number and alone, so that the small build of it is taken, and kept.
        _install(python, [_TORCH])
        _install(python, [_TORCH, *_SHARED])
    folder = cache / release.transformers
    if not (folder / "done").exists():
        into = ["--target", str(folder), "--upgrade"]
        _install(python, [*into, f"transformers=={release.transformers}", "numpy"])
        neighbours = [
            f"accelerate=={release.accelerate}",
            f"peft=={release.peft}",
            f"sentence-transformers=={release.sentence_transformers}",
        ]
        # Their dependencies are there already, or (torch) must not be replaced.
        _install(python, [*into, "--no-deps", *neighbours])
        (folder / "done").touch()
    path = os.pathsep.join([str(folder), str(_ROOT)])
    quiet = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return {**os.environ, **quiet, "WANDB_DISABLED": "true", "PYTHONPATH": path}


def interpreter(cache: Path) -> Path:
    """The Python of the shared environment."""
    return cache / "torch" / ("Scripts" if os.name == "nt" else "bin") / "python"


def _install(python: Path, requirements: list[str]) -> None:
    """Run pip quietly, and fail when it does."""
    command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
    subprocess.run(command, check=True, stdout=sys.stderr)
