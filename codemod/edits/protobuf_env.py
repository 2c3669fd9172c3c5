"""The edit that makes protobuf use its Python implementation, before its import.

Parallel trials that load sentencepiece tokenizers (DeBERTa's and others) can fail with
"Descriptors cannot be created directly" or "duplicate file name
sentencepiece_model.proto". protobuf reads the variable once, while it is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from codemod.edits.base import Finding, Insertion, Kind
from codemod.edits.removal import comment_top, remove_statement, shares_line, spots
from codemod.program.place import Place, Script
from codemod.python.source import Source, Splice
from codemod.python.tree import dotted, is_docstring, module_level, own_nodes
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
        found = list(_set_by(body))
        line = body[index].lineno if index is not None else 1
        if not found:
            message, fixable = f"{VARIABLE} is not set", True
            if index is not None and _cannot_precede(script.source, body, index):
                message += f"; give the import in line {line} a line of its own first"
                fixable = False
            elif _lacks_import(script.source.tree, ours=0):
                message += "; os is used, but nothing imports it"
                fixable = False
            rule = f"missing-{self.name}"
            return [Finding(rule, message, line, 1, fixable=fixable)]
        if index is not None and found[0].lineno > line:
            message = (
                f"{VARIABLE} is set after the import in line {line}, which is too "
                "late if that imports protobuf; move it up"
            )
            position = (found[0].lineno, found[0].col_offset + 1)
            return [Finding(f"late-{self.name}", message, *position, fixable=False)]
        return []

    def insertions(self, script: Script, settings: Settings) -> list[Insertion]:
        """The line in front of the first third-party import, and what it needs."""
        source, body = script.source, script.source.tree.body
        if not any(finding.fixable for finding in self.findings(script, settings)):
            return []
        index = _third_party(body)
        if index is None:
            gap = leading = _leading(body)
            while 0 < gap < len(body) and shares_line(source, *body[gap - 1 : gap + 1]):
                gap += 1
        else:
            gap = leading = _first_of_line(source, body, index)
        place = Place((), gap)
        setting = Insertion(place, f"{COMMENT}\n{STATEMENT}\n", "code")
        if any(map(_binds_os, body[:leading])):
            return [setting]
        beside = _sorted_neighbour(source, body[:leading])
        if beside is None:
            return [Insertion(place, f"{IMPORT}\n", "code"), setting]
        neighbour, kind = beside
        return [Insertion(Place((), neighbour), f"{IMPORT}\n", kind), setting]

    def updates(self, script: Script, settings: Settings) -> list[Splice]:
        """There is only one text."""
        return []

    def removals(self, script: Script) -> list[Splice]:
        """The line with our comment above it; next, the import that it needed."""
        source = script.source
        imports = []
        for spot in spots(source.tree):
            stmt = spot.stmt
            if not isinstance(spot.owner, ast.Module) or not self.owns(stmt):
                continue
            if isinstance(stmt, ast.Expr):
                if top := comment_top(source, stmt.lineno, COMMENT):
                    return [remove_statement(source, spot, top)]
            elif source.lines[stmt.lineno - 1].strip() == IMPORT.encode():
                imports.append(remove_statement(source, spot, stmt.lineno))
        return [] if imports and _lacks_import(source.tree, ours=1) else imports[:1]

    def kept(self, script: Script) -> list[Finding]:
        """What a person set is no concern of this tool."""
        return []

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is ours, or the import that it needs."""
        if isinstance(stmt, ast.Import):
            return [(a.name, a.asname) for a in stmt.names] == [("os", None)]
        if not isinstance(stmt, ast.Expr) or not isinstance(stmt.value, ast.Call):
            return False
        return _sets(stmt) and ast.unparse(stmt) == STATEMENT.replace('"', "'")


def _lacks_import(tree: ast.Module, ours: int) -> bool:
    """Whether ``os`` is used, and no other import than ours binds it."""
    nodes = list(ast.walk(tree))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [a.asname or a.name.partition(".")[0] for i in imports for a in i.names]
    if names.count("os") > ours or "*" in names:
        return False
    return any(isinstance(node, ast.Name) and node.id == "os" for node in nodes)


