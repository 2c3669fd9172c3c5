"""Which scripts are HPO scripts, and what the verdict is based on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemod import patch
from codemod.program.selection import (
    COMMON_WORDS,
    HPO_LIBRARIES,
    SINGLE_THREADS,
    THREAD_POOLS,
    TRANSFORMERS_LIBRARIES,
    Judge,
    Verdict,
    selected,
    skipped,
)
from codemod.settings import Settings
from tests.layouts import layout


def judge(root: Path, script: str, settings: Settings | None = None) -> Verdict:
    """Return the verdict on a script of a repository, with relative trails."""
    path = root / script
    os.chdir(root)
    return Judge(settings or Settings()).judge(script, path.read_bytes())


@pytest.fixture(autouse=True)
def _back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return to the working directory after a test."""
    monkeypatch.chdir(os.curdir)


def judge_text(source: str, folder: Path, settings: Settings | None = None) -> Verdict:
    """Return the verdict on a script that stands alone."""
    (folder / ".git").mkdir(exist_ok=True)
    path = str(folder / "script.py")
    return Judge(settings or Settings()).judge(path, source.encode())


# Verdicts


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import optuna, transformers", "affected"),
        ("import optuna", "hpo"),
        ("import transformers", "none"),
        ("from threading import Thread\nimport transformers", "affected"),
        ("from threading import Thread", "none"),
        ("import threading\nimport transformers\nthreading.Lock()", "none"),
        ("import threading as t\nimport peft\nt.Thread(target=f)", "affected"),
        ("import hydra", "none"),
        ("import hydra, transformers", "none"),
        ("import json", "none"),
        ("'import optuna'", "none"),
    ],
)
def test_verdict(source: str, name: str, tmp_path: Path) -> None:
    """HPO or threads with transformers is affected; HPO without is hpo; else none."""
    assert judge_text(source, tmp_path).name == name


@pytest.mark.parametrize("library", sorted(HPO_LIBRARIES))
def test_hpo_library(library: str, tmp_path: Path) -> None:
    """Each library makes a script an HPO script, and is named as the evidence."""
    verdict = judge_text(f"import {library}", tmp_path)
    assert verdict.name == "hpo"
    assert verdict.hpo is not None
    assert verdict.hpo[-1] == library


def test_part_of_a_library_that_is_no_hpo(tmp_path: Path) -> None:
    """Registering an environment with ray.tune optimises nothing; the settings win."""
    source = "from ray.tune.registry import register_env\n"
    assert judge_text("from ray.tune import register_env", tmp_path).name == "none"
    assert judge_text(source, tmp_path).name == "none"
    assert judge_text(source + "from ray import tune\n", tmp_path).name == "hpo"
    settings = Settings(hpo_libraries=("ray.tune.registry",))
    assert judge_text(source, tmp_path, settings).name == "hpo"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from ray.tune.registry import register_env", "none"),
        ("ray.tune.register_env('x', f)", "none"),
        ("ray.tune.registry.register_env('x', f)", "none"),
        ("ray.tune.register_env('x', f)\nray.tune.run(f)", "hpo"),
        ("ray.tune.registry_of_ours", "hpo"),
    ],
)
def test_part_that_is_no_hpo_beside_the_package(
    source: str, name: str, tmp_path: Path
) -> None:
    """Nor does it where the package around it is imported, too."""
    assert judge_text(f"import ray\n{source}\n", tmp_path).name == name


@pytest.mark.parametrize("library", sorted(TRANSFORMERS_LIBRARIES))
def test_transformers_library(library: str, tmp_path: Path) -> None:
    """Each library on top of transformers counts as transformers."""
    verdict = judge_text(f"import optuna\nfrom {library} import x", tmp_path)
    assert verdict.name == "affected"
    assert verdict.transformers is not None
    assert verdict.transformers[-1] == library


@pytest.mark.parametrize("pool", sorted(THREAD_POOLS | SINGLE_THREADS))
def test_thread_pool(pool: str, tmp_path: Path) -> None:
    """Each way to start threads counts, with transformers."""
    module, _, name = pool.rpartition(".")
    source = f"import transformers\nfrom {module} import {name}"
    assert judge_text(source, tmp_path).name == "affected"


