"""What this interpreter is, and which transformers it would import; imports nothing."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from .interpreter import interpreter_is_affected

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["classes_of_checkpoint", "look"]


def look(request: dict[str, Any]) -> dict[str, Any]:
    """Describe this interpreter and the transformers that it would import.

    Args:
        request: ``checkpoints``: model names as given to ``from_pretrained``.
    """
    folder = _folder("transformers")
    return {
        "executable": sys.executable,
        "python": ".".join(map(str, sys.version_info[:3])),
        "implementation": sys.implementation.name,
        "affected": interpreter_is_affected(),
        "transformers": _version("transformers", folder),
        "torch": _version("torch", _folder("torch")),
        "checkpoints": {
            name: classes_of_checkpoint(name, folder)
            for name in request.get("checkpoints", ())
            if folder
        },
    }


def _folder(package: str) -> str | None:
    """The folder of an installed package, ``None`` without one; imports nothing."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None or not spec.origin or not spec.submodule_search_locations:
        return None  # Missing, or a folder that merely has the same name.
    return spec.submodule_search_locations[0]


def _version(package: str, folder: str | None) -> str | None:
    """The version of an installed package, ``None`` without one."""
    if folder is None:
        return None
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


def classes_of_checkpoint(checkpoint: str, folder: str) -> list[str]:
    """What transformers imports for a checkpoint's name, read from its file names.

    Args:
        checkpoint: Such as ``google/electra-small-discriminator``.
        folder: Where transformers is installed.

    Returns:
        Names of configuration, model and tokenizer classes, such as
        ``ElectraConfig``; none when the name tells no known model.
    """
    text = re.sub(r"[^a-z0-9]", "", checkpoint.rpartition("/")[2].lower())
    models = os.path.join(folder, "models")
    try:
        kinds = sorted(os.listdir(models), key=len, reverse=True)
    except OSError:
        return []
    for kind in kinds:
        if kind.replace("_", "") in text and kind.isidentifier():
            return sorted(_classes(os.path.join(models, kind), kind))
    return []


def _classes(folder: str, kind: str) -> Iterator[str]:
    """The main classes that a model's folder defines: at most one of a sort."""
    patterns = {
        "configuration_": r"^class (\w+Config)\(",
        "modeling_": r"^class (\w+(?:Model|For\w+))\(",
        "tokenization_": r"^class (\w+Tokenizer)\(",
    }
    for start, pattern in patterns.items():
        path = os.path.join(folder, start + kind + ".py")
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found = re.findall(pattern, file.read(), re.M)
        except OSError:
            continue
        public = [name for name in found if "PreTrained" not in name]
        if public:
            yield min(public, key=len)
