"""Commands of click, typer, fire and absl, `python -m` and console scripts."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from tests.program.judging import MODEL, Files, check_call, judge, verdict

SEARCH: Files = {
    "model.py": MODEL,
    "search.py": """
        import optuna

        from model import objective

        def tune(jobs=1):
            optuna.create_study().optimize(objective, n_jobs=jobs)
        """,
}

SCRIPTS = {
    "click command": """
        import click
        from search import tune

        @click.command()
        @click.option("--jobs", type=int)
        def tuning(jobs):
            CALL
            print(jobs)
            tune(jobs)

        if __name__ == "__main__":
            tuning()
        """,
    "click's names imported": """
        from click import command, option
        from search import tune

        @command()
        @option("--jobs", type=int)
        def tuning(jobs):
            CALL
            tune(jobs)

        tuning()
        """,
    "click group, one command of two leads to trials": """
        import click
        from search import tune

        @click.group()
        def cli():
            pass

        @cli.command()
        def show():
            print("nothing")

        @cli.command()
        def search():
            CALL
            tune()

        if __name__ == "__main__":
            cli()
        """,
    "click group in a group": """
        import click
        from search import tune

        @click.group()
        def cli():
            pass

        @click.group()
        def hpo():
            pass

        cli.add_command(hpo)

        @hpo.command()
        def search():
            CALL
            tune()

        if __name__ == "__main__":
            cli()
        """,
    "typer application in another": """
        import typer
        from search import tune

        app = typer.Typer()
        hpo = typer.Typer()
        app.add_typer(hpo, name="hpo")

        @hpo.command()
        def search():
            CALL
            tune()

        @app.command()
        def show():
            print("nothing")

        if __name__ == "__main__":
            app()
        """,
    "click group, two commands lead to trials": """
        import click
        from search import tune

        @click.group()
        def cli():
            pass

        @cli.command()
        def one():
            CALL
            tune()

        @cli.command("second")
        def two():
            CALL
            tune(2)

        if __name__ == "__main__":
            cli()
        """,
    "click command that is added": """
        import click
        from search import tune

        @click.group()
        def cli():
            pass

        @click.command()
        def search():
            CALL
            tune()

        cli.add_command(search)

        if __name__ == "__main__":
            cli()
        """,
    "typer.run": """
        import typer
        from search import tune

        def tuning(jobs: int = 1):
            CALL
            print(jobs)
            tune(jobs)

        typer.run(tuning)
        """,
    "typer app": """
        import typer
        from search import tune

        app = typer.Typer()

        @app.command()
        def tuning(jobs: int = 1):
            CALL
            tune(jobs)

        if __name__ == "__main__":
            app()
        """,
    "typer app, two commands lead to trials": """
        import typer
        from search import tune

        app = typer.Typer()

        @app.command()
        def one():
            CALL
            tune()

        @app.command()
        def two():
            CALL
            tune(2)

        @app.command()
        def three():
            print("nothing")

        if __name__ == "__main__":
            app()
        """,
    "fire with a function": """
        import fire
        from search import tune

        def tuning(jobs=1):
            CALL
            tune(jobs)

        if __name__ == "__main__":
            fire.Fire(tuning)
        """,
    "fire with a dictionary": """
        import fire
        from search import tune

        def search(jobs=1):
            tune(jobs)

        if __name__ == "__main__":
            CALL
            fire.Fire({"search": search})
        """,
    "fire with a class": """
        import fire
        from search import tune

        class Commands:
            def search(self, jobs=1):
                tune(jobs)

        if __name__ == "__main__":
            CALL
            fire.Fire(Commands)
        """,
    "fire with the module": """
        import fire
        from search import tune

        def search(jobs=1):
            tune(jobs)

        if __name__ == "__main__":
            CALL
            fire.Fire()
        """,
}


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts(tmp_path: Path, text: str) -> None:
    """In each command that leads to trials; where there is no one function, before."""
    assert check_call(tmp_path, text, SEARCH).verdict.name == "affected"


class TestOtherModules:
    """Commands and the code that runs them stand in different files."""

    FILES: ClassVar[Files] = {
        **SEARCH,
        "commands/__init__.py": "",
        "commands/tuning.py": """
            import click
            from search import tune

            @click.command()
            def tuning():
                tune()
            """,
        "group.py": """
            import click

            @click.group()
            def cli():
                pass
            """,
        "registered.py": """
            from group import cli
            from search import tune

            @cli.command()
            def tuning():
                tune()
            """,
    }

    def test_add_command(self, tmp_path: Path) -> None:
        """A command of another module: the call goes in front of the group's."""
        text = """
            import click
            from commands.tuning import tuning

            @click.group()
            def cli():
                pass

            cli.add_command(tuning)

            if __name__ == "__main__":
                CALL
                cli()
            """
        assert check_call(tmp_path, text, self.FILES).verdict.name == "affected"

    def test_a_group_that_a_package_names(self, tmp_path: Path) -> None:
        """Nothing in the file runs it: its body runs in front of any command's."""
        text = """
            import click
            from commands.tuning import tuning

            @click.group()
            def cli():
                CALL
                pass

            cli.add_command(tuning)
            """
        assert check_call(tmp_path, text, self.FILES).verdict.name == "affected"

    def test_a_module_that_registers_by_being_imported(self, tmp_path: Path) -> None:
        """It is imported for nothing else."""
        text = """
            import registered
            from group import cli

            if __name__ == "__main__":
                CALL
                cli()
            """
        assert check_call(tmp_path, text, self.FILES).verdict.name == "affected"

    def test_the_command_itself(self, tmp_path: Path) -> None:
        """The module with the command is a script too; a group of it is not asked."""
        judgement = judge(tmp_path, self.FILES, "commands/tuning.py")
        assert judgement.verdict.name == "affected"
        assert [entry.name for entry in judgement.entries] == ["tuning"]

    def test_python_dash_m(self, tmp_path: Path) -> None:
        """A package's `__main__.py`, with a relative import."""
        files: Files = {
            "pkg/__init__.py": "",
            "pkg/model.py": MODEL,
            "pkg/cli.py": """
                import argparse
                import optuna

                from .model import objective

                def main():
                    args = argparse.ArgumentParser().parse_args()
                    optuna.create_study().optimize(objective, n_jobs=args.jobs)
                """,
        }
        text = """
            from .cli import main

            CALL
            main()
            """
        judgement = check_call(tmp_path, text, files, "pkg/__main__.py")
        assert judgement.verdict.name == "affected"
        assert verdict(tmp_path, {}, "pkg/cli.py") == "affected"
        assert verdict(tmp_path, {}, "pkg/model.py") == "none"
