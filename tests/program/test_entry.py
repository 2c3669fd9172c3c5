"""Where the call goes: as late as the arguments are known, before anything has begun.

Each script has ``CALL`` where the call is expected; the real edit puts it there.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.program.judging import MODEL, Files, check_call, judge

HEAD = """\
import argparse
import logging
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import optuna
import wandb
from dotenv import load_dotenv

from model import objective
from search import tune, tune_all
from tools import configure, prepare


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int)
    return parser.parse_args()


def keep_arguments():
    global ARGS
    ARGS = parse()


def make_parser():
    return argparse.ArgumentParser()


def complete(args):
    args.jobs = args.jobs or 1
    return args


def set_home(args):
    os.environ["HF_HOME"] = args.cache


def initialize():
    print("hello")


"""
FILES: Files = {
    "model.py": MODEL,
    "search.py": """
        import optuna

        from model import objective

        def tune(args):
            study = optuna.create_study()
            study.optimize(objective, n_jobs=args.jobs)
            return study.best_params

        def tune_all(argses):
            return [tune(args) for args in argses]
        """,
    "tools.py": """
        import logging

        def configure(name):
            logging.basicConfig()
            print(name)

        def prepare():
            print("prepared")
        """,
}


def check(folder: Path, body: str) -> None:
    """Patch a script whose ``main`` has this body."""
    inner = indent(dedent(body).strip("\n"), "    ")
    check_call(folder, f"{HEAD}def main():\n{inner}\n\n\nmain()\n", FILES)


BEHIND = {
    "assignment": "args = parser.parse_args()",
    "annotated": "args: Args = parser.parse_args()",
    "two targets": "args = opt = parser.parse_args()",
    "tuple": "args, rest = parser.parse_known_args()",
    "attribute": "self.args = parser.parse_args()",
    "subscript": "args = parser.parse_known_args()[0]",
    "attribute of the result": "jobs = parser.parse_args().jobs",
    "vars": "config = vars(parser.parse_args())",
    "dictionary": "config = dict(**vars(parser.parse_args()))",
    "helper": "args = parse()",
    "helper around it": "args = complete(parse())",
    "helper twice around it": "args = complete(complete(vars(parse())))",
    "parser made in place": "args = make_parser().parse_args()",
    "namespace": "parser.parse_args(namespace=args)",
    "helper that sets a global": "keep_arguments()",
    "comprehension": "paths = [path for path in parse().paths]",
    "conditional": "args = parse() if argv is None else argv",
    "named like work": "best_params = parse()",
}


@pytest.mark.parametrize("line", BEHIND.values(), ids=BEHIND)
def test_behind_what_only_parses(tmp_path: Path, line: str) -> None:
    """Before the parse it would slow ``--help`` down; later might be too late."""
    check(tmp_path, f"initialize()\n{line}\nCALL\ntune(args)")


BEFORE = {
    "return": "return tune(parser.parse_args())",
    "argument": "tune(parse())",
    "result": "best_params = tune(parser.parse_args())",
    "result that looks like a configuration": "best_config = tune(parse())",
    "result that looks like arguments": "args = tune(parse())",
    "exit": "sys.exit(tune(parse()))",
    "keyword": "tune(args=parser.parse_args())",
    "condition": "if tune(parse()):\n    print(1)",
    "loop": "for seed in parse().seeds:\n    tune(seed)",
    "with": "with tune(parse()) as session:\n    print(session)",
    "assertion": "assert tune(parse())",
    "while": "while tune(parse()):\n    pass",
    "list": "x = [tune(a) for a in parse().all]",
    "what is not known": "out = unheard_of(parse())\ntune(out)",
}


@pytest.mark.parametrize("lines", BEFORE.values(), ids=BEFORE)
def test_before_what_also_uses_the_result(tmp_path: Path, lines: str) -> None:
    """The trials run in that statement already, or may."""
    check(tmp_path, f"CALL\ninitialize()\n{lines}")


def test_behind_the_docstring_where_nothing_parses(tmp_path: Path) -> None:
    """A docstring stays one."""
    check(tmp_path, '"""Search."""\nCALL\ninitialize()\ntune(None)')


@pytest.mark.parametrize("first", ["b'bytes'", "f'{x}'", "'a'.strip()"])
def test_only_a_string_is_a_docstring(tmp_path: Path, first: str) -> None:
    """Bytes and f-strings are statements like others."""
    check(tmp_path, f"CALL\n{first}\ntune(None)")


class TestFaults:
    """Calls that stood behind the trials once, and such that stood too early."""

    @pytest.mark.parametrize(
        "line",
        [
            "best_params = tune(parser.parse_args())",
            "best_config = tune(parse())",
            "out = tune(parse())",
        ],
    )
    def test_trials_in_the_parsing_statement(self, tmp_path: Path, line: str) -> None:
        """7 of 8 trials failed, whatever the result is called."""
        check(tmp_path, f"CALL\n{line}\nprint(1)")

    @pytest.mark.parametrize("work", ["tune(known)", "tune_all([known])"])
    def test_trials_between_two_parses(self, tmp_path: Path, work: str) -> None:
        """Behind the first parse, in front of the trials."""
        check(
            tmp_path,
            f"""
            known, rest = pre.parse_known_args()
            CALL
            {work}
            args = parser.parse_args(rest)
            tune(args)
            """,
        )

    def test_trials_in_an_early_branch(self, tmp_path: Path) -> None:
        """A shortcut for those who give no arguments."""
        check(
            tmp_path,
            """
            CALL
            if len(sys.argv) == 1:
                optuna.create_study().optimize(objective)
                return
            args = parse()
            tune(args)
            """,
        )

    def test_trials_in_a_pool_before_the_parse(self, tmp_path: Path) -> None:
        """The threads run while the arguments are read."""
        check(
            tmp_path,
            """
            CALL
            pool = ThreadPoolExecutor()
            pool.submit(objective, 1)
            args = parse()
            print(args)
            """,
        )

    @pytest.mark.parametrize(
        "line", ['configure("c")', "initialize()", "prepare()", "print(1)"]
    )
    def test_harmless_calls_between_two_parses(self, tmp_path: Path, line: str) -> None:
        """They only print: the call goes behind the second."""
        check(
            tmp_path,
            f"""
            known, rest = pre.parse_known_args()
            {line}
            args = parser.parse_args(rest)
            CALL
            tune(args)
            """,
        )

    @pytest.mark.parametrize(
        "line",
        [
            'os.environ["HF_HOME"] = args.cache',
            'os.environ.setdefault("HF_HOME", args.cache)',
            'os.environ.update({"HF_HOME": args.cache})',
            'os.putenv("HF_HOME", args.cache)',
            'if args.cache:\n    os.environ["HF_HOME"] = args.cache',
            "load_dotenv()",
            "set_home(args)",
        ],
    )
    def test_the_environment_is_set_first(self, tmp_path: Path, line: str) -> None:
        """What is set there is read when transformers is imported."""
        check(tmp_path, f"args = parse()\n{line}\nCALL\nprint(1)\ntune(args)")

    def test_the_environment_behind_the_trials(self, tmp_path: Path) -> None:
        """Too late for those trials; the call does not wait for it."""
        check(
            tmp_path,
            """
            args = parse()
            CALL
            tune(args)
            os.environ["HF_HOME"] = args.cache
            """,
        )

    def test_the_environment_is_only_read(self, tmp_path: Path) -> None:
        """To read it needs no place in front."""
        check(
            tmp_path,
            """
            args = parse()
            CALL
            home = os.environ["HF_HOME"]
            tune(home)
            """,
        )

    def test_the_environment_where_nothing_parses(self, tmp_path: Path) -> None:
        """First in the body, but for what sets it."""
        check(
            tmp_path,
            """
            print("begin")
            os.environ["HF_HOME"] = "cache"
            CALL
            print("ready")
            tune(None)
            """,
        )


MAIN = "def main():\n    CALL\n    print(1)\n    tune(None)\n\n\n"
CALLED = {
    "main block": 'if __name__ == "__main__":\n    main()',
    "main block the other way round": 'if "__main__" == __name__:\n    main()',
    "main block of two names": 'if __name__ in {"__main__", "__mp_main__"}:\n    main()',
    "main block, tuple": 'if __name__ in ("__main__", "__mp_main__"):\n    main()',
    "main block and more": 'if __name__ == "__main__" and not sys.flags.x:\n    main()',
    "bare": "main()",
    "assigned": "result = main()",
    "exit": "sys.exit(main())",
    "exit or": "sys.exit(main() or 0)",
    "raise": "raise SystemExit(main())",
    "in try": "try:\n    main()\nexcept KeyboardInterrupt:\n    pass",
    "in with": "with open('x'):\n    main()",
    "nobody": "print(1)",
}


@pytest.mark.parametrize("end", CALLED.values(), ids=CALLED)
def test_ways_to_call_main(tmp_path: Path, end: str) -> None:
    """One call each, in ``main``."""
    check_call(tmp_path, f"{HEAD}{MAIN}{end}\n", FILES)


def test_main_with_arguments_that_is_called_twice(tmp_path: Path) -> None:
    """A test calls it as well, and a helper: the call stays in ``main``."""
    text = f"""{HEAD}def main(argv=None):
    args = argparse.ArgumentParser().parse_args(argv)
    CALL
    tune(args)


