"""The insertion as a command of ``libcst.tool codemod``."""

from __future__ import annotations

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand

from benchmarks.equivalents.insertion import (
    insert_call,
    insert_definition,
    is_guarded,
)


class InsertGuard(VisitorBasedCodemodCommand):
    """Inserts the guard and its call."""

    DESCRIPTION = "Insert a guard and its call into main()."

    def visit_Module(self, node: cst.Module) -> bool:  # noqa: N802 (LibCST's name)
        """Look at modules without the guard only."""
        self._changed = False
        return not is_guarded(node)

    def visit_ClassDef(self, node: cst.ClassDef) -> bool:  # noqa: N802
        """A method is no entry point."""
        return False

    def leave_FunctionDef(  # noqa: N802
        self, original_node: cst.FunctionDef, updated_node: cst.FunctionDef
    ) -> cst.FunctionDef:
        """Put the call into ``main``."""
        if original_node.name.value != "main":
            return updated_node
        self._changed = True
        return insert_call(updated_node)

    def leave_Module(  # noqa: N802
        self, original_node: cst.Module, updated_node: cst.Module
    ) -> cst.Module:
        """Put the definition into a module that got a call."""
        return insert_definition(updated_node) if self._changed else updated_node
