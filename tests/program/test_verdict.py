"""Verdicts, what ``--select`` takes, and what the command says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codemod.program.verdict import Verdict, selected
from tests.invoke import Command
from tests.program.judging import MODEL, Files, judge, patched, write

TUNE = """
    import argparse

    import optuna

    from model import objective


    def main():
        args = argparse.ArgumentParser().parse_args()
        optuna.create_study().optimize(objective, n_jobs=args.jobs)


    if __name__ == "__main__":
        main()
    """
FILES: Files = {
    "model.py": MODEL,
    "tune.py": TUNE,
    "plain.py": """
        import optuna

        optuna.create_study().optimize(lambda trial: trial.x)
        """,
    "download.py": """
        from transformers import AutoModel

        def main():
            AutoModel.from_pretrained("tiny")

        if __name__ == "__main__":
            main()
        """,
    "report.py": """
        import optuna

        print(optuna.load_study(study_name="a", storage="b").best_params)
        """,
}


@pytest.mark.parametrize(
    ("name", "how", "taken"),
    [
        ("affected", "threads", {"affected", "threaded", "hpo", "all"}),
        ("affected", "unknown", {"affected", "threaded", "hpo", "all"}),
        ("affected", "sequential", {"affected", "hpo", "all"}),
        ("affected", "processes", {"affected", "hpo", "all"}),
        ("hpo", "threads", {"hpo", "all"}),
        ("hpo", "subprocess", {"hpo", "all"}),
        ("none", "", {"all"}),
    ],
)
def test_selected(name: str, how: str, taken: set[str]) -> None:
    """``threaded``: those whose trials visibly run, or may run, in threads."""
    verdict = Verdict(name, how=how)
    options = ("affected", "threaded", "hpo", "all")
    assert {option for option in options if selected(verdict, option)} == taken


class TestTheWorst:
    """Of several trial starts the one that matters most is told."""

    HEAD = """
        import optuna
        from transformers import AutoModel
        study = optuna.create_study()

        def f(trial):
            return AutoModel()

        def g(trial):
            return 1

        """

    @pytest.mark.parametrize(
        ("starts", "name", "how"),
        [
            (
                "study.optimize(g, n_jobs=2)\nstudy.optimize(f)",
                "affected",
                "sequential",
            ),
            ("study.optimize(f)\nstudy.optimize(f, n_jobs=2)", "affected", "threads"),
            ("study.optimize(g)\nstudy.optimize(g, n_jobs=2)", "hpo", "threads"),
            ("study.optimize(g)", "hpo", "sequential"),
        ],
    )
    def test_order(self, tmp_path: Path, starts: str, name: str, how: str) -> None:
        """Transformers first, then threads."""
        text = "\n".join(line[8:] for line in self.HEAD.splitlines()) + starts
        verdict = judge(tmp_path, text).verdict
        assert (verdict.name, verdict.how) == (name, how)


def test_what_is_inserted_is_no_evidence(tmp_path: Path) -> None:
    """A script is what it was, once it is patched: the guard is no trial's import."""
    script = """
        import optuna


        def main():
            study = optuna.create_study()
            for number in range(9):
                study.tell(study.ask(), number)


        main()
        """
    before = judge(tmp_path, script, any_main=True).verdict
    after = judge(tmp_path, patched(tmp_path, "tune.py", any_main=True)).verdict
    assert (before.name, after.name) == ("hpo", "hpo")


UNREAD: Files = {
    "model.py": "from transformers import AutoModel\n\ndef objective(trial:\n",
    "tune.py": "import optuna\nfrom model import objective\n"
    "optuna.create_study().optimize(objective)\n",
}


