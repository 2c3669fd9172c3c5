"""Where in an entry point the call goes.

``CALL`` stands in each script where it is expected; the script without that line is
what is patched.
"""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from codemod.edits.guard import FUNCTION
from codemod.program.entrypoints import find
from codemod.program.parsing import Module
from codemod.program.place import Place
from codemod.python.source import parse
from codemod.settings import Settings
from tests.editing import changed

MARK = "CALL"
HELPERS = """\
import argparse
import logging
import optuna


def parse_args():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int)
    return parser.parse_args()


def search():
    args = parse_args()
    optuna.create_study().optimize(objective, n_jobs=args.jobs)
    return args


def set_globals():
    global ARGS
    ARGS = parse_args()


def make_parser():
    return argparse.ArgumentParser()


def prepare(args):
    return args


"""


def check(body: str) -> None:
    """Patch a ``main`` with this body, and look for the call at the mark."""
    expected = indent(dedent(body).strip("\n"), "    ").splitlines()
    lines = [line for line in expected if line.strip() != MARK]
    before = f"{HELPERS}def main():\n" + "\n".join(lines) + "\n"
    after = changed(before.encode(), Settings()).decode()
    main = after[after.index("def main():\n") :].splitlines()[1:]
    found = [line.replace(f"{FUNCTION}()", MARK) for line in main if line.strip()]
    found = [
        line
        for line in found
        if "# Eagerly" not in line and line.strip() != "# conditions"
    ]
    assert found == [line for line in expected if line.strip()]


RIGHT_AFTER = {
    "assignment": "args = parser.parse_args()",
    "annotated": "args: Args = parser.parse_args()",
    "two targets": "args = opt = parser.parse_args()",
    "tuple": "args, rest = parser.parse_known_args()",
    "attribute": "self.args = parser.parse_args()",
    "subscript": "args = parser.parse_known_args()[0]",
    "attribute of the result": "jobs = parser.parse_args().jobs",
    "vars": "config = vars(parser.parse_args())",
    "dictionary": "config = dict(**vars(parser.parse_args()))",
    "helper": "args = parse_args()",
    "wrapped helper": "args = apply_defaults(parse_args())",
    "wrapped twice": "cfg = to_config(update(vars(parse_args())))",
    "parser built in place": "args = make_parser().parse_args()",
    "namespace": "parser.parse_args(namespace=args)",
    "helper that sets globals": "set_globals()",
    "named like arguments": "args = read(parse_args())",
    "joined from two": "args = Args(**vars(parse_args()), seed=1)",
    "comprehension": "paths = [path for path in parse_args().paths]",
    "conditional": "args = parse_args() if argv is None else argv",
}


@pytest.mark.parametrize("line", RIGHT_AFTER.values(), ids=RIGHT_AFTER)
def test_right_after_what_only_parses(line: str) -> None:
    """Before the parse it would slow ``--help`` down; later might be too late."""
    check(f"seed()\n{line}\n{MARK}\nrun(args)")


BEFORE = {
    "return": "return run(parser.parse_args())",
    "argument": "run(parse_args())",
    "method": "Runner(parse_args()).run()",
    "result": "score = run(parse_args())",
    "exit": "sys.exit(run(parse_args()))",
    "helper that does the work": "search()",
    "its result": "done = search()",
    "keyword": "run(args=parser.parse_args())",
    "condition": "if run(parse_args()):\n    print(1)",
    "loop": "for seed in parse_args().seeds:\n    run(seed)",
    "with": "with Session(parse_args()) as session:\n    run(session)",
    "assertion": "assert run(parse_args())",
    "while": "while run(parse_args()):\n    pass",
    "comprehension": "x = [run(a) for a in parse_args().all]",
}


@pytest.mark.parametrize("lines", BEFORE.values(), ids=BEFORE)
def test_before_what_also_uses_the_result(lines: str) -> None:
    """The trials run in that statement already."""
    check(f"seed()\n{MARK}\n{lines}\nend()")


def test_after_the_docstring_where_the_first_statement_works() -> None:
    """A docstring stays one."""
    check('"""Search."""\nCALL\nrun(parse_args())')


def test_first_where_main_does_not_parse() -> None:
    """The module parses, or its main block does."""
    text = "import argparse\nA = p.parse_args()\n\n\ndef main():\n    run()\n"
    module = Module(parse(text.encode()).tree)
    (entry,) = find(module)
    assert entry.place == Place(((2, "body"),), 0)


