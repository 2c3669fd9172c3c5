"""Hydra applications: sweepers and models that only YAML names."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from codemod.search.hydra import Configuration, read_configuration
from codemod.search.reading import read_regular
from tests.program.judging import Files, check_call, judge, verdict

SWEEPERS = {
    "block style": "defaults:\n  - override hydra/sweeper: optuna\n",
    "without override": "defaults:\n  - hydra/sweeper: optuna\n",
    "absolute": "defaults:\n  - override /hydra/sweeper: optuna\n",
    "flow style": "defaults: [{override hydra/sweeper: optuna}]\n",
    "flow style, quoted": 'defaults: [{"override hydra/sweeper": optuna}]\n',
    "quoted": 'defaults:\n  - "override hydra/sweeper": optuna\n',
    "single quotes": "defaults:\n  - 'override hydra/sweeper': 'optuna'\n",
    "ax": "defaults:\n  - override hydra/sweeper: ax\n",
    "nevergrad": "defaults:\n  - _self_\n  - override hydra/sweeper: nevergrad\n",
    "its own name": "defaults:\n  - override hydra/sweeper: my_sweeper\n",
    "target": (
        "hydra:\n  sweeper:\n"
        "    _target_: hydra_plugins.hydra_optuna_sweeper.sweeper.OptunaSweeper\n"
    ),
    "target, flow style": (
        "hydra: {sweeper: {_target_: hydra_plugins.hydra_ax_sweeper.AxSweeper}}\n"
    ),
    "json": '{"defaults": [{"override hydra/sweeper": "optuna"}]}\n',
}
NO_SWEEPERS = {
    "basic": "defaults:\n  - override hydra/sweeper: basic\n",
    "null": "defaults:\n  - override hydra/sweeper: null\n",
    "launcher": "defaults:\n  - override hydra/launcher: joblib\n",
    "sampler of the sweeper": "defaults:\n  - override hydra/sweeper/sampler: tpe\n",
    "comment": "# override hydra/sweeper: optuna\ndefaults: []\n",
    "string": 'text: "override hydra/sweeper: optuna"\n',
    "basic target": (
        "hydra:\n  sweeper:\n"
        "    _target_: hydra._internal.core_plugins.basic_sweeper.BasicSweeper\n"
    ),
    "broken": "defaults: [override hydra/sweeper: optuna\n",
    "no mapping": "- override hydra/sweeper\n",
    "number": "defaults: 3\n",
    "empty": "",
}


def read(folder: Path, files: Files, primary: str = "config") -> Configuration:
    """Read a configuration of these files."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    return read_configuration(str(folder), primary)


@pytest.mark.parametrize("text", SWEEPERS.values(), ids=SWEEPERS)
def test_sweepers(tmp_path: Path, text: str) -> None:
    """In every way in which YAML says it."""
    found = read(tmp_path, {"config.yaml": text})
    assert found.sweeper
    assert found.file == str(tmp_path / "config.yaml")


@pytest.mark.parametrize("text", NO_SWEEPERS.values(), ids=NO_SWEEPERS)
def test_no_sweepers(tmp_path: Path, text: str) -> None:
    """The one that Hydra has anyway runs no trials."""
    assert not read(tmp_path, {"config.yaml": text}).sweeper


