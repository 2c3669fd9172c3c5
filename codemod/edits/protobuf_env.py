"""The edit that makes protobuf use its Python implementation, before its import.

Parallel trials that load sentencepiece tokenizers (DeBERTa's and others) can fail with
"Descriptors cannot be created directly" or "duplicate file name
sentencepiece_model.proto". protobuf reads the variable once, while it is imported.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from codemod.edits.base import Finding
from codemod.edits.removal import Spot, cut_joined, cut_lines, shares_line
from codemod.edits.script import Script
from codemod.python.source import Source, Splice
from codemod.python.tree import dotted, is_docstring, module_level, own_nodes
from codemod.settings import Settings

__all__ = ["PROTOBUF_ENV", "VARIABLE"]

VARIABLE = "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
COMMENT = "# Before protobuf's import: its C++ descriptors break parallel trials"
_SPACED = " (u1)"  # noted behind the comment: a blank line was added above it
STATEMENT = f'os.environ.setdefault("{VARIABLE}", "python")'
# The comment marks the import as ours, so that --remove takes the right one out.
IMPORT = "import os  # for the protobuf setting below"


class _ProtobufEnv:
    """Sets an environment variable in front of the first third-party import."""

    name = "protobuf-env"
    summary = f"set {VARIABLE}=python before the third-party imports"
    trace = VARIABLE.encode()

    def findings(self, script: Script, settings: Settings) -> list[Finding]:
        """Whether the variable is not set, or set where it no longer helps."""
        index = _third_party(script.body)
        settings_found = list(_set_by(script.body))
        line = script.body[index].lineno if index is not None else 1
        if not settings_found:
            message, fixable = f"{VARIABLE} is not set", True
            if index is not None and _cannot_precede(script.source, script.body, index):
                message += f"; give the import in line {line} a line of its own first"
                fixable = False
            rule = f"missing-{self.name}"
            return [Finding(rule, message, line, 1, fixable=fixable)]
        if index is not None and settings_found[0].lineno > line:
            return [
                Finding(
                    f"late-{self.name}",
                    f"{VARIABLE} is set after the import in line {line}, which is too "
                    "late if that imports protobuf; move it up",
                    settings_found[0].lineno,
                    settings_found[0].col_offset + 1,
                    fixable=False,
                )
            ]
        return []

    def insert(self, script: Script, settings: Settings) -> list[Splice]:
        """Put the line in front of the first third-party import."""
        source, body = script.source, script.body
        if not any(finding.fixable for finding in self.findings(script, settings)):
            return []
        index = _third_party(body)
        if index is None:
            leading = _leading(body)
        else:
            leading, _ = _joined(source, body, index)
        block = [COMMENT.encode(), STATEMENT.encode()]
        splices = []
        if not any(map(_binds_os, body[:leading])):
            if neighbour := _sorted_neighbour(body[:leading]):
                splices.append(_import_beside(source, body, neighbour))
            else:
                block = [IMPORT.encode(), b"", *block]
        if index is None and leading:
            line = _line_behind(source, body, leading - 1)
            block = [b"", *block]
        else:
            line = _first_line(source, body, leading)
            if line > _after_header(source) and _line(source, line - 1):
                block = [b"", *block]
                block[-2] += _SPACED.encode()
            # Two blank lines where a definition follows, as black has it.
            block += [b""] if index is not None else [b"", b""]
        start = source.starts[line - 1]
        newline = source.newline(line - 1)
        text = b"".join(row + newline for row in block)
        if start and not source.text[:start].endswith((b"\n", b"\r")):
            text = newline + text.removesuffix(newline)  # the file's last line
        return [*splices, Splice(start, start, text)]

    def remove(self, script: Script, by_hand: bool) -> list[Splice]:
        """Take the line out, with the comment, the import and the blank lines."""
        source, body = script.source, script.body
        splices = []
        imported = _our_import(source, body)
        for index, stmt in enumerate(body):
            if not self.owns(stmt) or isinstance(stmt, ast.Import):
                continue
            if joined := cut_joined(source, Spot(source.tree, body, index)):
                if by_hand:  # a person put it there
                    splices.append(joined)
                continue
            top = stmt.lineno
            comment = _line(source, top - 1)
            if comment.startswith(COMMENT.encode()):
                top -= 1
                if imported == (top - 2, False):
                    top -= 2  # the import stands above, on its own
                elif imported:
                    line = imported[0]
                    splices.append(cut_lines(source, line, line))
                top -= comment.endswith(_SPACED.encode())
            elif not by_hand:
                continue
            splices.append(_cut(source, body, index, top))
        return splices

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement sets the variable, or is the import that this needs."""
        if isinstance(stmt, ast.Import):
            return [(a.name, a.asname) for a in stmt.names] == [("os", None)]
        return _sets(stmt)


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