def again():
    main(["--jobs", "2"])


if __name__ == "__main__":
    main()
    main(["--jobs", "1"])
"""
    check_call(tmp_path, text, FILES)


HELPER = (
    "def search():\n    args = parse()\n    CALL\n    tune(args)\n    return args\n\n\n"
)


@pytest.mark.parametrize("line", ["search()", "args = search()", "return search()"])
def test_inside_a_helper_that_parses_and_works(tmp_path: Path, line: str) -> None:
    """``main`` only calls it: so on inside it."""
    main = f"def main():\n    print(1)\n    {line}\n\n\nmain()\n"
    check_call(tmp_path, f"{HEAD}{HELPER}{main}", FILES)


class TestHandedOver:
    """A function that is the trial itself is never entered."""

    TRIAL = "def main(trial=None):\n    return objective(trial)\n\n\n"
    LINES = (
        "optuna.create_study().optimize(main)",
        "optuna.create_study().optimize(func=main, n_trials=3)",
        "wandb.agent('id', function=main)",
        "wandb.agent('id', main, count=3)",
        "ThreadPoolExecutor().submit(main)",
        "ThreadPoolExecutor().map(main, range(3))",
    )

    @pytest.mark.parametrize("line", LINES)
    def test_in_a_main_block(self, tmp_path: Path, line: str) -> None:
        """In front of the statement that hands it over."""
        end = f'if __name__ == "__main__":\n    print(1)\n    CALL\n    {line}\n'
        check_call(tmp_path, f"{HEAD}{self.TRIAL}{end}", FILES)

    @pytest.mark.parametrize("line", LINES)
    def test_flat(self, tmp_path: Path, line: str) -> None:
        """The same at module level."""
        check_call(tmp_path, f"{HEAD}{self.TRIAL}CALL\n{line}\n", FILES)

    def test_main_is_run_once_as_well(self, tmp_path: Path) -> None:
        """What comes first decides."""
        end = "CALL\noptuna.create_study().optimize(main)\nmain()\n"
        check_call(tmp_path, f"{HEAD}{self.TRIAL}{end}", FILES)


def test_names_kinds_and_lines(tmp_path: Path) -> None:
    """What reports say of an entry point."""
    text = f"{HEAD}def main():\n    args = parse()\n    tune(args)\n\n\nmain()\n"
    (entry,) = judge(tmp_path, {**FILES, "tune.py": text}).entries
    assert (entry.name, entry.kind) == ("main", "argparse")
    assert entry.position == (text.splitlines().index("def main():") + 1, 1)
    assert entry.place.gap == 1