class TestGroups:
    """What the command line may choose counts."""

    OPTUNA = "# @package _global_\ndefaults:\n  - override /hydra/sweeper: optuna\n"

    def test_a_group_that_is_offered(self, tmp_path: Path) -> None:
        """`hparams_search=optuna` on the command line."""
        files = {
            "config.yaml": "defaults:\n  - model: bert\n  - hparams_search: null\n",
            "hparams_search/optuna.yaml": self.OPTUNA,
            "model/bert.yaml": "_target_: models.Bert\n",
            "model/gpt.yaml": "_target_: models.Gpt\n",
        }
        found = read(tmp_path, files)
        assert found.sweeper == "hydra/sweeper: optuna"
        assert found.file.endswith("optuna.yaml")
        assert set(found.targets) == {"models.Bert", "models.Gpt"}

    def test_an_optional_group(self, tmp_path: Path) -> None:
        """`optional` may stand in front of it."""
        files = {
            "config.yaml": "defaults:\n  - optional hparams_search: null\n",
            "hparams_search/optuna.yaml": self.OPTUNA,
        }
        assert read(tmp_path, files).sweeper

    def test_a_group_with_a_package(self, tmp_path: Path) -> None:
        """`group@package`."""
        files = {
            "config.yaml": "defaults:\n  - search@_global_: null\n",
            "search/optuna.yaml": self.OPTUNA,
        }
        assert read(tmp_path, files).sweeper

    def test_a_group_that_is_not_offered(self, tmp_path: Path) -> None:
        """It is another script's."""
        files = {
            "config.yaml": "defaults:\n  - model: bert\n",
            "hparams_search/optuna.yaml": self.OPTUNA,
        }
        assert not read(tmp_path, files).sweeper

    def test_another_primary_configuration(self, tmp_path: Path) -> None:
        """It is another script's as well."""
        files = {"config.yaml": "a: 1\n", "tune.yaml": self.OPTUNA}
        assert not read(tmp_path, files).sweeper
        assert read(tmp_path, files, "tune").sweeper
        assert read(tmp_path, files, "tune.yaml").sweeper

    def test_a_primary_configuration_that_is_not_known(self, tmp_path: Path) -> None:
        """Every file of the folder may be it."""
        files = {"config.yaml": "a: 1\n", "tune.yaml": self.OPTUNA}
        assert read(tmp_path, files, "").sweeper

    def test_included(self, tmp_path: Path) -> None:
        """A configuration includes another one, and so on; a circle ends."""
        files = {
            "config.yaml": "defaults:\n  - base\n",
            "base.yaml": "defaults:\n  - deep/more\n",
            "deep/more.yaml": "defaults:\n  - /config\n  - sibling\n",
            "deep/sibling.yaml": self.OPTUNA,
        }
        assert read(tmp_path, files).sweeper

    def test_what_runs_leave_behind(self, tmp_path: Path) -> None:
        """Hydra writes each run's configuration there."""
        files = {
            "config.yaml": "defaults:\n  - outputs: null\n  - .hydra: null\n",
            "outputs/config.yaml": self.OPTUNA,
            ".hydra/config.yaml": self.OPTUNA,
        }
        assert not read(tmp_path, files).sweeper


MODELS: Files = {
    "models.py": """
        from transformers import AutoModel

        class Bert:
            def __init__(self, name):
                self.model = AutoModel.from_pretrained(name)

        class Plain:
            pass
        """,
    "configs/config.yaml": """
        defaults:
          - model: bert
          - hparams_search: null
        """,
    "configs/hparams_search/optuna.yaml": TestGroups.OPTUNA,
    "configs/model/bert.yaml": "_target_: models.Bert\nname: tiny\n",
}
SCRIPT = """
    import hydra
    from hydra.utils import instantiate

    @hydra.main(config_path="configs", config_name="config", version_base=None)
    def main(cfg):
        CALL
        print(cfg)
        model = instantiate(cfg.model)
        return model.score

    if __name__ == "__main__":
        main()
    """


