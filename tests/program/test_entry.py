"""Where the call goes: as late as the arguments are known, before anything has begun.

Each script has ``CALL`` where the call is expected; the real edit puts it there.
"""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.program.judging import MODEL, Files, check_call

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


@pytest.mark.parametrize(
    "table",
    [
        'COMMANDS = {"tune": tune, "train": print}',
        'COMMANDS: dict = {"tune": tune}',
        "run = tune\nCOMMANDS = [run]",
    ],
)
def test_a_table_of_functions_runs_none(tmp_path: Path, table: str) -> None:
    """Importing the file stays as quick as it was: the call goes where one is run."""
    text = f"""\
import argparse

from search import tune

{table}

def main():
    args = argparse.ArgumentParser().parse_args()
    CALL
    COMMANDS[args.command](args)

main()
"""
    check_call(tmp_path, text, FILES)


def test_a_property_that_runs_trials(tmp_path: Path) -> None:
    """To read an attribute may run what a table only names."""
    text = """\
from search import tune

class Search:
    @property
    def best(self):
        return tune(None)

search = Search()
CALL
best = search.best
print(best)
"""
    check_call(tmp_path, text, FILES)


def test_a_table_that_nobody_here_uses(tmp_path: Path) -> None:
    """Somebody else may: there is no later place that is known."""
    text = """\
from search import tune

CALL
COMMANDS = {"tune": tune}

if __name__ == "__main__":
    print("a library")
"""
    check_call(tmp_path, text, FILES)


@pytest.mark.parametrize(
    "value",
    ["[t for t in trials]", "[*trials]", "trials + 1", "trials['x']", "-trials"],
)
def test_a_value_that_is_worked_out(tmp_path: Path, value: str) -> None:
    """What an operator runs nobody knows; a table holds names alone."""
    trials = {"trials.py": "from search import tune\n\ntrials = tune(None)\n"}
    text = f"""\
import argparse

from search import tune
from trials import trials

CALL
best = {value}

def main():
    args = argparse.ArgumentParser().parse_args()
    tune(args)

main()
"""
    check_call(tmp_path, text, {**FILES, **trials})


@pytest.mark.parametrize(
    "line",
    [
        "go = staticmethod(tune)",
        "go: object = field(default=tune)",
        "go: object = field(default_factory=lambda: tune(None))",
        "go = lambda self: tune(None)",
        "go = partial(tune, 3)",
    ],
)
def test_a_class_that_only_names_what_runs_trials(tmp_path: Path, line: str) -> None:
    """The file can still be imported without cost."""
    text = f"""\
import argparse
from dataclasses import field
from functools import partial

from search import tune

class Search:
    {line}

def main():
    args = argparse.ArgumentParser().parse_args()
    CALL
    tune(args)
    Search().go()

main()
"""
    check_call(tmp_path, text, FILES)


@pytest.mark.parametrize(
    "block",
    [
        "with suppress(SystemExit):\n    main()\ntune(None)",
        "try:\n    main()\nexcept SystemExit:\n    pass\ntune(None)",
        "try:\n    main()\nfinally:\n    tune(None)",
    ],
)
def test_trials_behind_a_block_that_may_end_early(tmp_path: Path, block: str) -> None:
    """In main, or in the block, the call would stand behind what may fail."""
    text = f"""\
import argparse
from contextlib import suppress

from search import tune

def main():
    args = argparse.ArgumentParser().parse_args()
    tune(args)

CALL
{block}
"""
    check_call(tmp_path, text, FILES)


@pytest.mark.parametrize(
    "block",
    [
        "try:\n    print(1)\n    tune(1)\nexcept OSError:\n    print(2)",
        "with suppress(OSError):\n    print(1)\n    tune(1)",
        "try:\n    import torch\n    tune(1)\nexcept ImportError:\n    pass",
    ],
)
def test_a_block_that_may_end_before_its_trials(tmp_path: Path, block: str) -> None:
    """Those behind it run all the same."""
    head = "from contextlib import suppress\n\nfrom search import tune\n"
    check_call(tmp_path, f"{head}\nCALL\n{block}\ntune(None)\n", FILES)


@pytest.mark.parametrize(
    "definition",
    [
        "class Best:\n    result = tune(None)",
        "class Best:\n    class Inner:\n        tune(None)",
        "class Best(tune(None)):\n    pass",
        "def show(result=tune(None)):\n    print(result)",
        "def show(*, result=tune(None)):\n    print(result)",
    ],
)
def test_trials_that_run_where_something_is_defined(
    tmp_path: Path, definition: str
) -> None:
    """The call stands in front of the definition, whatever else leads to trials."""
    text = f"from search import tune\n\nCALL\n{definition}\n\ntune(None)\n"
    check_call(tmp_path, text, FILES)


def test_a_table_that_calls_in_front_of_it(tmp_path: Path) -> None:
    """What a call does nobody knows before it is made."""
    text = """\
from search import tune

CALL
RESULTS = {"tune": tune(None)}
print(RESULTS)
"""
    check_call(tmp_path, text, FILES)


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