@pytest.mark.parametrize("docstring", ["b'bytes'", "f'{x}'", "'a'.strip()"])
def test_only_a_string_is_a_docstring(docstring: str) -> None:
    """Bytes and f-strings are statements like others."""
    text = f"import hydra\n@hydra.main()\ndef main(cfg):\n    {docstring}\n    run()\n"
    module = Module(parse(text.encode()).tree)
    (entry,) = find(module)
    assert entry.place.gap == 0


class TestBranches:
    """``if``, ``match``, ``try``, ``with``, loops."""

    def test_after_branches_that_only_parse(self) -> None:
        """After the whole of it, or one way would stay without the guard."""
        check(
            """
            if len(sys.argv) == 2:
                args = load(parser.parse_args())
            elif notebook:
                args = parser.parse_args([])
            else:
                args = parser.parse_args()
            CALL
            run(args)
            """
        )

    def test_after_an_if_that_may_parse(self) -> None:
        """``if args is None`` in a main that tests call."""
        check("if args is None:\n    args = parser.parse_args()\nCALL\nrun(args)")

    def test_set_up_in_a_branch_is_no_work(self) -> None:
        """Adding arguments, reading defaults, messages."""
        check(
            """
            if json:
                defaults = json.load(open(path))
                parser.set_defaults(**defaults)
                args = parser.parse_args()
                logging.info("from %s", path)
            else:
                args = parser.parse_args()
            CALL
            run(args)
            """
        )

    def test_before_branches_that_work(self) -> None:
        """The other branch would run without the guard."""
        check(
            """
            CALL
            if fast:
                args = parser.parse_args()
                run(args)
            else:
                help()
            """
        )

    def test_in_the_block_of_a_try(self) -> None:
        """The rest of the block may start the trials."""
        check(
            """
            try:
                args = parser.parse_args()
                CALL
                run(args)
            except SystemExit:
                raise
            """
        )

    def test_before_a_try_whose_handler_parses_and_works(self) -> None:
        """Two ways, one call."""
        check(
            """
            CALL
            try:
                args = parser.parse_args()
            except ValueError:
                run(parser.parse_args([]))
            """
        )

    def test_after_a_try_whose_blocks_only_parse(self) -> None:
        """Both ways lead to the call."""
        check(
            """
            try:
                args = parser.parse_args()
            except ValueError:
                args = parser.parse_args([])
            CALL
            run(args)
            """
        )

    def test_in_the_else_of_a_try(self) -> None:
        """The one block that parses."""
        check(
            """
            try:
                import yaml
            except ImportError:
                raise
            else:
                args = parser.parse_args()
                CALL
            run(args)
            """
        )

    def test_in_the_block_of_nested_withs(self) -> None:
        """Right after the parse."""
        check(
            """
            with a:
                with b as c:
                    args = parser.parse_args()
                    CALL
                    run(args)
            """
        )

    def test_before_a_with_whose_item_parses(self) -> None:
        """What is opened may use the result."""
        check("CALL\nwith open(parse_args().path) as file:\n    run(file)")

    def test_after_a_match_that_only_parses(self) -> None:
        """Like an ``if``."""
        check(
            """
            match mode:
                case "json":
                    args = parser.parse_args([])
                case _:
                    args = parser.parse_args()
            CALL
            run(args)
            """
        )

    def test_before_a_loop(self) -> None:
        """Its body runs more than once, the guard need not."""
        check("CALL\nfor line in file:\n    args = parser.parse_args(line)\n    run()")

    def test_condition_that_parses_is_no_branch_that_parses(self) -> None:
        """The branches use the result."""
        check("CALL\nif parser.parse_args().fast:\n    run()")


class TestSeveralParses:
    """A pre-parser and its parser."""

    def test_after_the_last_of_them(self) -> None:
        """Where only parser set-up lies between."""
        check(
            """
            known, rest = pre.parse_known_args()
            parser = argparse.ArgumentParser(parents=[pre])
            parser.add_argument("--lr", type=float, default=0.1)
            if known.config:
                parser.set_defaults(**yaml.safe_load(open(known.config)))
            args = parser.parse_args(rest)
            CALL
            run(args)
            """
        )

    def test_after_the_first_where_work_lies_between(self) -> None:
        """The work may be trials."""
        check(
            """
            known, rest = pre.parse_known_args()
            CALL
            run(known)
            args = parser.parse_args(rest)
            """
        )

    def test_before_the_last_where_that_uses_its_result(self) -> None:
        """Still behind the first."""
        check(
            """
            known, rest = pre.parse_known_args()
            parser.add_argument("--lr")
            CALL
            run(parser.parse_args(rest))
            """
        )

    def test_parse_in_a_nested_function_is_none(self) -> None:
        """It runs when it is called."""
        check(
            """
            def later():
                return parser.parse_args()

            args = parser.parse_args()
            CALL
            run(args, later)
            """
        )