def test_single_thread_in_another_module(tmp_path: Path) -> None:
    """A pool counts wherever it is reached, a single thread in the script only."""
    script = "import transformers, helper"
    (tmp_path / "helper.py").write_text("from threading import Thread")
    assert judge_text(script, tmp_path).name == "none"
    (tmp_path / "helper.py").write_text("from multiprocessing.dummy import Pool")
    assert judge_text(script, tmp_path).name == "affected"


def test_evidence_of_a_verdict(tmp_path: Path) -> None:
    """The verdict shows the way to each library, for people to check."""
    verdict = judge(layout("packages", tmp_path), "scripts/tune_max.py")
    assert verdict == Verdict(
        "affected",
        hpo=(
            "scripts/tune_max.py",
            os.path.join("psy_agents/hpo", "runner.py"),
            "optuna",
        ),
        threads=None,
        transformers=(
            "scripts/tune_max.py",
            os.path.join("psy_agents", "hpo", "__init__.py"),
            os.path.join("psy_agents", "models.py"),
            "transformers",
        ),
    )


@pytest.mark.parametrize(
    ("script", "name", "hpo", "threads"),
    [
        ("wandb_agent", "hpo", "wandb.agent", None),
        ("wandb_log", "none", None, None),
        ("trainer_search", "affected", "Trainer.hyperparameter_search", None),
        ("threads", "affected", None, "concurrent.futures.ThreadPoolExecutor"),
        ("threads_only", "none", None, "multiprocessing.pool.ThreadPool"),
        ("joblib_threads", "affected", None, "joblib's threading backend"),
        ("joblib_processes", "none", None, None),
        ("ray_tune", "hpo", "ray.tune", None),
        ("ray_data", "none", None, None),
    ],
)
def test_use_without_import(
    script: str, name: str, hpo: str | None, threads: str | None, tmp_path: Path
) -> None:
    """What only a use shows counts as an import does."""
    verdict = judge(layout("evidence", tmp_path), f"{script}.py")
    assert verdict.name == name
    assert (verdict.hpo and verdict.hpo[-1]) == hpo
    assert (verdict.threads and verdict.threads[-1]) == threads


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("Parallel(prefer='threads')", "affected"),
        ("Parallel(backend = 'threading')", "affected"),
        ("joblib.parallel_backend('threading', n_jobs=2)", "affected"),
        ("Parallel(require='sharedmem')", "affected"),
        ("Parallel(prefer='processes')", "none"),
        ("# prefer='threads'", "none"),
    ],
)
def test_joblib(source: str, name: str, tmp_path: Path) -> None:
    """Only where it is asked to does joblib run threads."""
    text = f"import joblib\nimport transformers\n{source}\n"
    assert judge_text(text, tmp_path).name == name


# Libraries from the settings, and names that projects use too


def test_further_libraries(tmp_path: Path) -> None:
    """The settings add libraries of both kinds, dotted ones too."""
    settings = Settings(
        hpo_libraries=("tuner.search",), transformers_libraries=("our_models",)
    )
    source = "from tuner.search import run\nimport our_models.bert\n"
    assert judge_text(source, tmp_path).name == "none"
    assert judge_text(source, tmp_path, settings).name == "affected"
    assert judge_text("import tuner.other", tmp_path, settings).name == "none"


def test_further_library_that_is_first_party(tmp_path: Path) -> None:
    """A first-party module may be named as one; its imports are followed too."""
    settings = Settings(hpo_libraries=("psy_agents.hpo",))
    root = layout("packages", tmp_path)
    (root / "psy_agents" / "hpo" / "runner.py").write_text("")
    verdict = judge(root, "scripts/tune_max.py", settings)
    assert verdict.hpo == ("scripts/tune_max.py", "psy_agents.hpo")
    assert verdict.name == "affected"


def test_first_party_module_with_a_common_name(tmp_path: Path) -> None:
    """A project's own adapters and ax are not the libraries of that name."""
    root = layout("shadowed", tmp_path)
    assert judge(root, "train.py") == Verdict("none")


