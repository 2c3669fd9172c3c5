"""What parses a command line, for certain."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemod.program.libraries import Libraries
from codemod.program.parsing import Parsing
from codemod.program.reach import Reach
from tests.program.judging import Files, unit_of, write

MODULES: Files = {
    "options.py": """
        import argparse

        class Options:
            def __init__(self):
                self.parser = argparse.ArgumentParser()

            def parse(self):
                return self.parser.parse_args()

        class TrainOptions(Options):
            def parse(self):
                return super().parse()

        class Quiet(Options):
            pass

        def get():
            return argparse.ArgumentParser().parse_args()

        def twice_removed():
            return get()

        def get_parser():
            return argparse.ArgumentParser()

        def parse_name(name):
            return name.split("-")

        def round_and_round():
            return round_and_round()
        """,
    "pkg/__init__.py": "from options import get as read",
}
HEAD = """\
import argparse
import click
import docopt
import jsonargparse
import other_package
import pyrallis
import simple_parsing
import tyro
from docopt import docopt as d
from options import *
from pkg import read
from tap import Tap
from transformers import HfArgumentParser

parser = argparse.ArgumentParser()

def main():
"""
PARSES = [
    "parser.parse_args()",
    "args = parser.parse_args(argv)",
    "args, _ = parser.parse_known_args()",
    "parser.parse_intermixed_args()",
    "HfArgumentParser(A).parse_args_into_dataclasses()",
    "HfArgumentParser(A).parse_json_file('x')",
    "x = docopt.docopt(__doc__)",
    "d(__doc__)",
    "pyrallis.parse(config_class=C)",
    "simple_parsing.parse(C)",
    "Tap().parse_args()",
    "get()",
    "read()",
    "twice_removed()",
    "get_parser().parse_args()",
    "Options().parse()",
    "TrainOptions().parse()",
    "Quiet().parse()",
    "o = TrainOptions(); o.parse()",
]
NEITHER = [
    "parser.add_argument('--x')",
    "get_parser()",
    "parse_name('a-b')",
    "urllib.parse('x')",
    "json.loads('1')",
    "ast.parse('x')",
    "parser.parse('x')",
    "parse_config('x')",
    "round_and_round()",
    "Options()",
]
RUNNERS = ["jsonargparse.CLI(f)", "tyro.cli(f)", "jsonargparse.auto_cli(f)"]


def asked(folder: Path, line: str) -> tuple[bool, bool]:
    """Whether a statement holds a parse, and whether it does nothing else."""
    write(folder, MODULES)
    unit = unit_of(folder, f"{HEAD}    {line}\n")
    assert unit.function
    parsing = Parsing(Reach([unit.module.code, unit], Libraries()))
    last = unit.function.body[-1]
    return parsing.holds_parse(unit, last), parsing.only_parses(unit, last)


@pytest.mark.parametrize("line", PARSES)
def test_what_parses(tmp_path: Path, line: str) -> None:
    """argparse and its relatives, and helpers of the repository around them."""
    assert asked(tmp_path, line) == (True, True)


@pytest.mark.parametrize("line", NEITHER)
def test_what_does_not(tmp_path: Path, line: str) -> None:
    """A helper's name proves nothing, nor does the name of a method."""
    assert not asked(tmp_path, line)[0]


@pytest.mark.parametrize("line", RUNNERS)
def test_what_parses_and_runs(tmp_path: Path, line: str) -> None:
    """It calls what it is given: nothing may be behind it."""
    assert asked(tmp_path, line) == (True, False)


WRAPPED = {
    "vars(parser.parse_args())": True,
    "dict(vars(parser.parse_args()))": True,
    "Namespace(**vars(get()))": False,
    "parse_name(parser.parse_args().name)": True,
    "unheard_of(parser.parse_args())": False,
    "other_package.load(get())": False,
    "print(get())": True,
}


@pytest.mark.parametrize(("line", "only"), WRAPPED.items(), ids=WRAPPED)
def test_what_stands_around_a_parse(tmp_path: Path, line: str, only: bool) -> None:
    """Builtins, the standard library, and helpers that can be looked at."""
    assert asked(tmp_path, line) == (True, only)
