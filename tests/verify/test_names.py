"""What trials import, read from a script and its first-party modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.edits import thread_safety as loading
from codemod.edits.guard import render
from codemod.verify.names import Trials, trials

from .conftest import judged


def read(folder: Path, text: str, **modules: str) -> Trials:
    """Collect from a script with this text and modules beside it."""
    for name, content in modules.items():
        folder.joinpath(f"{name}.py").write_text(content, encoding="utf-8")
    return trials(judged(text, folder / "tune.py").reach)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from transformers import AutoModel, BertModel", ["AutoModel", "BertModel"]),
        (
            "from transformers.models.bert import BertModel",
            ["transformers.models.bert.BertModel"],
        ),
        ("import transformers\ntransformers.AutoModel.from_config(c)", ["AutoModel"]),
        ("import transformers as tf\ntf.pipeline('x')", ["pipeline"]),
        (
            "import transformers\ntransformers.models.bert.BertModel()",
            ["transformers.models.bert.BertModel"],
        ),
        (
            "from transformers import models\nmodels.Thing",
            ["models", "transformers.models.Thing"],
        ),
        ("from transformers import logging\nlogging.set_verbosity(1)", ["logging"]),
        ("from transformers.trainer_utils import set_seed", ["trainer_utils"]),
        ("def main():\n    from transformers import Trainer", ["Trainer"]),
        ("def unused():\n    from transformers import Trainer", []),
        ("from transformers import *\nAutoModel()", ["AutoModel"]),
        ("from transformers import *", []),
        ("import transformers\nprint(transformers.__version__)", []),
        ("from transformers_x import A\nfrom .transformers import B", []),
        ("text = 'from transformers import AutoModel'", []),
        ("if TYPE_CHECKING:\n    from transformers import AutoModel", []),
    ],
)
def test_names(text: str, names: list[str], tmp_path: Path) -> None:
    """What code that runs imports, and the attributes of modules that it uses."""
    assert list(read(tmp_path, text).names) == names


def test_first_party_modules_count(tmp_path: Path) -> None:
    """Two thirds of real scripts reach transformers through their own package."""
    found = read(
        tmp_path,
        "import training\ntraining.build()",
        training="from models import build",
        models="from transformers import BertModel, DebertaV2Model\n"
        "def build():\n    return DebertaV2Model.from_pretrained('org/model-x')\n"
        "def other():\n    return BertModel()\n",
    )
    assert list(found.names) == ["DebertaV2Model"]
    assert list(found.checkpoints) == ["org/model-x"]


def test_a_module_that_does_not_parse_is_no_error(tmp_path: Path) -> None:
    """It contributes nothing."""
    found = read(tmp_path, "import broken", broken="from transformers import (((")
    assert not found.names


def test_what_the_guard_loads_is_not_what_trials_import(tmp_path: Path) -> None:
    """Otherwise a name that this version lacks were blamed on the trials."""
    assert not read(tmp_path, render(load=("NoSuchConfig",))).names


@pytest.mark.parametrize(
    "text",
    [
        "AutoModel.from_pretrained('org/model-x')",
        "T.from_pretrained(pretrained_model_name_or_path='org/model-x')",
        "NAME = 'org/model-x'\ndef trial(): AutoModel.from_pretrained(NAME)",
        "pipeline('fill-mask', model='org/model-x')",
        "parser.add_argument('--model_name', default='org/model-x')",
    ],
)
def test_literal_checkpoints(text: str, tmp_path: Path) -> None:
    """Where a model's name can be read, its classes are tried too."""
    found = read(tmp_path, f"import transformers\n{text}\n")
    assert list(found.checkpoints) == ["org/model-x"]


@pytest.mark.parametrize("text", ["f(args.model)", "f('./local')", "f('/data/model')"])
def test_what_is_no_checkpoints_name(text: str, tmp_path: Path) -> None:
    """Variables and folders tell nothing."""
    text = f"import transformers\nAutoModel.from_pretrained{text[1:]}\n"
    assert not read(tmp_path, text).checkpoints


def test_what_the_tool_inserted_is_no_trial(tmp_path: Path) -> None:
    """Neither the guard nor the function for loading says what trials import."""
    text = f"{render()}\n\n{loading.TEXT}"
    assert list(read(tmp_path, text).names) == []


def test_a_version_is_there_from_the_start(tmp_path: Path) -> None:
    """Whatever is asked of it."""
    text = "import transformers\ntransformers.__version__.startswith('4.')"
    assert list(read(tmp_path, text).names) == []