def _joined(source: Source, body: list[ast.stmt], index: int) -> tuple[int, int]:
    """The first and the last of the statements that share their lines with one."""
    first = last = index
    while first and shares_line(source, body[first - 1], body[first]):
        first -= 1
    while last + 1 < len(body) and shares_line(source, body[last], body[last + 1]):
        last += 1
    return first, last


def _cannot_precede(source: Source, body: list[ast.stmt], index: int) -> bool:
    """Whether what shares a statement's line must stay first in the module."""
    first, _ = _joined(source, body, index)
    before = body[first:index]
    return any(map(_is_future, before)) or bool(not first and _leading_text(before))


def _line_behind(source: Source, body: list[ast.stmt], index: int) -> int:
    """The line behind a statement, and behind those that share its lines."""
    _, last = _joined(source, body, index)
    return source.end_line(body[last]) + 1


def _sorted_neighbour(body: list[ast.stmt]) -> tuple[int, bool] | None:
    """The index of the import that ``import os`` goes beside, and whether in front.

    The last run of standard-library imports, sorted as isort and ruff do by default:
    ``import`` before ``from``, each by name.
    """
    start = len(body)
    while start and isinstance(body[start - 1], ast.Import | ast.ImportFrom):
        if _is_future(body[start - 1]):
            break
        start -= 1
    last = None
    for index, stmt in enumerate(body[start:], start):
        if isinstance(stmt, ast.Import):
            last = index
            if stmt.names[0].name.lower() > "os":
                return index, True
    if last is not None:
        return last, False
    return (start, True) if start < len(body) else None


def _is_future(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.ImportFrom) and stmt.module == "__future__"


def _import_beside(
    source: Source, body: list[ast.stmt], neighbour: tuple[int, bool]
) -> Splice:
    index, in_front = neighbour
    if in_front and not _cannot_precede(source, body, index):
        first, _ = _joined(source, body, index)
        line = source.top(body[first].lineno)
    else:
        line = _line_behind(source, body, index)
    start = source.starts[line - 1]
    return Splice(start, start, IMPORT.encode() + source.newline(line - 1))


def _first_line(source: Source, body: list[ast.stmt], index: int) -> int:
    """The line of a statement, the comments right above it counted in.

    And lines of a backslash alone, which nothing may be put behind.
    """
    line = body[index].lineno
    if decorators := getattr(body[index], "decorator_list", []):
        line = min(line, decorators[0].lineno)
    above = source.end_line(body[index - 1]) + 1 if index else _after_header(source)
    while line > above and _line(source, line - 1).startswith((b"#", b"\\")):
        line -= 1
    return line


def _after_header(source: Source) -> int:
    """The first line that is neither shebang nor coding cookie."""
    line = 1
    while line <= 2 and (
        _line(source, line).startswith(b"#!") or b"coding" in _line(source, line)
    ):
        line += 1
    return line


def _line(source: Source, number: int) -> bytes:
    """A line without its ending and indentation; empty where there is none."""
    if not 1 <= number <= len(source.lines):
        return b""
    return source.lines[number - 1].strip()


def _our_import(source: Source, body: list[ast.stmt]) -> tuple[int, bool] | None:
    """The line of the import that this edit added, and whether it joined a group."""
    imports = [s for s in body if isinstance(s, ast.Import | ast.ImportFrom)]
    lines = {s.lineno for s in imports if not _is_future(s)}
    for line in sorted(lines):
        if _line(source, line) == IMPORT.encode():
            above = any(
                source.end_line(s) == line - 1 and s.lineno in lines for s in imports
            )
            return line, above or line + 1 in lines
    return None


def _cut(source: Source, body: list[ast.stmt], index: int, top: int) -> Splice:
    """Take out a statement from the line ``top``, with the blank line it brought."""
    bottom = source.end_line(body[index])
    following = body[index + 1 :]
    if following:
        following = following[: _joined(source, following, 0)[1] + 1]
    if any(map(_is_third_party, _running(following))):
        bottom += source.is_blank(bottom + 1)
    elif all(_line(source, stmt.lineno) == IMPORT.encode() for stmt in body[:index]):
        while source.is_blank(bottom + 1):
            bottom += 1
    elif source.is_blank(top - 1):
        top -= 1
    return cut_lines(source, top, bottom)


PROTOBUF_ENV = _ProtobufEnv()
