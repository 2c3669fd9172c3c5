"""The place where parsing stands in branches, blocks, or more than once."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from tests.program.judging import Files, check_call

FILES: Files = {
    "search.py": """
        import optuna
        from transformers import AutoModel

        def run(*args):
            optuna.create_study().optimize(lambda trial: AutoModel())
        """
}
HEAD = """\
import argparse
import json
import logging
import sys
import yaml

from search import run

pre = argparse.ArgumentParser()
parser = argparse.ArgumentParser()


def parse_args():
    return parser.parse_args()


"""


def check(folder: Path, body: str) -> None:
    """Patch a script whose ``main`` has this body."""
    inner = indent(dedent(body).strip("\n"), "    ")
    check_call(folder, f"{HEAD}def main():\n{inner}\n\n\nmain()\n", FILES)


class TestBranches:
    """``if``, ``match``, ``try``, ``with``, loops."""

    def test_after_branches_that_only_parse(self, tmp_path: Path) -> None:
        """After the whole of it, or one way would stay without the guard."""
        check(
            tmp_path,
            """
            if len(sys.argv) == 2:
                args = vars(parser.parse_args())
            elif notebook:
                args = parser.parse_args([])
            else:
                args = parser.parse_args()
            CALL
            run(args)
            """,
        )

    def test_after_an_if_that_may_parse(self, tmp_path: Path) -> None:
        """``if args is None`` in a main that tests call."""
        check(
            tmp_path,
            "if args is None:\n    args = parser.parse_args()\nCALL\nrun(args)",
        )

    def test_set_up_in_a_branch_is_no_work(self, tmp_path: Path) -> None:
        """Adding arguments, reading defaults, messages."""
        check(
            tmp_path,
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
            """,
        )

    def test_before_branches_that_work(self, tmp_path: Path) -> None:
        """The other branch would run without the guard."""
        check(
            tmp_path,
            """
            CALL
            if fast:
                args = parser.parse_args()
                run(args)
            else:
                help()
            """,
        )

    def test_in_the_block_of_a_try(self, tmp_path: Path) -> None:
        """The rest of the block may start the trials."""
        check(
            tmp_path,
            """
            try:
                args = parser.parse_args()
                CALL
                run(args)
            except SystemExit:
                raise
            """,
        )

    def test_before_a_try_whose_handler_parses_and_works(self, tmp_path: Path) -> None:
        """Two ways, one call."""
        check(
            tmp_path,
            """
            CALL
            try:
                args = parser.parse_args()
            except ValueError:
                run(parser.parse_args([]))
            """,
        )

    def test_after_a_try_whose_blocks_only_parse(self, tmp_path: Path) -> None:
        """Both ways lead to the call."""
        check(
            tmp_path,
            """
            try:
                args = parser.parse_args()
            except ValueError:
                args = parser.parse_args([])
            CALL
            run(args)
            """,
        )

    def test_in_the_else_of_a_try(self, tmp_path: Path) -> None:
        """The one block that parses."""
        check(
            tmp_path,
            """
            try:
                import yaml
            except ImportError:
                raise
            else:
                args = parser.parse_args()
                CALL
            run(args)
            """,
        )

    def test_behind_a_try_whose_handler_goes_on(self, tmp_path: Path) -> None:
        """Both ways lead to the trials: with the file, and with the defaults."""
        check(
            tmp_path,
            """
            try:
                args = parser.parse_args()
            except SystemExit:
                args = None
            CALL
            run(args)
            """,
        )

    def test_in_a_try_behind_which_nothing_leads_to_trials(
        self, tmp_path: Path
    ) -> None:
        """A handler that goes on goes past no trial."""
        check(
            tmp_path,
            """
            try:
                args = parser.parse_args()
                CALL
                run(args)
            except SystemExit:
                print("no")
            print("over")
            """,
        )

    def test_behind_a_try_whose_handler_goes_past_the_else(
        self, tmp_path: Path
    ) -> None:
        """In the else, what a handler leads to would run without the guard."""
        check(
            tmp_path,
            """
            args = None
            try:
                file = open(path)
            except OSError:
                file = None
            else:
                args = parser.parse_args(file)
            CALL
            run(args)
            """,
        )

    def test_first_where_the_trials_are_in_a_finally(self, tmp_path: Path) -> None:
        """It runs also if the parse fails."""
        check(
            tmp_path,
            """
            CALL
            try:
                args = parser.parse_args()
            finally:
                run()
            """,
        )

    def test_behind_what_suppresses_the_end_of_a_parse(self, tmp_path: Path) -> None:
        """Without it, the script would end there."""
        check(
            tmp_path,
            """
            with contextlib.suppress(SystemExit):
                args = parser.parse_args()
            CALL
            run()
            """,
        )

    def test_in_a_try_in_a_with(self, tmp_path: Path) -> None:
        """What stands behind the outer block counts too."""
        check(
            tmp_path,
            """
            with a:
                try:
                    args = parser.parse_args()
                except SystemExit:
                    args = None
                CALL
            run(args)
            """,
        )

    def test_in_a_try_whose_handler_leaves_in_branches(self, tmp_path: Path) -> None:
        """Nothing goes on from there."""
        check(
            tmp_path,
            """
            try:
                args = parser.parse_args()
                CALL
            except ValueError as error:
                if args:
                    sys.exit(1)
                else:
                    return
            run(args)
            """,
        )

    def test_in_the_block_of_nested_withs(self, tmp_path: Path) -> None:
        """Right after the parse."""
        check(
            tmp_path,
            """
            with a:
                with b as c:
                    args = parser.parse_args()
                    CALL
                    run(args)
            """,
        )

    def test_before_a_with_whose_item_parses(self, tmp_path: Path) -> None:
        """What is opened may use the result."""
        check(tmp_path, "CALL\nwith open(parse_args().path) as file:\n    run(file)")

    def test_after_a_match_that_only_parses(self, tmp_path: Path) -> None:
        """Like an ``if``."""
        check(
            tmp_path,
            """
            match mode:
                case "json":
                    args = parser.parse_args([])
                case _:
                    args = parser.parse_args()
            CALL
            run(args)
            """,
        )

    def test_before_a_loop(self, tmp_path: Path) -> None:
        """Its body runs more than once, the guard need not."""
        check(
            tmp_path,
            "CALL\nfor line in file:\n    args = parser.parse_args(line)\n    run()",
        )

    def test_condition_that_parses_is_no_branch_that_parses(
        self, tmp_path: Path
    ) -> None:
        """The branches use the result."""
        check(tmp_path, "CALL\nif parser.parse_args().fast:\n    run()")


