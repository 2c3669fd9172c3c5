"""What ``ast`` says a module imports: the judge of :func:`codemod.program.scan.scan`.

Written for exactness, not for speed, and on purpose without the scanner's ideas.
"""

from __future__ import annotations

import ast

__all__ = ["imported"]


def imported(source: bytes) -> set[str]:
    """Return the names that ``scan(source).imports`` should hold.

    Raises:
        SyntaxError: ``ast`` refuses the module.
    """
    tree = ast.parse(source)
    aliases = {"TYPE_CHECKING"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            aliases |= {
                alias.asname
                for alias in node.names
                if alias.name == "TYPE_CHECKING" and alias.asname
            }
    found: set[str] = set()
    _collect(tree, aliases, found)
    return found


def _collect(node: ast.AST, aliases: set[str], found: set[str]) -> None:
    if isinstance(node, ast.If):
        value = _value(node.test, aliases)
        _collect(node.test, aliases, found)
        for statement in [
            *(node.body if value is not False else []),
            *(node.orelse if value is not True else []),
        ]:
            _collect(statement, aliases, found)
        return
    if isinstance(node, ast.Import):
        found.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = "." * node.level + (node.module or "")
        separator = "." if node.module else ""
        for alias in node.names:
            found.add(module if alias.name == "*" else module + separator + alias.name)
    elif isinstance(node, ast.Call):
        found.update(_called(node))
    for child in ast.iter_child_nodes(node):
        _collect(child, aliases, found)


def _called(node: ast.Call) -> set[str]:
    function = node.func
    name = getattr(function, "attr", None) or getattr(function, "id", None)
    if name not in ("import_module", "__import__"):
        return set()
    arguments = [*node.args, *(k.value for k in node.keywords if k.arg == "name")]
    if not arguments or not isinstance(arguments[0], ast.Constant):
        return set()
    value = arguments[0].value
    if not isinstance(value, str) or not value.strip("."):
        return set()
    if not all(part.isidentifier() for part in value.lstrip(".").split(".")):
        return set()
    package = next((k.value for k in node.keywords if k.arg == "package"), None)
    if package is None and len(node.args) > 1:
        package = node.args[1]
    if value.startswith(".") and isinstance(package, ast.Constant):
        up = len(value) - len(value.lstrip("."))
        parts = str(package.value).split(".")
        return {".".join([*parts[: len(parts) - up + 1], value.lstrip(".")])}
    return {value}


def _value(test: ast.expr, aliases: set[str]) -> bool | None:
    if isinstance(test, ast.Name):
        return False if test.id in aliases else None
    if isinstance(test, ast.Attribute):
        return False if test.attr == "TYPE_CHECKING" else None
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        value = _value(test.operand, aliases)
        return None if value is None else not value
    if isinstance(test, ast.BoolOp):
        values = [_value(value, aliases) for value in test.values]
        if isinstance(test.op, ast.And):
            if False in values:
                return False
            return None if None in values else True
        if True in values:
            return True
        return None if None in values else False
    return None
