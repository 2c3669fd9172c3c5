"""Console scripts that a package names: what they name runs, whatever it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.judging import Files, check_call, judge, verdict

TEXT = """
    import argparse
    import optuna
    from transformers import AutoModel

    def objective(trial):
        return AutoModel.from_pretrained("tiny")

    def launch():
        args = argparse.ArgumentParser().parse_args()
        CALL
        optuna.create_study().optimize(objective, n_jobs=args.jobs)
    """

TABLES = {
    "project.scripts": (
        "pyproject.toml",
        '[project.scripts]\ntune = "pkg.cli:launch"\n',
    ),
    "project.gui-scripts": (
        "pyproject.toml",
        '[project.gui-scripts]\ntune = "pkg.cli:launch"\n',
    ),
    "poetry": ("pyproject.toml", '[tool.poetry.scripts]\ntune = "pkg.cli:launch"\n'),
    "extras": ("pyproject.toml", '[project.scripts]\ntune = "pkg.cli:launch [all]"\n'),
    "setup.cfg": (
        "setup.cfg",
        "[options.entry_points]\nconsole_scripts =\n    tune = pkg.cli:launch\n",
    ),
    "setup.cfg, gui": (
        "setup.cfg",
        "[options.entry_points]\ngui_scripts =\n    tune=pkg.cli:launch\n",
    ),
    "setup.cfg, one line": (
        "setup.cfg",
        "[metadata]\nname = x\n[options.entry_points]\n"
        "console_scripts = tune = pkg.cli:launch [all]\n",
    ),
    "setup.cfg, comments": (
        "setup.cfg",
        "# more\n[options.entry_points]\nother = a:b\nconsole_scripts :\n"
        "# one\n\n    ; two\n    o = a:b\n\ttune = pkg.cli:launch\n",
    ),
}


@pytest.mark.parametrize(("file", "table"), TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("folder", ["", "src/"], ids=["flat", "src"])
def test_tables(tmp_path: Path, folder: str, file: str, table: str) -> None:
    """In pyproject.toml and setup.cfg, with the package at the root or below src."""
    files: Files = {file: table, f"{folder}pkg/__init__.py": ""}
    judgement = check_call(tmp_path, TEXT, files, f"{folder}pkg/cli.py")
    assert judgement.verdict.name == "affected"
    assert [entry.name for entry in judgement.entries] == ["launch"]


BAD = {
    "no table": ("pyproject.toml", "[project]\nname = 'scripts'\n"),
    "another function": ("pyproject.toml", '[project.scripts]\nt = "pkg.cli:other"\n'),
    "another module": ("pyproject.toml", '[project.scripts]\nt = "pkg.x:launch"\n'),
    "broken": ("pyproject.toml", '[project.scripts\nt = "pkg.cli:launch"\n'),
    "a list": ("pyproject.toml", 'project = ["scripts"]\n'),
    "a number": ("pyproject.toml", "[project.scripts]\nt = 3\n"),
    "empty": ("pyproject.toml", '[project.scripts]\nt = ""\n'),
    "broken cfg": ("setup.cfg", "console_scripts\n[options.entry_points\n"),
    "cfg without names": (
        "setup.cfg",
        "[options.entry_points]\nconsole_scripts = nothing\n",
    ),
    "cfg, another section": (
        "setup.cfg",
        "[other]\nconsole_scripts =\n    tune = pkg.cli:launch\n",
    ),
    "cfg, another key": (
        "setup.cfg",
        "[options.entry_points]\nconsole_scripts =\nothers =\n    t = pkg.cli:launch\n",
    ),
    "no text": ("setup.cfg", "console_scripts = \udcff"),
}


@pytest.mark.parametrize(("file", "table"), BAD.values(), ids=BAD)
def test_what_names_nothing_here(tmp_path: Path, file: str, table: str) -> None:
    """The function is one that nothing runs: a module, not a script."""
    text = TEXT.replace("CALL", "pass")
    files: Files = {"pkg/__init__.py": "", "pkg/cli.py": text}
    (tmp_path / file).write_bytes(table.encode("utf-8", "surrogateescape"))
    assert verdict(tmp_path, files, "pkg/cli.py") == "none"


def test_several_scripts_of_one_file(tmp_path: Path) -> None:
    """Each command that leads to trials gets the call, the others none."""
    text = """
        from search import tune

        def one():
            CALL
            tune()

        def two():
            print("nothing")

        def three():
            CALL
            tune()
        """
    files: Files = {
        "pyproject.toml": """
            [project.scripts]
            one = "cli:one"
            two = "cli:two"
            three = "cli:three"
            """,
        "search.py": """
            import optuna
            from transformers import AutoModel

            def tune():
                optuna.create_study().optimize(lambda trial: AutoModel())
            """,
    }
    assert check_call(tmp_path, text, files, "cli.py").verdict.name == "affected"


def test_a_folder_with_a_project_of_its_own(tmp_path: Path) -> None:
    """The nearest table counts too: a repository may hold several packages."""
    text = TEXT.replace("CALL", "pass")
    files: Files = {
        "tools/pyproject.toml": '[project.scripts]\nt = "pkg.cli:launch"\n',
        "tools/pkg/__init__.py": "",
        "tools/pkg/cli.py": text,
    }
    judgement = judge(tmp_path, files, "tools/pkg/cli.py")
    assert judgement.verdict.name == "affected"
