"""The names in libraries.py exist in the real packages, and mean what it says.

Packages that the tests need anyway are looked at where they are installed; the others
are downloaded as wheels, once a session, unpacked, and never run.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from codemod.edits import guard, thread_safety
from codemod.program.libraries import (
    COMMON_WORDS,
    INSERTED,
    METHODS,
    POOL_METHODS,
    STARTS,
    THREAD_POOLS,
    THREADS,
    TRANSFORMERS,
    Start,
    closed,
)

DISTRIBUTIONS = {
    "ax": "ax-platform",
    "bayes_opt": "bayesian-optimization",
    "bert_score": "bert-score",
    "hebo": "HEBO",
    "keras_tuner": "keras-tuner",
    "lm_eval": "lm-eval",
    "optuna_integration": "optuna-integration",
    "sentence_transformers": "sentence-transformers",
    "sherpa": "parameter-sherpa",
    "skopt": "scikit-optimize",
    "spacy_transformers": "spacy-transformers",
    "span_marker": "span-marker",
    "summarizer": "bert-extractive-summarizer",
    "syne_tune": "syne-tune",
    "tune_sklearn": "tune-sklearn",
    "vizier": "google-vizier",
}
# Too large for a test, or without a wheel that every machine can take.
UNSEEN = frozenset(
    {"allennlp", "auto_gptq", "llamafactory", "unsloth", "vllm", "whisperx"}
)
ROOTS = sorted(
    {start.package.partition(".")[0] for start in (*STARTS, *METHODS)} - {"", "optuna"}
)
ON_TRANSFORMERS = sorted(TRANSFORMERS - UNSEEN - {"transformers"})


def sources(folder: Path, package: str) -> dict[str, str]:
    """The modules of a package, by their dotted names."""
    root = folder / package.partition(".")[0]
    files = sorted(root.rglob("*.py"))
    named = {".".join(f.relative_to(folder).with_suffix("").parts): f for f in files}
    return {
        name.removesuffix(".__init__"): file.read_text("utf-8", "replace")
        for name, file in named.items()
    }


def has_function(modules: dict[str, str], start: Start) -> bool:
    """Whether a package, or a module below it, defines a function or class."""
    pattern = re.compile(rf"^[ ]*(?:def|class) {start.name}\b", re.MULTILINE)
    inside = f"{start.package}."
    below = (m for m in modules if m == start.package or m.startswith(inside))
    if any(pattern.search(modules[name]) for name in below):
        return True
    # A package takes it from a module beside it.
    own = modules.get(start.package, "")
    if re.search(rf"^from .* as {start.name}\b", own, re.MULTILINE):
        return True
    return bool(re.search(rf"\b{start.name}\b", own)) and any(
        pattern.search(text) for text in modules.values()
    )


def has_method(modules: dict[str, str], start: Start) -> bool:
    """Whether a class of a package has a method."""
    pattern = re.compile(rf"^[ ]+(?:async )?def {start.name}\b", re.MULTILINE)
    return any(pattern.search(text) for text in modules.values())


def lacking(folder: Path, package: str) -> list[str]:
    """The names of a package that it does not have."""
    modules = sources(folder, package)
    functions = [s for s in STARTS if s.package.partition(".")[0] == package]
    methods = [s for s in METHODS if s.package == package]
    return [
        f"{s.package}.{s.name}" for s in functions if not has_function(modules, s)
    ] + [f"{s.package}: .{s.name}()" for s in methods if not has_method(modules, s)]


def test_what_is_inserted_has_the_names_of_the_edits() -> None:
    """No trial asks for what our own functions import."""
    assert {guard.FUNCTION, thread_safety.FUNCTION} == INSERTED


def test_optuna() -> None:
    """Installed for the tests anyway."""
    spec = importlib.util.find_spec("optuna")
    if spec is None or spec.origin is None:
        pytest.skip("optuna is not installed")
    assert lacking(Path(spec.origin).parent.parent, "optuna") in (
        [],
        ["optuna.OptunaSearchCV"],  # since 4.0 in a package of its own
    )


def test_the_trainers_own_search() -> None:
    """Nothing else in transformers starts trials."""
    spec = importlib.util.find_spec("transformers")
    if spec is None or spec.origin is None:
        pytest.skip("transformers is not installed")
    text = (Path(spec.origin).parent / "trainer.py").read_text("utf-8")
    assert "    def hyperparameter_search(" in text


@pytest.mark.parametrize("name", sorted(THREAD_POOLS | THREADS))
def test_threads_of_the_standard_library(name: str) -> None:
    """Each can be imported."""
    module, _, attribute = name.rpartition(".")
    assert callable(getattr(importlib.import_module(module), attribute))


def test_methods_of_the_pools() -> None:
    """Each is one of a pool's."""
    from concurrent.futures import ThreadPoolExecutor
    from multiprocessing.pool import ThreadPool

    known = {*dir(ThreadPool), *dir(ThreadPoolExecutor)}
    assert known >= POOL_METHODS


def test_nobody_looks_into_the_libraries() -> None:
    """But for names that people give to folders of their own."""
    assert {"optuna", "transformers", "ray", "peft"} <= closed()
    assert not COMMON_WORDS & closed()
    assert {"ax", "adapters"} <= COMMON_WORDS


@cache
def downloaded(folder: Path) -> dict[str, str]:
    """Download and unpack the wheels of all packages; what is missing, with why."""

    def fetch(package: str) -> str:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:"]
        target = folder / package
        wanted = DISTRIBUTIONS.get(package, package.replace("_", "-"))
        try:
            done = subprocess.run(
                [*command, "--dest", str(target), wanted],
                capture_output=True,
                text=True,
                timeout=60,
            )
        except subprocess.TimeoutExpired:
            return "the index took too long"
        for wheel in target.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                names = [n for n in archive.namelist() if n.endswith(".py")]
                archive.extractall(target, names)
        return "" if done.returncode == 0 else done.stderr.strip()[-200:]

    packages = [*ROOTS, *ON_TRANSFORMERS]
    with ThreadPoolExecutor(8) as pool:
        return dict(zip(packages, pool.map(fetch, packages), strict=True))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all of them."""
    return tmp_path_factory.getbasetemp() / "wheels"


@pytest.mark.slow
@pytest.mark.parametrize("package", ROOTS)
def test_what_starts_trials(wheels: Path, package: str) -> None:
    """Each function, class and method is in the package of today."""
    if reason := downloaded(wheels)[package]:
        pytest.skip(f"no wheel of {package}: {reason}")
    assert lacking(wheels / package, package) == []


@pytest.mark.slow
@pytest.mark.parametrize("package", ON_TRANSFORMERS)
def test_what_is_built_on_transformers(wheels: Path, package: str) -> None:
    """Each imports transformers somewhere."""
    if reason := downloaded(wheels)[package]:
        pytest.skip(f"no wheel of {package}: {reason}")
    pattern = re.compile(r"^\s*(?:from|import) transformers\b", re.MULTILINE)
    modules = sources(wheels / package, package)
    assert any(pattern.search(text) for text in modules.values())
