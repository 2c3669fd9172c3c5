"""Repositories that mean harm to who follows their names, met by the real command."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from codemod import patch
from tests.invoke import TUNE
from tests.process import run
from tests.program.judging import Files, write

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")
PATCHED = str(patch(TUNE).source)
LIMIT = "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (5, 5))\n"
HYDRA = """
import hydra
from transformers import AutoModel
import optuna

@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    AutoModel.from_pretrained("x")

main()
"""
BY_NAME = """
import importlib
import optuna
import sys
def main():
    importlib.import_module(f"tasks.{sys.argv[1]}").run()
main()
"""


def check(folder: Path, files: Files) -> tuple[int, str, str]:
    """Search a folder with these files and another script, in a few seconds."""
    write(folder, {**files, "z.py": TUNE})
    status, stdout, stderr = run(folder, ".", code=LIMIT)
    assert (folder / "z.py").read_text() == PATCHED
    return status, stdout, stderr


def test_a_configuration_that_is_a_link_to_everything(tmp_path: Path) -> None:
    """Only what somebody names is listed, and links in it are not followed."""
    (tmp_path / "conf").symlink_to("/")
    assert check(tmp_path, {"tune.py": HYDRA})[0] == 0
    (tmp_path / "conf").unlink()
    config = "defaults: [a, b, ../.., /proc, '@a', 'x@y z']\n"
    write(tmp_path, {"conf/config.yaml": config})
    for name in ("a", "b"):
        (tmp_path / "conf" / name).symlink_to("/")
    status, _, stderr = check(tmp_path, {"tune.py": HYDRA})
    assert (status, "Traceback" in stderr) == (0, False)


def test_links_in_a_package_that_lead_round(tmp_path: Path) -> None:
    """Two of them have more ways than a run has time."""
    write(tmp_path, {"tasks/__init__.py": ""})
    for name in ("a", "b"):
        (tmp_path / "tasks" / name).symlink_to(".")
    status, _, stderr = check(tmp_path, {"tune.py": BY_NAME})
    assert (status, "Traceback" in stderr) == (0, False)


@pytest.mark.parametrize(
    "text",
    [
        "# _target_\na0: &a0 {k: v}\n"
        + "".join(
            f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, 60)
        ),
        "a: &a {" + "".join(f"k{i}: v, " for i in range(10_000)) + "}\n"
        "defaults: [" + "*a, " * 30_000 + "]\n",
        "defaults: &a [*a, *a]\n",
        "defaults: ['a" + "/a" * 100_000 + "']\n",
        "defaults: ['a\\0b', \"\\ud800\"]\n",
    ],
    ids=["merged", "repeated", "circle", "long", "characters"],
)
def test_a_configuration_of_references(tmp_path: Path, text: str) -> None:
    """What they repeat is looked at once."""
    status, _, stderr = check(tmp_path, {"tune.py": HYDRA, "conf/config.yaml": text})
    assert (status, "Traceback" in stderr) == (0, False)
