"""The edit that both the guard and its kin are: a function, called in ``main()``.

A subclass says what the function is called, what its text is and which older texts it
recognises; where definition and calls go, and how they are found again, is here.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from codemod.edits.base import Finding
from codemod.edits.removal import Layout, Spot, fill, first_line, remove_call, spots
from codemod.edits.script import Script
from codemod.program import entrypoints
from codemod.program.entrypoints import EntryPoint, Place
from codemod.python.source import Source, Splice
from codemod.python.tree import Function, module_level, own_nodes, statements
from codemod.settings import Settings

__all__ = ["CalledFunction"]


class CalledFunction(ABC):
    """An edit that defines a function and calls it in every entry point.

    Attributes:
        name: The edit's name.
        summary: What it does, in a line.
        function: The name of the function.
        comment: The comment above each call.
    """

    name: str
    summary: str
    function: str
    comment: str

    @abstractmethod
    def render(self, settings: Settings, layout: Layout) -> str:
        r"""The definition, indented by four spaces, lines ended by ``\n``."""

    @abstractmethod
    def upgraded(self, definition: Function, settings: Settings) -> str | None:
        """The text for a definition that an older version wrote, else ``None``."""

    def lack(self, definition: Function, settings: Settings) -> str:
        """What a definition that ``upgraded`` would rewrite lacks, for a message."""
        return "is an older version; --upgrade rewrites it"

    def place(self, script: Script, entry: EntryPoint) -> Place:
        """Where in an entry point the call goes."""
        return entrypoints.place(script.module, entry)

    @property
    def trace(self) -> bytes:
        """The function's name."""
        return self.function.encode()

    # -- looking ------------------------------------------------------------

    def findings(self, script: Script, settings: Settings) -> list[Finding]:
        """What is missing or outdated, in source order."""
        findings = []
        definition = self._is_bound(script)
        for entry in script.entries:
            if not self._is_called(entry):
                findings.append(self._finding(script, entry, "does not call"))
            elif not definition and self._needs_definition(entry):
                findings.append(self._finding(script, entry, "lacks the definition of"))
        for node in self._outdated(script, settings):
            findings.append(
                Finding(
                    f"outdated-{self.name}",
                    f"{self.function} {self.lack(node, settings)}",
                    node.lineno,
                    node.col_offset + 1,
                    fixable=settings.upgrade,
                )
            )
        return findings

    def _finding(self, script: Script, entry: EntryPoint, lack: str) -> Finding:
        subject = "__main__ block" if entry.name == "__main__" else f"{entry.name}()"
        return Finding(
            f"missing-{self.name}",
            f"{subject} {lack} {self.function}",
            entry.node.lineno,
            entry.node.col_offset + 1,
            entry.name,
        )

    def definitions(self, script: Script) -> list[Function]:
        """The function's definitions at module level."""
        return [
            stmt
            for stmt in module_level(script.body)
            if isinstance(stmt, Function) and stmt.name == self.function
        ]

    def _is_bound(self, script: Script) -> bool:
        """Whether the name is defined, imported or assigned at module level."""
        return any(self.function in _bound_names(s) for s in module_level(script.body))

    def _is_imported(self, script: Script) -> bool:
        return self._is_bound(script) and not self.definitions(script)

    def _is_called(self, entry: EntryPoint) -> bool:
        return any(True for _ in self._calls_in(entry.node.body))

    def _needs_definition(self, entry: EntryPoint) -> bool:
        """Whether a call is by the bare name (``guards._eager...()`` is not).

        And by one that the entry point does not import or define itself.
        """
        body = entry.node.body
        if any(self.function in _bound_names(stmt) for stmt in module_level(body)):
            return False
        return any(isinstance(c.func, ast.Name) for c in self._calls_in(body))

    def _calls_in(self, body: list[ast.stmt]) -> Iterator[ast.Call]:
        for stmt in body:
            for node in own_nodes(stmt):
                if isinstance(node, ast.Call) and _last_name(node) == self.function:
                    yield node

    def _outdated(self, script: Script, settings: Settings) -> list[Function]:
        return [
            node
            for node in self.definitions(script)
            if self.upgraded(node, settings) is not None
        ]

    # -- inserting ----------------------------------------------------------

    def insert(self, script: Script, settings: Settings) -> list[Splice]:
        """Add the calls and the definition that are missing; upgrade if asked to."""
        calls = [entry for entry in script.entries if not self._is_called(entry)]
        splices, codes = self._insert_calls(script, calls)
        if self._is_bound(script):
            if settings.upgrade:
                splices += self._upgrade(script, settings)
        elif calls or any(map(self._needs_definition, script.entries)):
            splices.append(self._insert_definition(script, settings, codes))
        return splices

    def _insert_calls(
        self, script: Script, entries: list[EntryPoint]
    ) -> tuple[list[Splice], tuple[str, ...]]:
        """The calls, and the layout codes of all calls that are then in the file."""
        if not entries:
            return [], ()
        # Only now: it imports LibCST, which takes a fifth of a second.
        from codemod.edits.transformer import insert

        # Without a definition of ours there is no docstring to note the layout in,
        # so nothing is added that could not be told apart later.
        spaced = not self._is_imported(script)
        splices = []
        noted = [(spot.stmt.lineno, "-") for spot in self._call_spots(script.source)]
        for entry in entries:
            place = self.place(script, entry)
            change, code = insert(
                script.source, entry, place, self.function, self.comment, spaced=spaced
            )
            splices.append(change)
            noted.append((entry.node.lineno, code))
        return splices, tuple(code for _, code in sorted(noted))

    def _insert_definition(
        self, script: Script, settings: Settings, codes: tuple[str, ...]
    ) -> Splice:
        source = script.source
        line, above = _definition_line(script)
        text = self.render(settings, Layout(above, codes))
        newline = source.newline(line)
        definition = _laid_out(text, source.indent_unit.encode(), newline)
        return Splice(
            source.starts[line - 1],
            source.starts[line - 1],
            newline * above + definition + newline * 2,
        )

    def _upgrade(self, script: Script, settings: Settings) -> list[Splice]:
        source = script.source
        splices = []
        for node in self.definitions(script):
            text = self.upgraded(node, settings)
            if text is None:
                continue
            newline, outer = source.newline(node.lineno), source.indent_of(node)
            definition = _laid_out(text, source.indent_unit.encode(), newline)
            lines = definition.splitlines(keepends=True)
            indented = b"".join(outer + s if s.strip() else s for s in lines)
            new = indented[len(outer) :].rstrip(b"\r\n")
            splices.append(Splice(source.start(node), source.end(node), new))
        return splices

    # -- removing -----------------------------------------------------------

    def remove(self, script: Script, by_hand: bool) -> list[Splice]:
        """Take out every definition and every call, with what came with them."""
        source, layout = script.source, self._layout(script)
        definitions = self.definitions(script)
        inside = {id(stmt) for node in definitions for stmt in statements(node.body)}
        calls = [s for s in self._call_spots(source) if id(s.stmt) not in inside]
        known = len(layout.calls) == len(calls)
        codes: Sequence[str | None] = layout.calls if known else [None] * len(calls)
        code_of = {id(s.stmt): code for s, code in zip(calls, codes, strict=True)}
        gone = code_of.keys() | {id(node) for node in definitions}
        splices = []
        for spot in spots(source.tree) if gone else ():
            if id(spot.stmt) not in gone:
                continue
            if not spot.position and all(id(stmt) in gone for stmt in spot.block):
                splices.append(fill(source, spot.stmt))
            elif isinstance(spot.stmt, Function):
                splices.append(_remove_definition(source, spot, layout.above))
            else:
                code = code_of[id(spot.stmt)]
                splices += remove_call(source, spot, self.comment, code)
        return splices

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is the definition or a call."""
        if isinstance(stmt, Function):
            return stmt.name == self.function
        return self._is_call(stmt)

    def _layout(self, script: Script) -> Layout:
        for node in self.definitions(script):
            return Layout.read(ast.get_docstring(node, clean=False))
        return Layout()

    def _call_spots(self, source: Source) -> Iterator[Spot]:
        """The calls that are statements of their own, in source order."""
        found = spots(source.tree) if self.trace in source.text else ()
        return (spot for spot in found if self._is_call(spot.stmt))

    def _is_call(self, stmt: ast.stmt) -> bool:
        if not isinstance(stmt, ast.Expr) or not isinstance(stmt.value, ast.Call):
            return False
        func = stmt.value.func
        return isinstance(func, ast.Name) and func.id == self.function


def _bound_names(stmt: ast.stmt) -> set[str]:
    if isinstance(stmt, Function | ast.ClassDef):
        return {stmt.name}
    if isinstance(stmt, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in stmt.names}
    if isinstance(stmt, ast.Assign):
        return {target.id for target in stmt.targets if isinstance(target, ast.Name)}
    if isinstance(stmt, ast.AnnAssign) and stmt.value and stmt.simple:
        return {target.id for target in [stmt.target] if isinstance(target, ast.Name)}
    return set()


def _last_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _definition_line(script: Script) -> tuple[int, int]:
    """Where the definition goes: a 1-based line, and blank lines to add above.

    Before the first definition at module level, or before what holds the first
    entry point if that comes earlier; in the gap above it, behind the first run of
    two blank lines, else right above the comment that belongs to what follows.
    """
    source, body = script.source, script.body
    definitions = (
        index
        for index, stmt in enumerate(body)
        if isinstance(stmt, Function | ast.ClassDef)
    )
    first = min([entry.top for entry in script.entries] + list(definitions)[:1])
    line = first_line(body[first])
    gap_start = source.end_line(body[first - 1]) + 1 if first else 1
    blank = 0
    for number in range(gap_start, line):
        if source.lines[number - 1].strip():
            if first and blank >= 2:
                return number, 0
            blank = 0
        else:
            blank += 1
    above = line
    while above > gap_start and _belongs_below(source, above - 1):
        above -= 1
    blank = _blank_lines_above(source, above, gap_start)
    return above, max(2 - blank, 0) if first else 0


def _blank_lines_above(source: Source, line: int, start: int) -> int:
    count = 0
    while line - count > start and source.is_blank(line - count - 1):
        count += 1
    return count


def _belongs_below(source: Source, line: int) -> bool:
    """Whether a line is a comment, or a backslash that joins nothing to the next one.

    A shebang or coding cookie belongs to the file.
    """
    text = source.lines[line - 1].strip()
    if line <= 2 and (text.startswith(b"#!") or b"coding" in text):
        return False
    return text.startswith(b"#") or text == b"\\"


def _laid_out(text: str, unit: bytes, newline: bytes) -> bytes:
    """A rendered definition in a script's own indentation and line endings."""
    lines = []
    for line in text.encode().splitlines():
        content = line.lstrip(b" ")
        lines.append(unit * ((len(line) - len(content)) // 4) + content + newline)
    return b"".join(lines)


def _remove_definition(source: Source, spot: Spot, above: int) -> Splice:
    """Take out a definition and the two blank lines that came with it."""
    # With lines of a backslash alone, which might have nothing to join any more.
    top = source.top(first_line(spot.stmt))
    bottom = source.end_line(spot.stmt)
    count = len(source.lines)
    end = bottom
    while end < min(bottom + 2, count) and not source.lines[end].strip():
        end += 1
    start = top - min(above, _blank_lines_above(source, top, 1))
    if bottom == count or not b"".join(source.lines[end:]).strip():
        # The last one of the file: the blank lines above go instead.
        start = top - _blank_lines_above(source, top, 1)
    return Splice(source.starts[start - 1], source.starts[end], b"")
