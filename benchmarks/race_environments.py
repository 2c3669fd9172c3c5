"""The interpreters of this machine, and environments made of them with pip."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("race_worker.py")
NEWEST = "newest"
_FIND_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
_FIND_PACKAGES = "import sysconfig; print(sysconfig.get_paths()['purelib'])"


class NotInstallableError(Exception):
    """No release of the requirement runs on this interpreter."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment that holds one transformers, and perhaps sees torch."""

    python: Path

    def ask(self, job: dict[str, Any], timeout: float = 1800.0) -> dict[str, Any]:
        """Give a fresh process one job; see race_worker.py.

        Args:
            job: What to do.
            timeout: When to give up, in seconds.
        """
        done = subprocess.run(
            [str(self.python), str(WORKER)],
            input=json.dumps(job),
            capture_output=True,
            encoding="utf-8",
            env=os.environ | {"HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf-8"},
            timeout=timeout,
            check=False,
        )
        lines = done.stdout.splitlines()
        if done.returncode or not lines:
            raise RuntimeError(f"{self.python} {WORKER.name}:\n{done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(lines[-1])
        return answer


def interpreters() -> dict[str, Path]:
    """The Pythons from 3.8 on that run here, by their version: this one is first."""
    own = "{}.{}".format(*sys.version_info)
    found = {own: Path(sys.executable)}
    for minor in range(8, 20):
        version = f"3.{minor}"
        for candidate in _candidates(version):
            if version not in found and _output(candidate, _FIND_VERSION) == version:
                found[version] = candidate
    return found


def _candidates(version: str) -> list[Path]:
    """Where an interpreter of this version may be: on the PATH, or kept by pyenv."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    kept = sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)
    return ([Path(on_path)] if on_path else []) + kept


def _output(python: Path, code: str) -> str:
    """What a line of Python prints; nothing where it does not run, as pyenv's shims."""
    done = subprocess.run(
        [str(python), "-c", code], capture_output=True, encoding="utf-8", check=False
    )
    return done.stdout.strip()


def environment(
    cache: Path, version: str, python: Path, transformers: str, torch: str
) -> Environment:
    """Make an environment, or take the one that an earlier run made.

    Args:
        cache: The folder of all environments.
        version: The version of the interpreter, such as ``3.11``.
        python: The interpreter.
        transformers: The version to install, or ``newest``.
        torch: A requirement, or nothing for an environment without torch.
    """
    name = f"py{version}-transformers-{transformers}" + ("-torch" if torch else "")
    requirement = f"transformers=={transformers}"
    if transformers == NEWEST:
        requirement = "transformers"
    made = _install(cache / name, python, [requirement], again=transformers == NEWEST)
    if torch:
        # One torch is enough for all versions of transformers: it is large.
        shared = _install(cache / f"py{version}-{torch}", python, [torch, "numpy"])
        link = Path(_output(made, _FIND_PACKAGES), "shared_torch.pth")
        link.write_text(_output(shared, _FIND_PACKAGES) + "\n", encoding="utf-8")
    return Environment(made)


def _install(
    folder: Path, python: Path, requirements: list[str], again: bool = False
) -> Path:
    """Install requirements into an environment of their own; returns its Python."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    own_python = folder / scripts / "python"
    done = folder / "installed"
    if not done.exists() or again:
        print(f"installing {' '.join(requirements)} in {folder}", file=sys.stderr)
        if not own_python.exists():
            subprocess.run([str(python), "-m", "venv", str(folder)], check=True)
        pip = [str(own_python), "-m", "pip", "install", "--quiet", "--upgrade"]
        if subprocess.run([*pip, *requirements], check=False).returncode:
            raise NotInstallableError(" ".join(requirements))
        done.touch()
    return own_python
