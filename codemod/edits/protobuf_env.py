"""The edit that makes protobuf use its Python implementation, before its import.

Parallel trials that load sentencepiece tokenizers (DeBERTa's and others) can fail with
"Descriptors cannot be created directly" or "duplicate file name
sentencepiece_model.proto". protobuf reads the variable once, while it is imported.
"""

from __future__ import annotations

import ast
import sys

from codemod.edits.base import Finding, Insertion, Kind
from codemod.edits.binding import first_of_line, is_future, is_held
from codemod.edits.removal import comment_top, remove_statement
from codemod.program.bindings import bound_by, import_bindings
from codemod.program.place import Place, Script
from codemod.python.source import Source, Splice
from codemod.python.tree import (
    Function,
    Spot,
    called,
    dotted,
    is_docstring,
    module_level,
)
from codemod.settings import Settings

__all__ = ["PROTOBUF_ENV", "VARIABLE"]

VARIABLE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
COMMENT = "# Before protobuf's import: its C++ descriptors break parallel trials"
STATEMENT = f'os.environ.setdefault("{VARIABLE}", "python")'
# The comment marks the import as ours, so that --remove takes the right one out.
IMPORT = f"import os  # for {VARIABLE}"


class _ProtobufEnv:
    """Sets an environment variable in front of the first third-party import."""

    name = "protobuf-env"
    summary = f"set {VARIABLE}=python before the third-party imports"
    trace = VARIABLE.encode()

    def findings(self, script: Script, settings: Settings) -> list[Finding]:
        """Whether the variable is not set, or set where it no longer helps."""
        body = script.source.tree.body
        index = _third_party(body)
        line = 1 if index is None else body[index].lineno
        found = next(filter(_sets, module_level(body)), None)
        if found is None:
            obstacle = ""
            if index is not None and is_held(script.source, body, index):
                obstacle = f"; give the import in line {line} a line of its own first"
            elif _lacks_import(script.source.tree, ours=0):
                obstacle = f"; {_about_os(script.source.tree)}"
            message = f"{VARIABLE} is not set{obstacle}"
            rule = f"missing-{self.name}"
            return [Finding(rule, message, line, 1, fixable=not obstacle)]
        if index is None or found.lineno <= line:
            return []
        message = (
            f"{VARIABLE} is set after the import in line {line}, which is too "
            "late if that imports protobuf; move it up"
        )
        position = (found.lineno, found.col_offset + 1)
        return [Finding(f"late-{self.name}", message, *position, fixable=False)]

    def insertions(self, script: Script, settings: Settings) -> list[Insertion]:
        """The line in front of the first third-party import, and what it needs."""
        source, body = script.source, script.source.tree.body
        if not any(finding.fixable for finding in self.findings(script, settings)):
            return []
        gap = _gap(source, body)
        setting = Insertion(Place((), gap), f"{COMMENT}\n{STATEMENT}\n", "code")
        imports = [stmt for stmt in body[:gap] if isinstance(stmt, ast.Import)]
        if any(one.alias == "os" for stmt in imports for one in bound_by(stmt)):
            return [setting]
        beside, kind = _sorted_place(source, body, gap)
        return [Insertion(Place((), beside), f"{IMPORT}\n", kind), setting]

    def updates(self, script: Script, settings: Settings) -> list[Splice]:
        """There is only one text."""
        return []

    def removals(self, script: Script) -> list[Splice]:
        """The line with our comment above it; next, the import that it needed."""
        source, body = script.source, script.source.tree.body
        imports = []
        for position, stmt in enumerate(body):
            spot = Spot(source.tree, body, position)
            if isinstance(stmt, ast.Import):
                if source.lines[stmt.lineno - 1].strip() == IMPORT.encode():
                    imports.append(remove_statement(source, spot, stmt.lineno))
                continue
            top = comment_top(source, stmt.lineno, COMMENT)
            if top and self.owns(stmt):
                return [remove_statement(source, spot, top)]
        return [] if imports and _lacks_import(source.tree, ours=1) else imports[:1]

    def kept(self, script: Script) -> list[Finding]:
        """What a person set is no concern of this tool."""
        return []

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is ours, or the import that it needs."""
        if isinstance(stmt, ast.Import):
            return [(a.name, a.asname) for a in stmt.names] == [("os", None)]
        is_call = isinstance(stmt, ast.Expr) and _sets(stmt)
        return is_call and ast.unparse(stmt) == STATEMENT.replace('"', "'")


def _lacks_import(tree: ast.Module, ours: int) -> bool:
    """Whether ``os`` is used, and no other import than ours binds it."""
    names = [one.alias for one in import_bindings(tree)]
    if names.count("os") > ours or "*" in names:
        return False
    return any(isinstance(n, ast.Name) and n.id == "os" for n in ast.walk(tree))


def _about_os(tree: ast.Module) -> str:
    """What is the matter with ``os``, which is used and not imported."""
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    stored = (n for n in names if n.id == "os" and isinstance(n.ctx, ast.Store))
    line = min((name.lineno for name in stored), default=None)
    if line is None:
        return "os is used, but nothing imports it; import it first"
    return f"os is assigned in line {line}; rename that first"


def _sets(stmt: ast.stmt) -> bool:
    """Whether a statement sets the variable, in one of the usual forms.

    ``os.environ[...] = ...``, ``os.environ.setdefault(...)`` and
    ``os.environ.update(...)`` do; ``os.putenv(...)`` does not reach ``os.environ``.
    """
    if isinstance(stmt, ast.Assign):
        return any(
            isinstance(target, ast.Subscript)
            and (dotted(target.value) or "").endswith("environ")
            and _names_variable(target.slice)
            for target in stmt.targets
        )
    is_setter = called(stmt).endswith(("environ.setdefault", "environ.update"))
    return is_setter and _names_variable(stmt)


def _names_variable(root: ast.AST) -> bool:
    return any(
        VARIABLE in (getattr(node, "value", None), getattr(node, "arg", None))
        for node in ast.walk(root)
    )


def _third_party(body: list[ast.stmt]) -> int | None:
    """The index of the first statement that imports from outside the library."""
    for index, stmt in enumerate(body):
        if isinstance(stmt, Function | ast.ClassDef):
            continue
        for one in import_bindings(ast.Module([stmt], [])):
            root = one.module.partition(".")[0]
            if one.level or root not in sys.stdlib_module_names:
                return index
    return None


def _gap(source: Source, body: list[ast.stmt]) -> int:
    """The gap in front of the first third-party import, else behind all imports."""
    index = _third_party(body)
    if index is not None:
        return first_of_line(source, body, index)
    gap = int(bool(body) and is_docstring(body[0]))
    while gap < len(body) and isinstance(body[gap], ast.Import | ast.ImportFrom):
        gap += 1
    while first_of_line(source, body, gap) < gap:
        gap += 1
    return gap


def _sorted_place(source: Source, body: list[ast.stmt], end: int) -> tuple[int, Kind]:
    """The gap that ``import os`` goes to, and how it is laid out there.

    In the run of imports that ends at a gap, sorted as isort and ruff do by default:
    ``import`` before ``from``, each by name. Without a run, at its end.
    """
    start = end
    while start and isinstance(body[start - 1], ast.Import | ast.ImportFrom):
        if is_future(body[start - 1]):
            break
        start -= 1
    if start == end:
        return end, "code"
    names = {
        index: stmt.names[0].name.lower()
        for index, stmt in enumerate(body[start:end], start)
        if isinstance(stmt, ast.Import)
    }
    bigger = [index for index, name in names.items() if name > "os"]
    if names and not bigger:
        return max(names) + 1, "behind"
    index = bigger[0] if bigger else start
    return (index + 1, "behind") if is_held(source, body, index) else (index, "before")


PROTOBUF_ENV = _ProtobufEnv()
