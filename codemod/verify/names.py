"""What a script's trials import from transformers: what reached code uses by name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from codemod.program.libraries import INSERTED
from codemod.program.reach import Reach
from codemod.python.tree import dotted, statements
from codemod.verify.guards import is_name

__all__ = ["DEFAULT_TRIALS", "Trials", "in_order", "trials"]

DEFAULT_TRIALS = (
    "AutoConfig",
    "AutoModel",
    "AutoModelForCausalLM",
    "AutoModelForSequenceClassification",
    "AutoTokenizer",
    "BertConfig",
    "BertModel",
    "BertTokenizer",
    "DataCollatorWithPadding",
    "DebertaV2Model",
    "DistilBertConfig",
    "DistilBertForSequenceClassification",
    "ElectraConfig",
    "GPT2Config",
    "GPT2LMHeadModel",
    "LlamaForCausalLM",
    "PreTrainedModel",
    "RobertaConfig",
    "RobertaForSequenceClassification",
    "T5Config",
    "T5ForConditionalGeneration",
    "Trainer",
    "TrainingArguments",
    "ViTConfig",
    "ViTModel",
    "pipeline",
)
"""What trials import when their source does not say: configurations and tokenizers,
which need no torch, and models, which bring in what models share."""

_LIBRARY = "transformers"
_MOST_NAMES = 200
"""Names of one script that are tried; each is an import in a thread."""


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

    def with_classes(self, known: dict[str, list[str]]) -> frozenset[str]:
        """The names, and the classes of the checkpoints.

        Args:
            known: The names of classes by checkpoint.
        """
        classes = [name for c in self.checkpoints for name in known.get(c, ())]
        return frozenset(filter(is_name, (*self.names, *classes)))


def in_order(own: Iterable[frozenset[str]]) -> list[str]:
    """All names to import: the scripts' first, and packages before what is in them.

    A name that comes right from a model's package only shows the race when it is the
    first to import that package.
    """
    names = frozenset[str]().union(*own)
    return [
        *sorted(names, key=lambda name: ("." not in name, name.count("."), name)),
        *(name for name in DEFAULT_TRIALS if name not in names),
    ]


def trials(reach: Reach) -> Trials:
    """Collect what a script's code imports from transformers when it runs.

    Args:
        reach: What the script reaches.
    """
    found = Trials()
    modules: dict[ast.Module, None] = {}
    for unit in reach:
        # What our own functions import is not what trials do.
        if unit.name in INSERTED:
            continue
        names = [n for n in reach.names(unit) if n.partition(".")[0] == _LIBRARY]
        for name in names:
            found.add(_imported(name))
        modules[unit.module.tree] = None
    for tree in modules:
        for checkpoint in _checkpoints(tree):
            found.checkpoints[checkpoint] = None
    return found


def _imported(name: str) -> str:
    """What of a qualified name is imported: a class, not a method of it.

    Without a class, the module that a function is in: that is what takes an import.
    """
    parts = name.split(".")
    for end, part in enumerate(parts, 1):
        if part[:1].isupper() and not part.isupper():
            return ".".join(parts[:end])
    return ".".join(parts[:-1] if len(parts) > 2 else parts)


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
