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

PROBE = Path(probe.__file__)


def test_is_syntax_of_python_3_8() -> None:
    """The oldest interpreter that it promises to run in can parse it."""
    ast.parse(PROBE.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_imports_the_standard_library_only() -> None:
    """It runs where nothing but transformers is installed."""
    tree = ast.parse(PROBE.read_text(encoding="utf-8"))
    found = {
        alias.name
        for n in ast.walk(tree)
        if isinstance(n, ast.Import)
        for alias in n.names
    }
    found |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
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
    assert probe.interpreter_is_affected() is False


def test_an_interpreter_that_works_otherwise_is_unknown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When no second thread can be led into the critical moment, nothing is claimed."""
    monkeypatch.setattr(probe, "PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(probe._Announcing, "_initializing", False)
    assert probe.interpreter_is_affected() is None


def test_the_check_leaves_no_trace() -> None:
    """The synthetic package is gone afterwards, and so is its finder."""
    finders = list(sys.meta_path)
    probe.interpreter_is_affected()
    assert sys.meta_path == finders
    assert not [name for name in sys.modules if "eager_codemod_probe" in name]


def test_its_neighbours_are_not_importable_from_it(tmp_path: Path) -> None:
    """A ``names`` or ``report`` that transformers might import is not ours."""
    # The folder of a script is sys.path[0]; main() takes it out again.
    neighbour = subprocess.run(
        [sys.executable, "-c", _IMPORT_NEIGHBOUR, str(PROBE), str(tmp_path)],
        capture_output=True,
        check=False,
    )
    assert neighbour.returncode == 0, neighbour.stderr.decode()


_IMPORT_NEIGHBOUR = """
import importlib.util, json, os, sys
probe, folder = sys.argv[1:]
sys.path.insert(0, os.path.dirname(probe))
spec = importlib.util.spec_from_file_location("probe_under_test", probe)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
request, answer = os.path.join(folder, "request"), os.path.join(folder, "answer")
json.dump({"do": "alone", "names": []}, open(request, "w"))
os._exit = lambda status: None
module.main([probe, request, answer])
assert importlib.util.find_spec("guards") is None
"""


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
    assert probe.classes_of_checkpoint(checkpoint, str(tmp_path)) == classes
