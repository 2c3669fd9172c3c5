"""The insertion as a rule of Fixit."""

from __future__ import annotations

import libcst as cst
from fixit import LintRule

from benchmarks.equivalents.insertion import (
    insert_call,
    insert_definition,
    is_guarded,
)


class InsertGuard(LintRule):
    """Reports a ``main()`` without the guard, and inserts it."""

    def visit_Module(self, node: cst.Module) -> None:  # noqa: N802 (LibCST's name)
        """Report, with the changed module as the replacement."""
        if is_guarded(node):
            return
        for number, line in enumerate(node.body):
            if isinstance(line, cst.FunctionDef) and line.name.value == "main":
                body = [
                    *node.body[:number],
                    insert_call(line),
                    *node.body[number + 1 :],
                ]
                changed = insert_definition(node.with_changes(body=body))
                self.report(node, "main() lacks the guard", replacement=changed)
                return