def test_library_with_a_common_name(tmp_path: Path) -> None:
    """Where no first-party module has the name, the library is meant."""
    root = layout("shadowed", tmp_path)
    verdict = judge(root, "other/train.py")
    assert verdict.hpo == ("other/train.py", "orion")
    assert verdict.transformers is None


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import optuna\nfrom adapters.store import x", "hpo"),
        ("import optuna\nimport adapters.store as s", "hpo"),
        ("import optuna\nfrom adapters import store", "hpo"),
        ("import optuna\nfrom adapters import AutoAdapterModel", "affected"),
        ("import optuna\nimport adapters", "affected"),
    ],
)
def test_folder_with_a_common_name(source: str, name: str, tmp_path: Path) -> None:
    """Without ``__init__.py`` a folder is meant where it holds what is imported."""
    (tmp_path / "adapters").mkdir()
    (tmp_path / "adapters" / "store.py").write_text("")
    assert judge_text(source, tmp_path).name == name


def test_common_words_are_libraries() -> None:
    """The list has no entry that the other lists do not have."""
    assert COMMON_WORDS <= HPO_LIBRARIES | TRANSFORMERS_LIBRARIES


def test_library_in_its_own_repository(tmp_path: Path) -> None:
    """That transformers knows Optuna makes no script of its repository one of HPO."""
    assert judge(layout("libraries_own", tmp_path), "examples/train.py").name == "none"


def test_script_inside_a_library(tmp_path: Path) -> None:
    """A library's own script is not followed either, by relative imports."""
    root = layout("libraries_own", tmp_path)
    script = root / "src" / "transformers" / "cli.py"
    script.write_text("from .trainer import search\n")
    assert judge(root, "src/transformers/cli.py") == Verdict("none")


def test_package_around_a_dotted_library(tmp_path: Path) -> None:
    """In Ray's own repository, a use of ray is no use of ray.tune."""
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "__init__.py").write_text("import ray.tune\n")
    assert judge_text("import ray", tmp_path).name == "none"
    assert judge_text("import ray.tune", tmp_path).name == "hpo"


# What the tool itself inserted


@pytest.mark.parametrize("name", ["script", "helper"])
def test_inserted_functions_are_passed_over(name: str, tmp_path: Path) -> None:
    """A patched script, and one that imports it, is what it was before."""
    texts = {
        "script": "import optuna\nimport helper\n\n\ndef main():\n    pass\n",
        "helper": "def main():\n    pass\n",
    }
    settings = Settings(entry="any", edits=("guard", "thread-safety"))
    texts[name] = str(patch(texts[name], settings).source)
    assert "from transformers import" in texts[name]
    (tmp_path / "helper.py").write_text(texts["helper"])
    verdict = judge_text(texts["script"], tmp_path)
    assert verdict == Verdict("hpo", hpo=(str(tmp_path / "script.py"), "optuna"))


def test_imports_beside_an_inserted_function(tmp_path: Path) -> None:
    """Only the inserted function is passed over, whatever surrounds it."""
    script = "import optuna\ndef main():\n    pass\n"
    source = str(patch(script, Settings(entry="any")).source)
    assert judge_text(source + "import transformers\n", tmp_path).name == "affected"
    assert judge_text("import transformers\n" + source, tmp_path).name == "affected"
    inside = source.replace("def main():\n", "def main():\n    import transformers\n")
    assert judge_text(inside, tmp_path).name == "affected"


# Hydra's sweepers


