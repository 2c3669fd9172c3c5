"""How the command speaks of itself: its help, and what is wrong with its options."""

from __future__ import annotations

import sys
from typing import Any

import click

__all__ = ["Command", "Complaint"]

_GROUPS = {
    "What to do (without any of these: patch)": (
        "check diff remove explain verify python"
    ),
    "Which scripts": "select entry exclude force-exclude",
    "What to put in": "load with upgrade",
    "Output and input": "output-format quiet verbose color stdin-filename jobs",
    "About": "version help",
}
_EXAMPLES = [
    ("eager-codemod --diff .", "show what would change in this folder"),
    ("eager-codemod .", "patch the affected scripts in it"),
    ("eager-codemod train.py", "patch a script, with trials or without"),
    ("eager-codemod --explain .", "say why a script is taken, or not"),
    ("eager-codemod --verify .", "prove that the guards hold here"),
    ("eager-codemod --remove .", "take everything out again"),
]
_STATUSES = [
    ("0", "done, or nothing to do"),
    (
        "1",
        "--check or --diff found something, or --verify a guard missing or failing",
    ),
    ("2", "wrong usage, a file that fails, or nothing that --verify can tell"),
]
_SETTINGS = (
    "Settings are read from [tool.eager-codemod] in the nearest pyproject.toml above "
    "a file; the keys are named like the options. A comment `# eager-codemod: skip` "
    "leaves a file alone."
)


class Command(click.Command):
    """A command whose help shows its options in groups, and comes to the point."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command as a process; a Ctrl-C is left to who runs it."""
        options["standalone_mode"] = False
        try:
            status = super().main(*arguments, **options)
        except click.Abort:
            raise KeyboardInterrupt from None
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        sys.exit(status if isinstance(status, int) else 0)

    def format_options(
        self, context: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write the options, a group at a time, in the order of the groups."""
        records = {
            parameter.opts[-1].strip("-"): parameter.get_help_record(context)
            for parameter in self.get_params(context)
        }
        for title, names in _GROUPS.items():
            rows = [row for name in names.split() if (row := records.get(name))]
            with formatter.section(title):
                # Of one width, so that the columns of all groups agree.
                formatter.write_dl([(f"{term:<22}", text) for term, text in rows])
        for title, rows in (("Examples", _EXAMPLES), ("Exit status", _STATUSES)):
            with formatter.section(title):
                formatter.write_dl(rows)
        formatter.write_paragraph()
        formatter.write_text(_SETTINGS)


class Complaint(click.ClickException):
    """Something is wrong, and a look at the usage would not help."""

    exit_code = 2