class TestSeveralParses:
    """A pre-parser and its parser."""

    def test_after_the_last_of_them(self, tmp_path: Path) -> None:
        """Where only parser set-up lies between."""
        check(
            tmp_path,
            """
            known, rest = pre.parse_known_args()
            parser = argparse.ArgumentParser(parents=[pre])
            parser.add_argument("--lr", type=float, default=0.1)
            if known.config:
                parser.set_defaults(**yaml.safe_load(open(known.config)))
            args = parser.parse_args(rest)
            CALL
            run(args)
            """,
        )

    def test_after_the_first_where_work_lies_between(self, tmp_path: Path) -> None:
        """The work may be trials."""
        check(
            tmp_path,
            """
            known, rest = pre.parse_known_args()
            CALL
            run(known)
            args = parser.parse_args(rest)
            """,
        )

    def test_before_the_last_where_that_uses_its_result(self, tmp_path: Path) -> None:
        """Still behind the first."""
        check(
            tmp_path,
            """
            known, rest = pre.parse_known_args()
            CALL
            parser.add_argument("--lr")
            run(parser.parse_args(rest))
            """,
        )

    def test_parse_in_a_nested_function_is_none(self, tmp_path: Path) -> None:
        """It runs when it is called."""
        check(
            tmp_path,
            """
            def later():
                return parser.parse_args()

            args = parser.parse_args()
            CALL
            run(args, later)
            """,
        )