@pytest.mark.parametrize(
    ("script", "hpo"),
    [
        (
            "train",
            ("configs/hparams_search/mnist_optuna.yaml", "hydra/sweeper: optuna"),
        ),
        (
            "primary",
            (
                "primary_configs/tune.yaml",
                "hydra_plugins.hydra_ax_sweeper.ax_sweeper.AxSweeper",
            ),
        ),
        (
            "included",
            (
                "primary_configs/tune.yaml",
                "hydra_plugins.hydra_ax_sweeper.ax_sweeper.AxSweeper",
            ),
        ),
        ("plain", None),
        ("beside", None),
    ],
)
def test_sweeper_in_the_configuration(
    script: str, hpo: tuple[str, str] | None, tmp_path: Path
) -> None:
    """Config groups and the primary configuration count; another script's does not."""
    verdict = judge(layout("hydra_optuna", tmp_path), f"scripts/{script}.py")
    if hpo is None:
        assert verdict == Verdict("none")
    else:
        assert verdict == Verdict("hpo", hpo=(f"scripts/{script}.py", *hpo))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("  - override hydra/sweeper: optuna", True),
        ("  - override /hydra/sweeper: ax", True),
        ("  - hydra/sweeper: nevergrad", True),
        ('  - "hydra/sweeper": "orion"', True),
        ("hydra/sweeper: optuna  # comment", True),
        ("    _target_: hydra_plugins.hydra_optuna_sweeper.x.OptunaSweeper", True),
        ("  - override hydra/sweeper: basic", False),
        ("  - override hydra/sweeper: null", False),
        ("  # - override hydra/sweeper: optuna", False),
        ("  - override hydra/sweeper/sampler: tpe", False),
        (
            "    _target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper",
            False,
        ),
        ("sweeper: optuna", False),
        ("  - override hydra/launcher: joblib", False),
    ],
)
def test_sweeper_line(line: str, found: bool, tmp_path: Path) -> None:
    """All sweepers but Hydra's own count, in every way to choose one."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text(f"a: 1\n{line}\nb: 2\n")
    source = "import hydra\n@hydra.main(config_path='conf')\ndef main(cfg): ...\n"
    assert (judge_text(source, tmp_path).hpo is not None) == found


def test_configuration_in_a_package(tmp_path: Path) -> None:
    """A pkg:// path is looked up like a module."""
    (tmp_path / "src" / "app" / "conf").mkdir(parents=True)
    config = tmp_path / "src" / "app" / "conf" / "config.yml"
    config.write_text("defaults:\n- override hydra/sweeper: optuna\n")
    source = (
        "import hydra\n@hydra.main(config_path='pkg://app.conf')\ndef main(c): ...\n"
    )
    assert judge_text(source, tmp_path).name == "hpo"


@pytest.mark.parametrize("folder", ["outputs/2024", "multirun/1", ".hydra"])
def test_configuration_that_a_run_left(folder: str, tmp_path: Path) -> None:
    """What Hydra wrote for a run is no configuration of the script."""
    (tmp_path / folder).mkdir(parents=True)
    (tmp_path / folder / "config.yaml").write_text("hydra/sweeper: optuna\n")
    source = "import hydra\n@hydra.main(config_path='.')\ndef main(cfg): ...\n"
    assert judge_text(source, tmp_path).name == "none"


def test_missing_configuration(tmp_path: Path) -> None:
    """A config_path that is not there is no error."""
    source = "import hydra\n@hydra.main(config_path='nowhere')\ndef main(cfg): ...\n"
    assert judge_text(source, tmp_path) == Verdict("none")


# --select


@pytest.mark.parametrize(
    ("verdict", "selections"),
    [
        ("affected", {"affected", "hpo", "all"}),
        ("hpo", {"hpo", "all"}),
        ("none", {"all"}),
    ],
)
def test_select(verdict: str, selections: set[str]) -> None:
    """Each selection holds the ones before it: affected, hpo, all."""
    options = ("affected", "hpo", "all")
    assert {name for name in options if selected(Verdict(verdict), name)} == selections


# Skipping


@pytest.mark.parametrize(
    "source",
    [
        b"# eager-codemod: skip",
        b"import a\n# eager-codemod: skip\n",
        b"#eager-codemod:skip\r\nimport a\r\n",
        b"def f():\n    # eager-codemod: skip  \n    pass\n",
        b"\xef\xbb\xbf# eager-codemod: skip\n",
        b'"""doc"""\n# eager-codemod: skip\n',
    ],
)
def test_skip_comment(source: bytes) -> None:
    """A comment on a line of its own, anywhere in the file."""
    assert skipped(source)


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"import a  # eager-codemod: skip\n",
        b'"""\n# eager-codemod: skip\n"""\n',
        b"x = 'a \\\n# eager-codemod: skip\n'",
        b"# eager-codemod: skipped\n",
        b"# eager-codemod: skip this\n",
        b"# about eager-codemod: skip\n",
        b"x = '# eager-codemod: skip'\n",
    ],
)
def test_no_skip_comment(source: bytes) -> None:
    """Behind code, in a string, or with further words it is none."""
    assert not skipped(source)
