"""What the YAML of a Hydra application says: its sweeper, and what it instantiates.

The command line may choose any option of the groups that the primary configuration
offers, so all of them count: ``hparams_search/optuna.yaml`` names the sweeper in many
projects. Groups that it does not offer belong to other scripts.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from codemod.search.reading import read_regular

__all__ = ["Configuration", "read_configuration"]

_SUFFIXES = (".yaml", ".yml")
# What runs leave behind is no configuration: Hydra writes each run's there.
_RUN_FOLDERS = frozenset({"outputs", "multirun", "__pycache__", "node_modules"})
_MOST_FILES = 20_000  # the first ones; those beside the primary one come first
_MOST_BYTES = 1 << 18  # of one file; a configuration is written by hand
_SIGNS = (b"sweeper", b"_target_", b"defaults")
_PLUGIN = re.compile(r"hydra_plugins\.\w*sweeper")
_INNOCENT = frozenset({"basic", "null", "none", ""})


class Configuration(NamedTuple):
    """What was found.

    Attributes:
        sweeper: How a sweeper is named, such as ``hydra/sweeper: optuna``; or empty.
        file: The file that names it.
        targets: The dotted names of all ``_target_``.
    """

    sweeper: str = ""
    file: str = ""
    targets: tuple[str, ...] = ()


def read_configuration(folder: str, primary: str) -> Configuration:
    """Read the configuration of an application.

    Args:
        folder: The folder of its ``config_path``.
        primary: Its ``config_name``; empty where that is not known: then every file
            in the folder may be the primary one.
    """
    found = Configuration()
    seen = dict[str, None]()
    name = primary.removesuffix(".yaml").removesuffix(".yml")
    for file, content in _files(folder, name):
        seen.update(dict.fromkeys(_targets(content)))
        if not found.sweeper and (sweeper := _sweeper(content)):
            found = found._replace(sweeper=sweeper, file=file)
    return found._replace(targets=tuple(seen))


def _files(folder: str, primary: str) -> Iterator[tuple[str, Any]]:
    """The primary configuration, and what it includes or offers, each file once."""
    known = _yaml_below(folder)
    groups: dict[str, list[str]] = {}  # a group holds those in its subgroups as well
    for name in known:
        group = name.rpartition("/")[0]
        while group:
            groups.setdefault(group, []).append(name)
            group = group.rpartition("/")[0]
    wanted = [primary] if primary in known else [n for n in known if "/" not in n]
    seen = set(wanted)
    for name in wanted:  # grows while it is read
        content = _load(known[name])
        yield known[name], content
        base = name.rpartition("/")[0]
        for included in _included(content, base):
            found = [included] if included in known else []
            for more in (*found, *groups.pop(included, ())):
                if more not in seen:
                    seen.add(more)
                    wanted.append(more)


def _yaml_below(folder: str) -> dict[str, str]:
    """The YAML files below a folder, by their names as Hydra has them."""
    found: dict[str, str] = {}
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and f not in _RUN_FOLDERS
        )
        below = os.path.relpath(here, folder).replace(os.sep, "/")
        for file in sorted(files):
            name, suffix = os.path.splitext(file)
            if suffix in _SUFFIXES:
                key = name if below == "." else f"{below}/{name}"
                found[key] = os.path.join(here, file)
        if len(found) > _MOST_FILES:
            break
    return found


def _load(file: str) -> Any:
    """The content of a file that may matter here; ``None`` where it does not."""
    try:
        data = read_regular(file, _MOST_BYTES) or b""
    except OSError:
        return None
    if not any(sign in data for sign in _SIGNS):
        return None
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(data, loader)
    except (yaml.YAMLError, ValueError, RecursionError, TypeError):
        return None


def _nodes(content: Any) -> Iterator[dict[Any, Any]]:
    """All mappings in a document; each once, however often aliases repeat it."""
    stack, seen = [content], set[int]()
    while stack:
        node = stack.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict):
            yield node
            stack += reversed(list(node.values()))
        else:
            stack += reversed(node)


def _defaults(content: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a defaults list: a group with its option, or a name."""
    entries = content.get("defaults") if isinstance(content, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry, None
        elif isinstance(entry, dict):
            for key, value in entry.items():
                yield str(key), value


def _included(content: Any, base: str) -> Iterator[str]:
    """The groups and files that a defaults list names, relative to the folder."""
    for key, _ in _defaults(content):
        name = key.split("@")[0].split()[-1] if key.split() else ""
        if name.startswith("/") or not base:
            yield name.lstrip("/")
        else:
            yield f"{base}/{name}"


def _sweeper(content: Any) -> str:
    for key, value in _defaults(content):
        if (
            key.split("@")[0].split()[-1:]
            and key.split()[-1].endswith("hydra/sweeper")
            and str(value).lower() not in _INNOCENT
        ):
            return f"hydra/sweeper: {value}"
        if key.endswith("sweeper") and isinstance(value, str) and "hydra" in key:
            return f"{key}: {value}" if value.lower() not in _INNOCENT else ""
    for target in _targets(content):
        if _PLUGIN.match(target):
            return target
    return ""


def _targets(content: Any) -> Iterator[str]:
    for node in _nodes(content):
        target = node.get("_target_")
        if isinstance(target, str):
            yield target
