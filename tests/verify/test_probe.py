"""The file that runs in the interpreter under test."""

from __future__ import annotations

import ast
import builtins
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from codemod.verify import probe
from codemod.verify.probe import interpreter
from codemod.verify.probe.look import classes_of_checkpoint

PROBE = Path(probe.__file__).parent
FILES = sorted(PROBE.glob("*.py"))


def test_is_syntax_of_python_3_8() -> None:
    """The oldest interpreter that it promises to run in can parse it."""
    for path in FILES:
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_imports_the_standard_library_only() -> None:
    """It runs where nothing but transformers is installed."""
    found: set[str] = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module or "")
    tops = {name.partition(".")[0] for name in found}
    assert tops - {"__future__"} <= sys.stdlib_module_names


def look(python: str, folder: Path, *options: str) -> dict[str, object]:
    """Ask an interpreter what it is, through files as the driver does."""
    request, answer = folder / "request.json", folder / "answer.json"
    request.write_text('{"do": "look", "checkpoints": []}', encoding="utf-8")
    command = [python, *options, str(PROBE), str(request), str(answer)]
    subprocess.run(command, check=True, timeout=60)
    found = json.loads(answer.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def installed(minor: int) -> str | None:
    """Return a Python 3.x that runs: on ``PATH``, or installed by pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = sorted(pyenv.glob(f"versions/3.{minor}.*/bin/python"))
    for python in (shutil.which(f"python3.{minor}"), *map(str, found)):
        # A shim of pyenv is no interpreter until it runs.
        if python and not subprocess.run([python, "-c", ""], check=False).returncode:
            return python
    return None


@pytest.mark.parametrize("minor", range(8, 15))
def test_decides_on_every_python_that_is_installed(minor: int, tmp_path: Path) -> None:
    """From 3.8 on: the check comes to a decision, and up to 3.12 it is "affected"."""
    python = installed(minor)
    if python is None:
        pytest.skip(f"there is no Python 3.{minor}")
    found = look(python, tmp_path)
    assert str(found["python"]).startswith(f"3.{minor}.")
    assert found["affected"] in ({True} if minor < 13 else {True, False})


def test_a_fixed_import_statement_is_not_affected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that looks into sys.modules again after the wait passes the check."""
    original = builtins.__import__

    def looking_again(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        module = original(name, globals, locals, fromlist or (), level)
        return sys.modules.get(name, module) if fromlist else module

    monkeypatch.setattr(builtins, "__import__", looking_again)
    assert interpreter.interpreter_is_affected() is False


def test_an_interpreter_that_works_otherwise_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When no second thread can be led into the critical moment, nothing is claimed."""
    monkeypatch.setattr(interpreter, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(interpreter._Announcing, "_initializing", False)
    assert interpreter.interpreter_is_affected() is None


def test_the_check_leaves_no_trace() -> None:
    """The synthetic package is gone afterwards, and so is its finder."""
    finders = list(sys.meta_path)
    interpreter.interpreter_is_affected()
    assert sys.meta_path == finders
    assert not [name for name in sys.modules if "eager_codemod_package" in name]


def test_its_modules_are_not_importable_from_it(tmp_path: Path) -> None:
    """A ``race`` or ``imports`` that transformers might import is not ours."""
    # The folder that is run is sys.path[0]; the probe takes it out again.
    site = tmp_path / "site"
    site.joinpath("transformers").mkdir(parents=True)
    looks = "import importlib.util\nfound = importlib.util.find_spec('race')\n"
    fails = "if found is not None: raise OSError(found.origin)\n"
    site.joinpath("transformers/__init__.py").write_text(looks + fails + "Auto = 1\n")
    request, answer = tmp_path / "request.json", tmp_path / "answer.json"
    request.write_text('{"do": "alone", "names": ["Auto"]}', encoding="utf-8")
    subprocess.run(
        [sys.executable, str(PROBE), str(request), str(answer)],
        check=True,
        env={**os.environ, "PYTHONPATH": str(site)},
        timeout=60,
    )
    assert json.loads(answer.read_text(encoding="utf-8")) == {"errors": {}}


def test_no_bytecode_is_left_beside_it(tmp_path: Path) -> None:
    """Another interpreter's would appear in the folder of the tool."""
    copy = tmp_path / "probe"
    shutil.copytree(PROBE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    request, answer = tmp_path / "request.json", tmp_path / "answer.json"
    request.write_text('{"do": "look", "checkpoints": []}', encoding="utf-8")
    command = [sys.executable, str(copy), str(request), str(answer)]
    subprocess.run(command, check=True, timeout=60)
    assert not list(copy.glob("__pycache__"))


@pytest.mark.parametrize(
    ("checkpoint", "classes"),
    [
        ("google/electra-small-discriminator", ["ElectraConfig", "ElectraModel"]),
        ("somebody/unheard-of", []),
    ],
)
def test_a_checkpoint_stands_for_its_models_classes(
    checkpoint: str, classes: list[str], tmp_path: Path
) -> None:
    """Read from file names and sources: nothing of transformers is imported."""
    folder = tmp_path / "models" / "electra"
    folder.mkdir(parents=True)
    folder.joinpath("configuration_electra.py").write_text("class ElectraConfig(C):\n")
    folder.joinpath("modeling_electra.py").write_text(
        "class ElectraPreTrainedModel(M):\nclass ElectraForMaskedLM(M):\n"
        "class ElectraModel(M):\n"
    )
    assert classes_of_checkpoint(checkpoint, str(tmp_path)) == classes
