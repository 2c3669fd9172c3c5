"""This tool and its peers: how they are installed, called, and seen to work."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import BenchmarkError, Command, run

__all__ = ["Environment", "Peer", "installed", "prove"]

_REPOSITORY = Path(__file__).resolve().parent.parent
_GUARD = "_eager_load_transformers_configs()\n"


class Environment:
    """A virtual environment of the benchmarks' own.

    Args:
        folder: Where it is, or will be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        if not (folder / "pyvenv.cfg").exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)

    def program(self, name: str) -> Path:
        """The path of a program in it."""
        return self._folder / "bin" / name

    def install(self, *requirements: str) -> bool:
        """Install; whether that went well. What is there already is left alone."""
        pip = (str(self.program("python")), "-m", "pip", "--disable-pip-version-check")
        command = (*pip, "install", "-qq", "--prefer-binary", *requirements)
        done = subprocess.run(command, check=False)
        return done.returncode == 0

    def install_this_tool(self) -> Path:
        """Install the repository as users do; its program is returned."""
        package = self._folder / "tool"
        again = ("--force-reinstall", "--no-deps", str(_REPOSITORY))
        if not (self.install(str(_REPOSITORY)) and self.install(*again)):
            raise BenchmarkError(f"pip cannot install {_REPOSITORY} into {package}")
        return self.program("eager-codemod")


@dataclass(frozen=True)
class Peer:
    """A program that does something comparable to a tree.

    Attributes:
        name: What the table calls it.
        package: What pip installs.
        argv: The program's name in the environment, and its arguments.
        sample: A script that it reports or changes.
        statuses: The exit statuses that mean it did its work.
        slow: Whether it takes minutes for a large tree.
        changes: Whether it changes the sample, rather than reporting it.
    """

    name: str
    package: str
    argv: tuple[str, ...]
    sample: str
    statuses: tuple[int, ...] = (0,)
    slow: bool = False
    changes: bool = False

    def command(self, environment: Environment, path: Path) -> Command | None:
        """The command for a file or folder; ``None`` where it is not installed."""
        program = environment.program(self.argv[0])
        if not program.exists():
            on_path = shutil.which(self.argv[0])
            if on_path is None:
                return None
            program = Path(on_path)
        arguments = list(self.argv[1:])
        if self.name in _TAKE_FILES and path.is_dir():
            arguments += map(str, sorted(path.rglob("*.py")))
        else:
            arguments.append(str(path))
        return Command(
            self.name,
            (str(program), *arguments),
            self.statuses,
            path if path.is_dir() else path.parent,
            self.slow,
            (("PYTHONPATH", str(_REPOSITORY)),) if self.package in _LIBCST else (),
        )


_MAIN = "import argparse\n\n\ndef main():\n    args = argparse.ArgumentParser()\n"
_PLAIN = ("def main():\n    args = parser.parse_args()\n    return args\n",)
_LIBCST = ("libcst", "fixit")
_TAKE_FILES = ("pyupgrade", "django-upgrade")  # no folders
_COMMAND = ("-x", "--no-format", "--hide-progress")
_RULE = ("--rules", "benchmarks.equivalents.rule:InsertGuard")

RIPGREP = Peer(
    "ripgrep", "ripgrep", ("rg", "-t", "py", "-l", "def main|hydra"), _MAIN, (0, 1)
)
_RUFF = ("ruff", "check", "--isolated", "--select", "F401")
RUFF = Peer(
    "ruff F401, no cache", "ruff", (*_RUFF, "--no-cache"), "import os\n", (0, 1)
)
RUFF_CACHED = Peer("ruff F401, cached", "ruff", _RUFF, "import os\n", (0, 1))
READERS = (
    Peer(
        "ast-grep",
        "ast-grep-cli",
        ("ast-grep", "run", "-l", "py", "-p", "def main($$$): $$$"),
        _MAIN,
        (0, 1),
    ),
    Peer(
        "isort --check",
        "isort",
        ("isort", "--check-only", "--profile", "black"),
        "import os\nimport ast\n",
        (0, 1),
    ),
    Peer(
        "django-upgrade",
        "django-upgrade",
        ("django-upgrade", "--target-version", "5.0"),
        "from django.utils.encoding import force_text\n\nforce_text('x')\n",
        (0, 1),
        changes=True,
    ),
    Peer(
        "pyupgrade",
        "pyupgrade",
        ("pyupgrade", "--py310-plus"),
        "x = set([1])\n",
        (0, 1),
        slow=True,
        changes=True,
    ),
    Peer(
        "black --check",
        "black",
        ("black", "--check"),
        "x = 'a'\n",
        (0, 1, 123),
        slow=True,
    ),
)
CODEMODS = (
    Peer(
        "libcst.tool codemod",
        "libcst",
        (
            *("python", "-m", "libcst.tool", "codemod", *_COMMAND, "--jobs=2"),
            "benchmarks.equivalents.command.InsertGuard",
        ),
        *_PLAIN,
        (0, 1),
        slow=True,
        changes=True,
    ),
    Peer(
        "Fixit",
        "fixit",
        ("fixit", *_RULE, "fix", "--automatic"),
        *_PLAIN,
        (0, 1),
        slow=True,
        changes=True,
    ),
)
_ALL = (RIPGREP, RUFF, RUFF_CACHED, *READERS, *CODEMODS)


def installed(environment: Environment) -> list[str]:
    """Install the peers; the names of those that are not to be had."""
    missing = []
    for peer in _ALL:
        on_path = peer is RIPGREP and shutil.which("rg")
        if not (on_path or environment.install(peer.package)):
            missing.append(peer.name)
    return missing


def prove(environment: Environment, folder: Path) -> list[str]:
    """Let each peer do its task on a sample; the names of those that do not.

    Args:
        environment: Where the peers are installed.
        folder: A folder to work in.
    """
    failed = []
    for peer in _ALL:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sample = folder / "sample.py"
        sample.write_text(peer.sample)
        command = peer.command(environment, folder)
        if command is None:
            continue
        output = run(command).output
        changed = sample.read_text()
        did = changed != peer.sample if peer.changes else "sample.py" in output
        if peer.package in _LIBCST:
            did = changed.count(_GUARD) == 1
        if not did:
            failed.append(peer.name)
    return failed
