"""The shapes that real scripts have: each is affected, and gets its call in one place.

What several of them share stands in modules beside them, as it does in real life.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.program.judging import MODEL, Files, check_call

MODULES: Files = {
    "model.py": MODEL,
    "search.py": """
        import optuna

        from model import objective

        def tune(jobs=1):
            study = optuna.create_study()
            study.optimize(objective, n_jobs=jobs)
            return study.best_params
        """,
    "options.py": """
        import argparse

        def read_options():
            parser = argparse.ArgumentParser()
            parser.add_argument("--jobs", type=int)
            return parser.parse_args()
        """,
    "manual.py": """
        from docopt import docopt

        def read_manual():
            return docopt("usage: tune.py [--jobs=<n>]")
        """,
}

FLAT = {
    "flat": """
        import optuna
        from model import objective

        study = optuna.create_study()
        CALL
        study.optimize(objective)
        print(study.best_params)
        """,
    "flat with functions": """
        import optuna
        from transformers import AutoModel

        def objective(trial):
            return AutoModel.from_pretrained("tiny")

        study = optuna.create_study()
        CALL
        study.optimize(objective)
        """,
    "flat with argparse": """
        import argparse
        from search import tune

        parser = argparse.ArgumentParser()
        args = parser.parse_args()
        CALL
        tune(args.jobs)
        """,
    "flat with argparse, other code between": """
        import argparse
        from search import tune

        args = argparse.ArgumentParser().parse_args()
        print(args)
        names = [str(x) for x in range(3)]
        CALL
        best = tune(args.jobs)
        """,
    "main block": """
        from search import tune

        if __name__ == "__main__":
            print("begin")
            CALL
            tune()
        """,
    "main block with argparse": """
        import argparse
        from search import tune

        if __name__ == "__main__":
            args = argparse.ArgumentParser().parse_args()
            jobs = args.jobs
            CALL
            tune(jobs)
        """,
    "flat code in try": """
        from search import tune

        try:
            print("begin")
            CALL
            tune()
        except KeyboardInterrupt:
            pass
        """,
    "flat code in with": """
        from search import tune

        with open("log") as log:
            print(log)
            CALL
            tune()
        """,
    "flat code in if": """
        import sys
        from search import tune

        CALL
        if len(sys.argv) > 1:
            tune()
        """,
    "flat loop": """
        from search import tune

        CALL
        for seed in range(3):
            tune()
        """,
}

MAINS = {
    "plain main": """
        from search import tune

        def main():
            CALL
            print("begin")
            tune()

        if __name__ == "__main__":
            main()
        """,
    "main with a docstring": '''
        from search import tune

        def main():
            """Search."""
            CALL
            print("begin")
            tune()

        main()
        ''',
    "main with argparse": """
        import argparse
        from search import tune

        def main():
            parser = argparse.ArgumentParser()
            args = parser.parse_args()
            CALL
            print(args)
            tune(args.jobs)

        if __name__ == "__main__":
            main()
        """,
    "main that a helper parses for": """
        from options import read_options
        from search import tune

        def main():
            args = read_options()
            CALL
            tune(args.jobs)

        if __name__ == "__main__":
            main()
        """,
    "docopt in another module": """
        from manual import read_manual
        from search import tune

        def main():
            options = read_manual()
            CALL
            tune(options)

        if __name__ == "__main__":
            main()
        """,
    "function that parses, of another name": """
        import argparse
        from search import tune

        def launch():
            args = argparse.ArgumentParser().parse_args()
            CALL
            tune(args.jobs)

        if __name__ == "__main__":
            launch()
        """,
    "function that parses nothing, of another name": """
        from search import tune

        def launch():
            tune()

        if __name__ == "__main__":
            CALL
            launch()
        """,
    "main that nothing calls": """
        from search import tune

        def main():
            CALL
            tune()
        """,
    "main that only calls main": """
        import argparse
        from search import tune

        def main(args):
            CALL
            print(args)
            tune(args)

        if __name__ == "__main__":
            args = argparse.ArgumentParser().parse_args()
            main(args)
        """,
    "main in two steps": """
        import argparse
        from search import tune

        def run():
            args = argparse.ArgumentParser().parse_args()
            CALL
            tune(args)

        def main():
            run()

        if __name__ == "__main__":
            main()
        """,
    "asyncio": """
        import asyncio
        from search import tune

        async def main():
            CALL
            tune()

        asyncio.run(main())
        """,
    "exit": """
        import sys
        from search import tune

        def main():
            CALL
            tune()
            return 0

        if __name__ == "__main__":
            sys.exit(main() or 0)
        """,
    "raise SystemExit": """
        from search import tune

        def main():
            CALL
            tune()

        if __name__ == "__main__":
            raise SystemExit(main())
        """,
    "absl": """
        from absl import app
        from search import tune

        def main(argv):
            CALL
            tune()

        if __name__ == "__main__":
            app.run(main)
        """,
}


@pytest.mark.parametrize("text", FLAT.values(), ids=FLAT)
def test_flat_scripts(tmp_path: Path, text: str) -> None:
    """In front of the statement that leads to the trials."""
    assert check_call(tmp_path, text, MODULES).verdict.name == "affected"


@pytest.mark.parametrize("text", MAINS.values(), ids=MAINS)
def test_scripts_with_a_main(tmp_path: Path, text: str) -> None:
    """In the function that does the work: behind the parse, else first."""
    assert check_call(tmp_path, text, MODULES).verdict.name == "affected"
