"""What the race tests need of the machine they run on, and where they run."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from .running import Study

MakeStudy = Callable[[str], Study]


@pytest.fixture
def study(tmp_path: Path) -> MakeStudy:
    """Copy a script and its neighbours to a folder of the test's own."""

    def make(script: str) -> Study:
        return Study(script, tmp_path / "study")

    return make


@pytest.fixture(scope="session")
def interpreter_races(tmp_path_factory: pytest.TempPathFactory) -> bool:
    """Whether this Python lets the stale module out: a small package decides."""
    folder = tmp_path_factory.mktemp("interpreter") / "study"
    outcome = Study("two_threads.py", folder).run("replaced", race_in="replaced")
    return outcome.returncode != 0


@pytest.fixture
def affected(interpreter_races: bool) -> None:
    """Skip on a Python whose import statement has been fixed."""
    if not interpreter_races:
        pytest.skip("this Python is not affected: it has the fix of gh-143650")


@pytest.fixture
def onnx() -> None:
    """Skip where transformers no longer has the package that races here."""
    # Asking for the package itself would import transformers into this process.
    transformers = find_spec("transformers")
    folders = transformers.submodule_search_locations if transformers else None
    if not any(Path(folder, "onnx").is_dir() for folder in folders or ()):
        pytest.skip("this transformers has no transformers.onnx (5.0 removed it)")


@pytest.fixture
def torch() -> None:
    """Skip where there is no torch to build a model with."""
    if find_spec("torch") is None:
        pytest.skip("torch is not installed, so transformers cannot build models")


@pytest.fixture
def vocabulary(tmp_path: Path) -> Path:
    """Write a word list that holds the special tokens of BERT's and MPNet's kind."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    special += ["<pad>", "<unk>", "<s>", "</s>", "<mask>"]
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join([*special, "hello", "world", ""]), encoding="utf-8")
    return path