def _set_by(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at module level that set the variable."""
    return (stmt for stmt in module_level(body) if _sets(stmt))


def _sets(stmt: ast.stmt) -> bool:
    """Whether a simple statement sets the variable, in any of the usual forms.

    Assignment to ``os.environ[...]``, ``os.environ.setdefault(...)``,
    ``os.environ.update(...)`` and ``os.environ |= ...`` do; ``os.putenv(...)`` does not
    reach ``os.environ``.
    """
    if isinstance(stmt, ast.Assign):
        return any(
            isinstance(target, ast.Subscript)
            and _is_environ(target.value)
            and _is_variable(target.slice)
            for target in stmt.targets
        )
    if isinstance(stmt, ast.AugAssign):
        return _is_environ(stmt.target) and _names_variable(stmt.value)
    if not isinstance(stmt, ast.Expr) or not isinstance(stmt.value, ast.Call):
        return False
    call = stmt.value
    if not isinstance(call.func, ast.Attribute) or not _is_environ(call.func.value):
        return False
    if call.func.attr == "update":
        return _names_variable(call) or any(k.arg == VARIABLE for k in call.keywords)
    first = call.args[0] if call.args else call
    return call.func.attr in ("setdefault", "__setitem__") and _is_variable(first)


def _is_environ(node: ast.AST) -> bool:
    return (dotted(node) or "").rpartition(".")[2] == "environ"


def _is_variable(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value == VARIABLE


def _names_variable(node: ast.AST) -> bool:
    return any(_is_variable(inner) for inner in own_nodes(node))


def _third_party(body: list[ast.stmt]) -> int | None:
    """The index of the first statement that imports from outside the library."""
    for index, stmt in enumerate(body):
        if any(map(_is_third_party, _running([stmt]))):
            return index
    return None


def _running(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The module-level statements that run, ``if TYPE_CHECKING:`` left out."""
    for stmt in body:
        if isinstance(stmt, ast.If) and (dotted(stmt.test) or "").endswith(
            "TYPE_CHECKING"
        ):
            yield from module_level(stmt.orelse)
        else:
            yield from module_level([stmt])


def _is_third_party(stmt: ast.stmt) -> bool:
    if isinstance(stmt, ast.ImportFrom):
        return stmt.level > 0 or not _is_standard(stmt.module or "")
    if isinstance(stmt, ast.Import):
        return not all(_is_standard(alias.name) for alias in stmt.names)
    return False


def _is_standard(module: str) -> bool:
    root = module.partition(".")[0]
    return root in sys.stdlib_module_names or root == "__future__"


def _leading(body: list[ast.stmt]) -> int:
    """How many statements the docstring and the imports at the top are."""
    count = _leading_text(body)
    for stmt in body[count:]:
        if not isinstance(stmt, ast.Import | ast.ImportFrom):
            break
        count += 1
    return count


def _leading_text(body: list[ast.stmt]) -> int:
    return int(bool(body) and is_docstring(body[0]))


def _binds_os(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Import) and any(
        alias.name.partition(".")[0] == "os" and not alias.asname
        for alias in stmt.names
    )


def _first_of_line(source: Source, body: list[ast.stmt], index: int) -> int:
    """The index of the first of the statements that share their line with one."""
    while index and shares_line(source, body[index - 1], body[index]):
        index -= 1
    return index


def _cannot_precede(source: Source, body: list[ast.stmt], index: int) -> bool:
    """Whether what shares a statement's line must stay first in the module."""
    first = _first_of_line(source, body, index)
    before = body[first:index]
    return any(map(_is_future, before)) or bool(not first and _leading_text(before))


def _sorted_neighbour(source: Source, body: list[ast.stmt]) -> tuple[int, Kind] | None:
    """The gap that ``import os`` goes to, and whether it joins what is behind it.

    In the last run of standard-library imports, sorted as isort and ruff do by
    default: ``import`` before ``from``, each by name.
    """
    start = len(body)
    while start and isinstance(body[start - 1], ast.Import | ast.ImportFrom):
        if _is_future(body[start - 1]):
            break
        start -= 1
    if start == len(body):
        return None
    last = None
    for index, stmt in enumerate(body[start:], start):
        if isinstance(stmt, ast.Import):
            last = index
            if stmt.names[0].name.lower() > "os":
                break
    else:
        if last is not None:
            return last + 1, "behind"
        index = start
    if _cannot_precede(source, body, index):
        return index + 1, "behind"
    return index, "before"


def _is_future(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"


PROTOBUF_ENV = _ProtobufEnv()
