r"""The edits as a LibCST codemod, for projects that run theirs with `libcst.tool`.

    python -m libcst.tool codemod -x --no-format \
        codemod.commands.EagerLoadCommand scripts/

The only importer of `libcst.codemod`, which takes longer to import than most runs of
the command take.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import libcst as cst
from libcst.codemod import CodemodCommand, CodemodContext

from codemod.python.source import SourceError
from codemod.run.result import Plan
from codemod.run.runner import run_bytes
from codemod.settings import SELECTIONS, Settings

__all__ = ["EagerLoadCommand"]


class EagerLoadCommand(CodemodCommand):
    """Puts the guard into the entry points of a script.

    LibCST parses and prints the whole script here, and it is not quite lossless: it
    drops the space in ``except X :``, for example. `eager-codemod` is.

    Args:
        context: LibCST's context; its file name is where imports are followed from.
        load: Names that the guard loads beyond the default ones.
        entry: ``"argparse"`` or ``"any"``, as ``--entry``.
        select: Which scripts, as ``--select``; LibCST's tool does not say which files
            were named, so it takes those that a search of a folder would.
    """

    DESCRIPTION = (
        "Makes scripts safe that run trials on transformers models: they load its "
        "shared lazy packages before trials start in threads."
    )

    def __init__(
        self,
        context: CodemodContext,
        load: Sequence[str] | None = None,
        entry: str = "argparse",
        select: str = "affected",
    ) -> None:
        super().__init__(context)
        settings = Settings(select=select, entry=entry, load=tuple(load or ()))
        self._plan = Plan(settings, write=False, contents=True)

    @staticmethod
    def add_args(arg_parser: argparse.ArgumentParser) -> None:
        """Add the options that decide about the code to LibCST's own."""
        arg_parser.add_argument(
            "--load",
            action="append",
            metavar="NAME",
            type=_identifier,
            help="Also load this name from transformers; repeatable.",
        )
        arg_parser.add_argument(
            "--entry",
            choices=["argparse", "any"],
            default="argparse",
            help="'any' takes any main(), without argparse too.",
        )
        arg_parser.add_argument(
            "--select",
            choices=SELECTIONS,
            default="affected",
            help="Which scripts, as eager-codemod's option (default: affected).",
        )

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Return the tree with the guard in it, or the tree itself.

        Raises:
            SourceError: The script cannot be read, or cannot be changed safely.
        """
        result = run_bytes(self.context.filename or "<stdin>", tree.bytes, self._plan)
        if result.status == "error":
            raise SourceError(result.message, result.line, result.column)
        if result.after is None:
            return tree
        return cst.parse_module(result.after, tree.config_for_parsing)


def _identifier(name: str) -> str:
    if not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{name!r} is no identifier")
    return name
