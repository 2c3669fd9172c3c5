"""Trials in threads, with the real libraries, before and after the command.

Every test is certain on every machine, because it does not wait for an unlucky moment:
window/sitecustomize.py makes one thread stop inside the import of one package until
another has arrived there. Nothing of transformers, Optuna or Hydra is replaced.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from .conftest import MakeStudy

pytestmark = [
    pytest.mark.race,
    pytest.mark.skipif(
        any(find_spec(name) is None for name in ("transformers", "optuna", "hydra")),
        reason="transformers, optuna and hydra-core are not all installed",
    ),
]

#: What a person wrote before there was a command, after the parse of the arguments.
ORIGINAL_GUARD = """\
    args = parser.parse_args()
    from transformers import AutoConfig, BertConfig, DebertaV2Config, RobertaConfig
"""


def test_optuna_trials_fail_without_the_guard(study: MakeStudy, affected: None) -> None:
    """Optuna goes on to its end, with trials that could not import a name."""
    outcome = study("optuna_study.py").run(race_in="transformers")
    assert "8 of 8 trials complete" not in outcome.stdout
    assert "ImportError: cannot import name 'AutoConfig'" in outcome.stderr


def test_optuna_trials_complete_with_the_guard(study: MakeStudy) -> None:
    """The patched study loses no trial under the same pressure."""
    outcome = study("optuna_study.py").patch().run(race_in="transformers")
    assert outcome.stdout == "8 of 8 trials complete\n", outcome.stderr


def test_an_import_at_the_top_does_not_help(
    study: MakeStudy, affected: None, onnx: None
) -> None:
    """What stands behind a lazy name is still first imported by the trials."""
    outcome = study("submodule_study.py").run(race_in="transformers.onnx")
    assert "8 of 8 trials complete" not in outcome.stdout
    # Which of its names is missed depends on the model that came second.
    assert "ImportError: cannot import name 'Onnx" in outcome.stderr


def test_the_guard_loads_what_an_import_at_the_top_leaves(
    study: MakeStudy, onnx: None
) -> None:
    """The patched study has loaded the shared packages behind the names too."""
    outcome = study("submodule_study.py").patch().run(race_in="transformers.onnx")
    assert outcome.stdout == "8 of 8 trials complete\n", outcome.stderr


def test_pool_threads_fail_without_the_guard(
    study: MakeStudy, affected: None, vocabulary: Path
) -> None:
    """A plain ``import transformers`` gets the stale module: a name is not there."""
    tokenizers = study("tokenizer_pool.py")
    outcome = tokenizers.run(str(vocabulary), race_in="transformers")
    assert outcome.returncode == 1
    assert "AttributeError: module 'transformers' has no attribute" in outcome.stderr


def test_pool_threads_build_tokenizers_with_the_guard(
    study: MakeStudy, vocabulary: Path
) -> None:
    """Eight kinds of tokenizers, built and used at once."""
    tokenizers = study("tokenizer_pool.py").patch()
    outcome = tokenizers.run(str(vocabulary), race_in="transformers")
    assert outcome.stdout == "8 of 8 trials complete\n", outcome.stderr


def test_a_hydra_app_fails_without_the_guard(study: MakeStudy, affected: None) -> None:
    """Hydra reports the trial's error and ends."""
    outcome = study("hydra_app.py").run(race_in="transformers")
    assert outcome.returncode == 1
    assert "ImportError: cannot import name 'AutoConfig'" in outcome.stderr


def test_a_hydra_app_runs_with_the_guard(study: MakeStudy) -> None:
    """The decorated function is found though it is not called main."""
    outcome = study("hydra_app.py").patch().run(race_in="transformers")
    assert outcome.stdout == "job 0: 8 of 8 trials complete\n", outcome.stderr


def test_the_first_job_of_a_multirun_fails_without_the_guard(
    study: MakeStudy, affected: None
) -> None:
    """Only one job fails, with nothing in its overrides to blame."""
    app = study("hydra_app.py")
    outcome = app.run("--multirun", "seed=0,1", race_in="transformers")
    assert outcome.returncode == 1
    assert "job 0: " not in outcome.stdout
    assert "job 1: 8 of 8 trials complete" in outcome.stdout


def test_every_job_of_a_multirun_runs_with_the_guard(study: MakeStudy) -> None:
    """The guard is called once a job, and is nearly free after the first."""
    app = study("hydra_app.py").patch()
    outcome = app.run("--multirun", "seed=0,1,2", race_in="transformers")
    assert outcome.returncode == 0, outcome.stderr
    for job in range(3):
        assert f"job {job}: 8 of 8 trials complete" in outcome.stdout


def test_models_fail_without_the_guard(
    study: MakeStudy, affected: None, torch: None
) -> None:
    """Model classes share a package that configurations do not load."""
    models = study("model_study.py")
    outcome = models.run(race_in="transformers.generation", torch=True)
    assert "8 of 8 trials complete" not in outcome.stdout
    assert "ImportError: cannot import name 'Generation" in outcome.stderr


def test_models_fail_with_the_original_guard(
    study: MakeStudy, affected: None, torch: None
) -> None:
    """Four configurations, loaded by hand, leave that package to the trials."""
    models = study("model_study.py")
    models.replace("    args = parser.parse_args()\n", ORIGINAL_GUARD)
    outcome = models.run(race_in="transformers.generation", torch=True)
    assert "8 of 8 trials complete" not in outcome.stdout
    assert "ImportError: cannot import name 'Generation" in outcome.stderr


def test_models_are_built_with_the_guard(study: MakeStudy, torch: None) -> None:
    """Eight model classes, imported, built and run at once."""
    models = study("model_study.py").patch()
    outcome = models.run(race_in="transformers.generation", torch=True)
    assert outcome.stdout == "8 of 8 trials complete\n", outcome.stderr


def test_a_guard_is_not_seen_by_worker_processes(
    study: MakeStudy, affected: None
) -> None:
    """What the documentation says the guard cannot do, so that it stays true."""
    outcome = study("worker_study.py").patch().run(race_in="transformers")
    assert outcome.returncode == 1
    assert "ImportError: cannot import name 'AutoConfig'" in outcome.stderr