class TestScripts:
    """The decorated function is the trial; the call stays first in it."""

    def test_sweeper_and_model_in_groups(self, tmp_path: Path) -> None:
        """Nothing in the script says that it runs trials, or on what."""
        judgement = check_call(tmp_path, SCRIPT, MODELS)
        assert judgement.verdict.name == "affected"
        assert judgement.verdict.why == "hydra/sweeper: optuna"
        assert [entry.kind for entry in judgement.entries] == ["hydra"]

    def test_behind_the_docstring(self, tmp_path: Path) -> None:
        """First in the body means behind it."""
        text = SCRIPT.replace("CALL\n", '"""Search."""\n        CALL\n')
        check_call(tmp_path, text, MODELS)

    def test_behind_the_environment(self, tmp_path: Path) -> None:
        """What is set right there is read when transformers is imported."""
        text = SCRIPT.replace(
            "CALL\n", "os.environ['HF_HOME'] = cfg.home\n        CALL\n"
        ).replace("import hydra\n", "import os\n    import hydra\n", 1)
        check_call(tmp_path, text, MODELS)

    def test_a_model_of_transformers_itself(self, tmp_path: Path) -> None:
        """Its `_target_` needs no module of the repository."""
        target = "_target_: transformers.AutoModel.from_pretrained\n"
        files = {**MODELS, "configs/model/bert.yaml": target}
        files["tune.py"] = SCRIPT.replace("CALL", "pass")
        assert verdict(tmp_path, files) == "affected"

    def test_a_model_without_transformers(self, tmp_path: Path) -> None:
        """Trials, but on something else."""
        files = {**MODELS, "configs/model/bert.yaml": "_target_: models.Plain\n"}
        files["tune.py"] = SCRIPT.replace("CALL", "pass")
        assert verdict(tmp_path, files) == "hpo"

    def test_no_sweeper(self, tmp_path: Path) -> None:
        """A training script as there are many."""
        files = {**MODELS, "tune.py": SCRIPT.replace("CALL", "pass")}
        files["configs/hparams_search/optuna.yaml"] = "lr: 3\n"
        assert verdict(tmp_path, files) == "none"

    def test_joblib_runs_trials_in_threads(self, tmp_path: Path) -> None:
        """A sweeper alone runs them one after the other."""
        files = {**MODELS, "tune.py": SCRIPT.replace("CALL", "pass")}
        assert judge(tmp_path, files).verdict.how == "sequential"

    PATHS = (
        'config_path="../configs", config_name="config"',
        'config_path="../configs", config_name="config.yaml"',
        "config_path=CONFIGS, config_name=NAME",
        'config_path=str(ROOT / "configs"), config_name="config"',
        'config_path="../configs/config.yaml"',
        '"../configs", "config"',
        '"../configs"',
        "**OPTIONS",
    )

    @pytest.mark.parametrize("arguments", PATHS)
    def test_ways_to_say_where(self, tmp_path: Path, arguments: str) -> None:
        """Literals, variables, paths that are worked out."""
        text = f"""
import hydra
from pathlib import Path
from models import Bert

ROOT = Path(__file__).parent.parent
CONFIGS = "../configs"
NAME = "config"
OPTIONS = {{"config_path": "../configs", "config_name": "config"}}

@hydra.main({arguments})
def main(cfg):
    return Bert("x")

main()
"""
        files = {**MODELS, "scripts/tune.py": text}
        assert verdict(tmp_path, files, "scripts/tune.py") == "affected"

    def test_a_folder_outside_of_the_repository(self, tmp_path: Path) -> None:
        """It is not looked at."""
        inner = tmp_path / "inner"
        inner.mkdir()
        for name, text in MODELS.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(dedent(text))
        text = SCRIPT.replace("CALL", "pass").replace('"configs"', '"../configs"')
        assert verdict(inner, text) == "none"


def test_many_files_are_read_once_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3,000 options of a group, or a list that includes them all."""
    reads: list[str] = []

    def counted(path: str, most: int) -> bytes | None:
        reads.append(path)
        return read_regular(path, most)

    monkeypatch.setattr("codemod.search.hydra.read_regular", counted)
    names = [f"part{index}" for index in range(600)]
    listed = "".join(f"  - {name}\n  - {name}\n" for name in names)
    files = {
        f"{name}.yaml": f"defaults:\n{listed}" if i < 2 else "_target_: a.b\n"
        for i, name in enumerate(names)
    }
    read(tmp_path, {"config.yaml": f"defaults:\n{listed}", **files})
    assert len(reads) == len(set(reads)) == 601


def test_a_folder_of_very_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody names is not looked at, what is named counts, wherever it lies."""
    monkeypatch.setattr("codemod.search.hydra._MOST_ENTRIES", 50)
    files = {f"data/part{index:02}.yaml": "a: 1\n" for index in range(100)}
    primary = "defaults:\n  - zoo: a\n  - override hydra/sweeper: optuna\n"
    files |= {"config.yaml": primary, "zoo/a/b/model.yaml": "_target_: a.b\n"}
    found = read(tmp_path, files)
    assert (found.sweeper, found.targets) == ("hydra/sweeper: optuna", ("a.b",))


def test_deep_nesting(tmp_path: Path) -> None:
    """Whatever PyYAML does with it, the run goes on."""
    deep = "[" * 50_000
    assert read(tmp_path, {"config.yaml": f"defaults: {deep}"}) == Configuration()


def test_a_document_that_is_made_of_references(tmp_path: Path) -> None:
    """A billion laughs are laughed once."""
    lines = ["a0: &a0 {_target_: x.y}"]
    lines += [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    found = read(tmp_path, {"config.yaml": "\n".join(lines)})
    assert found.targets == ("x.y",)


@pytest.mark.parametrize(
    "text",
    [
        "&a [*a]\n",
        "defaults: [null, [], {}, 1]\n",
        "defaults: ['@a', '@b c', ' ', {'@': 1}, [a]]\n",
        "defaults: a\n",
        "defaults: {a: b}\n",
        "!x y\n",
        "? [a]\n: _target_\n",
    ],
)
def test_odd_documents(tmp_path: Path, text: str) -> None:
    """Nothing is found, and nothing fails."""
    assert read(tmp_path, {"config.yaml": f"{text}# defaults\n"}) == Configuration()