class TestUnread:
    """A module that cannot be read may be the one that uses transformers."""

    def test_a_line(self, here: Path, command: Command) -> None:
        """Nobody is told that all is well."""
        write(here, UNREAD)
        line, _ = command("--check", ".").stderr.splitlines()
        told = (
            "tune.py: starts trials; whether they lead to transformers cannot be told"
        )
        assert line.startswith(f"{told}: model.py:3: ")

    def test_explained(self, here: Path, command: Command) -> None:
        """The evidence says where the way ends."""
        write(here, UNREAD)
        lines = command("--explain", ".").stdout.splitlines()
        assert lines[-1].startswith("  not followed: model.py:3: ")

    def test_json(self, here: Path, command: Command) -> None:
        """Machines read the same."""
        write(here, UNREAD)
        done = command("--explain", "--output-format", "json", ".")
        (script,) = json.loads(done.stdout)["scripts"]
        assert script["unread"].startswith("model.py:3: ")

    def test_a_module_that_no_trial_needs(self, here: Path, command: Command) -> None:
        """What is known to be affected needs no such line."""
        write(here, {**FILES, "broken.py": "def f(:\n"})
        (here / "tune.py").write_text(
            "import broken\n" + (here / "tune.py").read_text()
        )
        assert "cannot be told" not in command("--check", ".").stderr


class TestCommand:
    """A folder as a user has it: one script is affected, one has other trials."""

    def test_check(self, here: Path, command: Command) -> None:
        """It fails on the affected script; the other one is counted, with the hint."""
        write(here, FILES)
        assert command("--check", ".") == (
            1,
            "",
            "would patch tune.py\n"
            "1 file would be patched, 1 file with other trials left out; "
            "--explain says why, --select hpo takes them\n",
        )

    def test_a_run(self, here: Path, command: Command) -> None:
        """Patched once; modules and scripts without trials are silent."""
        write(here, FILES)
        outcome = command(".")
        assert outcome.status == 0
        first, second, note = outcome.stderr.splitlines()
        assert first == "patched tune.py"
        assert second.startswith("1 file patched, 1 file with other trials left out")
        assert note.startswith("tune.py: trials run in threads (n_jobs=args.jobs)")
        again = command("--check", ".")
        assert again.status == 0
        assert again.stderr.startswith("1 file already fine, 1 file with other trials")

    def test_hpo(self, here: Path, command: Command) -> None:
        """Scripts whose trials do not lead to transformers, too."""
        write(here, FILES)
        outcome = command("--check", "--select", "hpo", ".")
        lines = outcome.stderr.splitlines()
        assert outcome.status == 1
        assert lines[:2] == ["would patch plain.py", "would patch tune.py"]

    def test_threaded(self, here: Path, command: Command) -> None:
        """Not those whose trials run one after the other."""
        write(here, FILES)
        text = TUNE.replace("n_jobs=args.jobs", "n_trials=3")
        write(here, {"one.py": text})
        outcome = command("--check", "--select", "threaded", ".")
        assert outcome.status == 1
        assert "would patch tune.py\n" in outcome.stderr
        assert "one.py" not in outcome.stderr

    def test_explain(self, here: Path, command: Command) -> None:
        """The whole way, with its lines; nothing of what starts no trials."""
        write(here, FILES)
        outcome = command("--explain", ".")
        assert outcome.status == 0
        assert outcome.stdout == (
            "plain.py: starts trials, without transformers, not selected\n"
            "  trials: plain.py:3 .optimize()\n"
            "  run: one after the other (optuna)\n"
            "tune.py: affected\n"
            "  trials: tune.py:14 main -> tune.py:10 .optimize()\n"
            "  run: in threads (n_jobs=args.jobs)\n"
            "  transformers: tune.py:14 main -> tune.py:10 objective"
            " -> model.py:5 transformers.AutoModel.from_pretrained\n"
            "  call: in main, in front of line 10\n"
            "  line 8: main() does not call _eager_load_transformers_configs\n"
        )

    def test_explain_and_check(self, here: Path, command: Command) -> None:
        """To ask why changes nothing of the exit status."""
        write(here, FILES)
        assert command("--explain", "--check", ".").status == 1

    def test_a_file_without_trials_among_many(
        self, here: Path, command: Command
    ) -> None:
        """A repository without trials: nothing to say, nothing to do."""
        write(here, {k: v for k, v in FILES.items() if k in ("model.py", "report.py")})
        outcome = command("--check", ".")
        assert (outcome.status, outcome.stdout) == (0, "")
