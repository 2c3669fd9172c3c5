"""What a script's trials import from transformers, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from codemod.edits import guard
from codemod.edits import thread_safety as loading
from codemod.program.imports import Project
from codemod.python import source
from codemod.python.source import SourceError
from codemod.python.tree import bindings, dotted, statements
from codemod.verify.guards import is_name

__all__ = ["Trials", "trials"]

_LIBRARY = "transformers"
_OURS = (guard.FUNCTION, loading.FUNCTION)
#: First-party modules that are read for one script; nobody's script needs more.
_MOST_MODULES = 2000
#: Names of one script that are tried; each is an import in a thread.
_MOST_NAMES = 200


@dataclass
class Trials:
    """What the trials of a script may import.

    Attributes:
        names: ``BertModel`` for ``from transformers import BertModel``, and
            ``transformers.models.bert.BertModel`` for an import from that package;
            in the order in which they were found, each once.
        checkpoints: The literal model names, such as ``bert-base-uncased``.
    """

    names: dict[str, None] = field(default_factory=dict)
    checkpoints: dict[str, None] = field(default_factory=dict)

    def add(self, name: str) -> None:
        """Add a name, without the library's own where it comes right from it."""
        module, _, last = name.rpartition(".")
        short = last if module == _LIBRARY else name
        # Dunders, as in transformers.__version__, are there from the start.
        if not is_name(short) or short == _LIBRARY or ".__" in name:
            return
        if len(self.names) < _MOST_NAMES:
            self.names[short] = None


def trials(path: str, project: Project) -> Trials:
    """Collect what a script and its first-party modules import from transformers.

    Args:
        path: The script.
        project: Finds and reads the first-party modules.

    Returns:
        Nothing for a file that cannot be read or parsed.
    """
    found = Trials()
    for file in _modules(path, project):
        data = project.read(file)
        if data is None or _LIBRARY.encode() not in data:
            continue
        try:
            tree = source.parse(data).tree
        except (SourceError, RecursionError):
            continue  # A module that does not parse is no error of the script.
        # What our own functions import is not what trials do.
        tree.body = [s for s in tree.body if getattr(s, "name", None) not in _OURS]
        for name in _imported(tree):
            found.add(name)
        for checkpoint in _checkpoints(tree):
            found.checkpoints[checkpoint] = None
    return found


def _modules(script: str, project: Project) -> Iterator[str]:
    """The script, and the first-party modules that its imports run."""
    seen = {script: None}
    waiting = [script]
    while waiting and len(seen) < _MOST_MODULES:
        path = waiting.pop(0)
        yield path
        for name in project.scan(path).imports:
            if name.partition(".")[0] == _LIBRARY:
                continue  # First-party only in the library's own repository.
            for file in project.resolve(path, name, script):
                if file not in seen:
                    seen[file] = None
                    waiting.append(file)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Names imported from transformers, and attributes used on its modules."""
    for stmt in statements(tree.body):
        if isinstance(stmt, ast.ImportFrom) and not stmt.level and stmt.module:
            if stmt.module.partition(".")[0] == _LIBRARY:
                yield from (f"{stmt.module}.{a.name}" for a in stmt.names)
        elif isinstance(stmt, ast.Import):
            yield from (
                a.name for a in stmt.names if a.name.startswith("transformers.")
            )
    modules = {
        name: binding.qualified
        for name, binding in bindings(tree).items()
        if binding.qualified.partition(".")[0] == _LIBRARY and not binding.level
    }
    inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            yield from _attribute(node, modules)


def _attribute(node: ast.Attribute, modules: dict[str, str]) -> Iterator[str]:
    """``transformers.AutoModel`` of ``transformers.AutoModel.from_pretrained``."""
    first, *path = (dotted(node) or "").split(".")
    module = modules.get(first)
    if module is None or not path or _is_class(module):
        return
    # Up to the class; without one, the function or module that is asked for first.
    end = next((i for i, part in enumerate(path) if _is_class(part)), 0)
    yield ".".join([module, *path[: end + 1]])


def _is_class(name: str) -> bool:
    return name.rpartition(".")[2][:1].isupper()


def _checkpoints(tree: ast.Module) -> Iterator[str]:
    """Literal model names: in ``from_pretrained``, and defaults of model options."""
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        for value in _model_arguments(node):
            if isinstance(value, ast.Name):
                value = constants.get(value.id, value)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                text = value.value.strip()
                if 0 < len(text) < 100 and text[0] not in "./\\~":
                    yield text


def _constants(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for stmt in statements(tree.body):
        if isinstance(stmt, ast.Assign) and isinstance(stmt.targets[0], ast.Name):
            yield stmt.targets[0].id, stmt.value


def _model_arguments(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that may be a model's name."""
    name = (dotted(call.func) or "").rpartition(".")[2]
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "from_pretrained":
        yield from call.args[:1]
        if "pretrained_model_name_or_path" in keywords:
            yield keywords["pretrained_model_name_or_path"]
    elif name == "pipeline" and "model" in keywords:
        yield keywords["model"]
    elif name == "add_argument" and "default" in keywords:
        options = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        if any("model" in str(option) for option in options):
            yield keywords["default"]
