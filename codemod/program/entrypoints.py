"""Where a script's ``main()`` is, and where in it a call goes.

The rules are those of the README's "Which functions" and "Where the call goes". What
cannot be decided for certain is decided in favour of running the guard early: too
early costs a slower ``--help``, too late costs the trials.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.program.parsing import FAMILY, Module, Resolver, uses_global
from codemod.program.place import EntryPoint, Place, Scope, Script, Step
from codemod.python import source
from codemod.python.tree import (
    Function,
    blocks,
    calls,
    is_docstring,
    is_main_block,
    last_name,
    own_nodes,
)

__all__ = ["find", "read"]


def read(
    data: bytes, any_main: bool = False, resolver: Resolver | None = None
) -> Script:
    """Parse a script and find its entry points.

    Args:
        data: The bytes of the file.
        any_main: See :func:`find`.
        resolver: Looks into first-party modules; ``None`` trusts no helper that
            is imported.

    Raises:
        SourceError: The script cannot be read as Python.
    """
    parsed = source.parse(data)
    return Script(parsed, tuple(find(Module(parsed.tree, resolver), any_main)))


def find(module: Module, any_main: bool = False) -> list[EntryPoint]:
    """The entry points of a script, in source order.

    Args:
        module: The script.
        any_main: Whether a ``main`` without argparse counts as well, and failing
            that the ``if __name__ == "__main__":`` block (``--entry any``).
    """
    found = []
    for path, stmt in _functions(module.tree.body, ()):
        kind = ""
        if _is_hydra(module, stmt):
            kind = "hydra"
        elif stmt.name == "main":
            kind = "argparse" if _is_argparse(module, stmt) else "any" * any_main
        if kind:
            gap = _place_in(module, stmt, kind)
            gap = Place((*path, *gap.path), gap.gap)
            scopes = (Scope(stmt, None),)
            found.append(EntryPoint(stmt.name, kind, stmt, gap, scopes))
    if found or not any_main:
        return found
    for top, block in enumerate(module.tree.body):
        if isinstance(block, ast.If) and is_main_block(block):
            gap = _place_in(module, block, "any")
            gap = Place(((top, "body"), *gap.path), gap.gap)
            scopes = (Scope(module.tree, None),)
            found.append(EntryPoint("__main__", "any", block, gap, scopes))
    return found


def _place_in(module: Module, node: Function | ast.If, kind: str) -> Place:
    """Where in an entry point the call goes, from its own body on."""
    body = node.body
    first = int(is_docstring(body[0])) if isinstance(node, Function) else 0
    if kind == "hydra":
        return Place((), first)
    return _Placer(module).place(body) or Place((), first)


_BLOCKS = ("body", "handlers", "cases", "orelse", "finalbody")


def _functions(
    body: Sequence[ast.AST], path: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], Function]]:
    """The functions at module level, with the ways to their bodies."""
    for index, stmt in enumerate(body):
        if isinstance(stmt, Function):
            yield (*path, (index, "body")), stmt
        elif not isinstance(stmt, ast.ClassDef):
            for name in _BLOCKS:
                inner = getattr(stmt, name, None)
                if isinstance(inner, list):
                    yield from _functions(inner, (*path, (index, name)))


def _is_hydra(module: Module, function: Function) -> bool:
    return any(_is_hydra_main(module, node) for node in function.decorator_list)


def _is_hydra_main(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return module.qualified(node.func) in _hydra_names(module)
    # A decorator that was made before: `app = hydra.main(...)`, then `@app`.
    value = _assigned(module, node)
    return isinstance(value, ast.Call) and _is_hydra_main(module, value)


def _hydra_names(module: Module) -> set[str]:
    """``hydra.main`` and the module-level names for it, or for a partial of it."""
    aliases = {"hydra.main", "hydra.main.main"}
    for name, value in _assignments(module):
        if isinstance(value, ast.Call):
            if module.qualified(value.func) != "functools.partial" or not value.args:
                continue
            value = value.args[0]
        if module.qualified(value) in aliases:
            aliases.add(name)
    return aliases


def _assigned(module: Module, node: ast.expr) -> ast.expr | None:
    if isinstance(node, ast.Name):
        for name, value in _assignments(module):
            if name == node.id:
                return value
    return None


def _assignments(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for stmt in module.tree.body:
        if isinstance(stmt, ast.Assign):
            for target in stmt.targets:
                if isinstance(target, ast.Name):
                    yield target.id, stmt.value


def _is_argparse(module: Module, function: Function) -> bool:
    return module.any_parses(function.body) or module.parses_at_module_level()


class _Placer:
    """Finds the gap behind the parse of a body; see the module's docstring."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def place(self, body: Sequence[ast.stmt]) -> Place | None:
        """The gap in ``body``, or ``None`` where nothing parses."""
        for index, stmt in enumerate(body):
            if self.module.holds_parse(stmt):
                return self._after_last(body, index)
        return None

    def _after_last(self, body: Sequence[ast.stmt], first: int) -> Place:
        """Behind the last of several parses with only set-up between them."""
        best = self._at(body, first)
        if best != Place((), first + 1):
            return best
        for index in range(first + 1, len(body)):
            if self.module.holds_parse(body[index]):
                best = self._at(body, index)
                if best != Place((), index + 1):
                    break
            elif not self._is_setup(body[index]):
                break
        return best

    def _at(self, body: Sequence[ast.stmt], index: int) -> Place:
        """The gap for one statement that parses."""
        stmt = body[index]
        if block := self._block_to_enter(stmt):
            inner = self.place(getattr(stmt, block))
            assert inner is not None
            return Place(((index, block), *inner.path), inner.gap)
        return Place((), index + 1 if self._only_parses(stmt) else index)

    def _block_to_enter(self, stmt: ast.stmt) -> str | None:
        """The one block of a ``try`` or ``with`` that parses, if it is the one."""
        if isinstance(stmt, ast.With | ast.AsyncWith):
            if any(self.module.holds_parse(item) for item in stmt.items):
                return None
            return "body"
        if not _is_try(stmt):
            return None
        if any(self._any_parses(handler.body) for handler in _handlers(stmt)):
            return None  # one block would leave the other way out unguarded
        names = ("body", "orelse", "finalbody")
        parsing = [name for name in names if self._any_parses(getattr(stmt, name))]
        return parsing[0] if len(parsing) == 1 else None

    def _any_parses(self, body: Sequence[ast.stmt]) -> bool:
        return any(self.module.holds_parse(stmt) for stmt in body)

    def _only_parses(self, stmt: ast.stmt) -> bool:
        """Whether a statement that parses does nothing else, so may run first."""
        if isinstance(stmt, ast.Assign | ast.AnnAssign | ast.AugAssign):
            if stmt.value is None:  # an annotation, which does what it likes
                return False
            if isinstance(stmt, ast.Assign):
                return self._hands_over(stmt.value, stmt.targets)
            return self._hands_over(stmt.value, [stmt.target])
        if isinstance(stmt, ast.Expr):
            return self._keeps_nothing(stmt.value)
        branches = _branches(stmt)
        if branches is None:
            return False
        conditions, bodies = branches
        if any(self.module.holds_parse(part) for part in conditions):
            return False
        return all(self._is_quiet(inner) for body in bodies for inner in body)

    def _is_quiet(self, stmt: ast.stmt) -> bool:
        """Whether a statement in a branch parses or sets up, and nothing else."""
        if self.module.holds_parse(stmt):
            return self._only_parses(stmt)
        return self._is_setup(stmt)

    def _hands_over(self, value: ast.expr, targets: list[ast.expr]) -> bool:
        """Whether an assignment keeps the parsed arguments, not a result of work.

        ``args = apply_defaults(parse_args())`` does, ``score = run(parse_args())``
        does not: what is called with the arguments, or what the result is called,
        must say that it is about arguments.
        """
        if any(map(self.module.runs_what_it_parses, self.module.parse_calls(value))):
            return False
        names = [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        if any(_words(name) & _ARGUMENT_WORDS for name in names):
            return True
        return all(
            _words(last_name(call.func)) & (_ARGUMENT_WORDS | _CONVERSION_WORDS)
            or self._is_quiet_helper(call)
            for call in [*self._outer_calls(value), *self._helper_calls(value)]
        )

    def _keeps_nothing(self, value: ast.expr) -> bool:
        """Whether an expression statement parses and nothing else.

        A helper that returns nothing and binds no global names keeps what it parsed
        to itself, so it must be the one that does the work.
        """
        helpers = [self.module.helper(call) for call in self._helper_calls(value)]
        return (
            not self._outer_calls(value)
            and all(helper and uses_global(helper) for helper in helpers)
            and not any(
                map(self.module.runs_what_it_parses, self.module.parse_calls(value))
            )
        )

    def _outer_calls(self, value: ast.expr) -> list[ast.Call]:
        """The calls that work on the result of a parse, or on each part of it."""
        outer = [
            call
            for call in calls(value)
            if any(inner is not call for inner in self.module.parse_calls(call))
        ]
        for node in own_nodes(value):
            if isinstance(node, _COMPREHENSIONS) and self.module.holds_parse(node):
                parts = ast.iter_child_nodes(node)
                results = [p for p in parts if not isinstance(p, ast.comprehension)]
                outer += [call for result in results for call in calls(result)]
        return outer

    def _helper_calls(self, value: ast.expr) -> list[ast.Call]:
        """The calls of functions that parse, as opposed to ``parse_args`` itself."""
        parses = self.module.parse_calls(value)
        return [call for call in parses if not self.module.is_direct_parse(call)]

    def _is_quiet_helper(self, call: ast.Call) -> bool:
        """Whether a function of the same file parses and does nothing else."""
        helper = self.module.helper(call)
        return helper is not None and all(
            self.module.is_direct_parse(inner) or self._is_harmless(inner)
            for stmt in helper.body
            for inner in calls(stmt)
        )

    def _is_setup(self, stmt: ast.stmt) -> bool:
        """Whether a statement only builds parsers, reads defaults, or reports."""
        if isinstance(stmt, Function | ast.ClassDef):
            return True
        return all(
            self._is_harmless(node)
            for node in ast.walk(stmt)
            if isinstance(node, ast.Call)
        )

    def _is_harmless(self, call: ast.Call) -> bool:
        qualified = self.module.qualified(call.func)
        if qualified is not None:
            root = qualified.partition(".")[0]
            if qualified in _HARMLESS_BUILTINS or root in _HARMLESS_MODULES:
                return True
        return bool(_words(last_name(call.func)) & _SETUP_WORDS)


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ARGUMENT_WORDS = frozenset(
    "arg args arguments argv cfg cli conf config configs configuration configure "
    "dict flags hparams kwargs namespace opt option options opts param parameters "
    "params settings".split()
)
_CONVERSION_WORDS = frozenset(
    "apply check copy default defaults deepcopy fill fix get items merge normalize "
    "parse parser postprocess preprocess process replace resolve sanitize set tuple "
    "update validate vars list sorted asdict create".split()
)
_SETUP_WORDS = frozenset(
    "add append arg args argument arguments default defaults endswith error exit "
    "extend format get group items join keys load lower parser parsers pop read "
    "safe_load set split startswith strip subparsers update upper values "
    "help usage".split()
)
_HARMLESS_BUILTINS = frozenset(
    "any all bool dict enumerate float getattr hasattr int isinstance len list max "
    "min open print range repr set setattr sorted str tuple type vars zip".split()
)
_HARMLESS_MODULES = FAMILY | frozenset(
    "ast json logging os pathlib re sys textwrap toml tomllib warnings yaml".split()
)


def _words(name: str) -> set[str]:
    """The lower-case words of a snake_case or CamelCase name."""
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in name)
    return {name.lower(), *name.lower().split("_"), *spaced.replace("_", " ").split()}


def _branches(
    stmt: ast.stmt,
) -> tuple[list[ast.expr], list[list[ast.stmt]]] | None:
    """The conditions and the blocks of an ``if``, ``match`` or ``try``."""
    if _is_try(stmt):
        return [], list(blocks(stmt))
    if isinstance(stmt, ast.Match):
        return [stmt.subject], list(blocks(stmt))
    if not isinstance(stmt, ast.If):
        return None
    conditions, bodies = [stmt.test], [stmt.body]
    while len(stmt.orelse) == 1 and isinstance(stmt.orelse[0], ast.If):
        stmt = stmt.orelse[0]  # elif, without recursion: there may be thousands
        conditions.append(stmt.test)
        bodies.append(stmt.body)
    return conditions, [*bodies, stmt.orelse]


def _is_try(stmt: ast.stmt) -> bool:
    return type(stmt).__name__ in ("Try", "TryStar")  # TryStar is new in 3.11


def _handlers(stmt: ast.stmt) -> list[ast.ExceptHandler]:
    return getattr(stmt, "handlers", [])
