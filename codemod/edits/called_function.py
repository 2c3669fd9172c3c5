"""The edit that the guard and the repair of threads are: a function and its calls.

A subclass says what the function is called, what its text is and which definitions
have it; where definition and calls go, and how they are found again, is here.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod

from codemod.edits.base import Finding, Insertion, Kind, indented
from codemod.edits.binding import (
    function_around,
    has_own,
    index_of,
    is_bound,
    line_of,
    obstacle,
)
from codemod.edits.recognition import calls_of
from codemod.edits.removal import (
    comment_top,
    fill,
    remove_definition,
    remove_statement,
    wrapped,
)
from codemod.edits.written import Written, find_written
from codemod.program.place import EntryPoint, Place, Scope, Script
from codemod.python.source import Source, Splice
from codemod.python.tree import (
    Function,
    called,
    module_level,
    spots,
    statements_at,
)
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
    def render(self, settings: Settings) -> str:
        r"""The definition, indented by four spaces, lines ended by ``\n``."""

    @abstractmethod
    def is_ours(self, definition: Function) -> bool:
        """Whether a definition is the tool's own, and nobody edited it."""

    def update(self, definition: Function, settings: Settings) -> str | None:
        """The text that a definition is replaced by; ``None`` where it stays."""
        return None

    def lack(self, definition: Function, settings: Settings) -> str:
        """What a definition lacks, for a message; nothing where it lacks nothing."""
        return ""

    def place(self, script: Script, entry: EntryPoint) -> Place:
        """Where in an entry point the call goes."""
        return entry.place

    def kind(self, source: Source, place: Place) -> Kind:
        """How a call is laid out at a place."""
        return "call"

    @property
    def trace(self) -> bytes:
        """The function's name."""
        return self.function.encode()

    # -- looking ------------------------------------------------------------

    def findings(self, script: Script, settings: Settings) -> list[Finding]:
        """What is missing or outdated, in source order."""
        findings = [f for e in script.entries if (f := self._missing(script, e))]
        for node in self.definitions(script.source):
            if lack := self.lack(node, settings):
                findings.append(
                    Finding(
                        f"outdated-{self.name}",
                        f"{self.function} {lack}",
                        node.lineno,
                        node.col_offset + 1,
                        fixable=self.update(node, settings) is not None,
                    )
                )
        return findings

    def _missing(self, script: Script, entry: EntryPoint) -> Finding | None:
        """What an entry point lacks, and why that cannot be put right if so."""
        calls = self._calls(script, entry)
        reason = ""
        if not calls:
            lack = f"does not call {self.function}"
            place, limit = self.place(script, entry), _module_limit(entry)
            reason = obstacle(script, place, self.function, limit)
        elif self._needs_definition(script, entry, calls):
            lack = f"lacks the definition of {self.function}"
        else:
            return None
        subjects = {"__main__": "__main__ block", "<module>": "the module"}
        subject = subjects.get(entry.name, f"{entry.name}()")
        message = "; left alone: ".join(filter(None, [f"{subject} {lack}", reason]))
        rule, fixable = f"missing-{self.name}", not reason
        return Finding(rule, message, *entry.position, entry.name, fixable)

    def is_called(self, script: Script, entry: EntryPoint) -> bool:
        """Whether the function is called in front of an entry point's trials."""
        return bool(self._calls(script, entry))

    def _calls(self, script: Script, entry: EntryPoint) -> list[tuple[Scope, ast.Call]]:
        return calls_of(self.function, script, entry)

    def _needs_definition(
        self, script: Script, entry: EntryPoint, calls: list[tuple[Scope, ast.Call]]
    ) -> bool:
        """Whether all calls are by a name that nothing binds.

        ``guards._eager...()`` needs no definition, nor does a call by a local name.
        """
        return all(
            isinstance(call.func, ast.Name)
            and not self._is_bound(script, entry, scope.node, call.lineno)
            for scope, call in calls
        )

    def _is_bound(
        self, script: Script, entry: EntryPoint, around: ast.AST | None, line: int
    ) -> bool:
        """Whether a call finds the name: in its function, else in the module.

        Args:
            script: The script.
            entry: The entry point that the call is for.
            around: The function that the call is in, if it is in one.
            line: The line of the call.
        """
        body = script.source.tree.body
        if not isinstance(around, Function):
            return is_bound(script, body, self.function, line)
        if has_own(script, around, self.function):
            return True
        return is_bound(script, body, self.function, _module_limit(entry))

    def definitions(self, source: Source) -> list[Function]:
        """The function's definitions at module level."""
        return [
            stmt
            for stmt in module_level(source.tree.body)
            if isinstance(stmt, Function) and stmt.name == self.function
        ]

    # -- inserting ----------------------------------------------------------

    def insertions(self, script: Script, settings: Settings) -> list[Insertion]:
        """The calls and the definition that are missing."""
        source = script.source
        calls: dict[Place, Insertion] = {}
        tops = []
        for entry in script.entries:
            finding = self._missing(script, entry)
            if finding is None or not finding.fixable:
                continue
            place = self.place(script, entry)
            if found := self._calls(script, entry):
                tops += [_top(script, call.lineno) for _, call in found]
            else:
                call = calls[place] = self._call(source, place)
                function = function_around(source.tree, place)
                line = line_of(statements_at(source.tree, place.path), place.gap)
                if self._is_bound(script, entry, function, line):
                    continue
                gap = place.gap - (call.kind == "behind")
                tops.append(place.path[0][0] if place.path else gap)
            if limit := _module_limit(entry):
                tops.append(_top(script, limit))
        if not tops:
            return list(calls.values())
        top = min(tops + _first_definition(source.tree.body))
        text = self.render(settings)
        return [Insertion(Place((), top), text, "definition"), *calls.values()]

    def _call(self, source: Source, place: Place) -> Insertion:
        first = statements_at(source.tree, place.path)[0]
        lines = wrapped(self.comment, source.indent_of(first).decode())
        text = "\n".join([*lines, f"{self.function}()\n"])
        return Insertion(place, text, self.kind(source, place))

    def updates(self, script: Script, settings: Settings) -> list[Splice]:
        """The definitions that are replaced by the text of today."""
        source = script.source
        splices = []
        for node in self.definitions(source):
            text = self.update(node, settings)
            if text is not None:
                last = source.end_line(node)  # with the comment behind the last name
                end = source.starts[last - 1] + len(source.lines[last - 1].rstrip())
                new = _laid_out(source, text, node)
                splices.append(Splice(source.start(node), end, new))
        return splices

    # -- removing -----------------------------------------------------------

    def removals(self, script: Script) -> list[Splice]:
        """The tool's definitions and calls, with what came with them."""
        source = script.source
        found = self._written(source)
        gone = {id(stmt) for stmt in (*found.calls, *found.removable)}
        splices = []
        for spot in spots(source.tree):
            stmt = spot.stmt
            if id(stmt) not in gone:
                continue
            top = comment_top(source, stmt.lineno, self.comment) or stmt.lineno
            if not spot.position and all(id(stmt) in gone for stmt in spot.block):
                splices += fill(source, stmt, top)
            elif isinstance(stmt, Function):
                splices.append(remove_definition(source, spot))
            else:
                removed = isinstance(spot.before, Function) and id(spot.before) in gone
                splices.append(remove_statement(source, spot, top, removed))
        return splices

    def kept(self, script: Script) -> list[Finding]:
        """What a person wrote or edited, and what is used or may be."""
        found = self._written(script.source)
        findings = []
        for node in self.definitions(script.source):
            if node not in found.definitions:
                why = "a person wrote or edited it"
            elif found.users:
                why = f"line {min(found.users)} still uses it"
            elif not found.calls:
                why = (
                    "it is not called in this file, so other files may import it; "
                    "take it out by hand if none does"
                )
            else:
                continue
            findings.append(self._kept(node, f"{self.function} stays: {why}"))
        what = f"the call of {self.function} stays"
        why = "a person wrote a comment behind it; take it out by hand"
        return findings + [self._kept(stmt, f"{what}: {why}") for stmt in found.edited]

    def _kept(self, stmt: ast.stmt, message: str) -> Finding:
        position = (stmt.lineno, stmt.col_offset + 1)
        return Finding(f"kept-{self.name}", message, *position, fixable=False)

    def _written(self, source: Source) -> Written:
        """What this tool wrote."""
        if self.trace not in source.text:
            return Written()
        definitions = self.definitions(source)
        ours = [node for node in definitions if self.is_ours(node)]
        return find_written(source, self.function, self.comment, definitions, ours)

    def owns(self, stmt: ast.stmt) -> bool:
        """Whether a statement is the definition or a call."""
        if isinstance(stmt, Function):
            return stmt.name == self.function
        return called(stmt) == self.function


def _module_limit(entry: EntryPoint) -> int | None:
    """The line up to which the module has run when an entry point is entered."""
    for scope in entry.scopes:
        if isinstance(scope.node, ast.Module) and scope.limit:
            return scope.limit[0]
    return None


def _first_definition(body: list[ast.stmt]) -> list[int]:
    """The index of the first function or class of a module, if it has one."""
    kinds = (Function, ast.ClassDef)
    return [i for i, stmt in enumerate(body) if isinstance(stmt, kinds)][:1]


def _top(script: Script, line: int) -> int:
    """The index of the module's statement that a line is in."""
    return index_of(script, script.source.tree.body, line)


def _laid_out(source: Source, text: str, node: Function) -> bytes:
    """A rendered definition in the place of another one, without its first indent."""
    outer = source.indent_of(node).decode()
    own = indented(text.rstrip(), source.indent_unit, outer).removeprefix(outer)
    return own.encode().replace(b"\n", source.newline(node.lineno))
