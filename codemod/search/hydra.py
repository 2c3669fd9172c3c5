"""What the YAML of a Hydra application says: its sweeper, and what it instantiates.

The command line may choose any option of the groups that the primary configuration
offers, so all of them count: ``hparams_search/optuna.yaml`` names the sweeper in many
projects. Groups that it does not offer belong to other scripts.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from codemod.search.reading import read_regular

__all__ = ["Configuration", "read_configuration"]

_SUFFIXES = (".yaml", ".yml")
# What runs leave behind is no configuration: Hydra writes each run's there.
_RUN_FOLDERS = frozenset({"outputs", "multirun", "__pycache__", "node_modules"})
_MOST_ENTRIES = 100_000  # in what an application names; a link may lead to "/"
_MOST_BYTES = 1 << 18  # of one file; a configuration is written by hand
_SIGNS = (b"sweeper", b"_target_", b"defaults")
_PLUGIN = r"hydra_plugins\.\w*sweeper"
_INNOCENT = frozenset({"basic", "null", "none", "~", ""})


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
    for file, said in _files(_Tree(folder), name):
        seen.update(dict.fromkeys(said.targets))
        if said.sweeper and not found.sweeper:
            found = found._replace(sweeper=said.sweeper, file=file)
    return found._replace(targets=tuple(seen))


# -- files ---------------------------------------------------------------------


class _Tree:
    """The YAML files of a folder, by their names as Hydra has them: `group/option`.

    Only the groups that are asked for are listed: a folder may hold a hundred thousand
    files besides. Links to folders are not followed: they lead elsewhere, or round.
    """

    def __init__(self, top: str) -> None:
        self._top = top
        self._left = _MOST_ENTRIES
        self._listed: dict[str, tuple[dict[str, str], list[str]]] = {}

    def file(self, name: str) -> dict[str, str]:
        """The file of a name, if there is one."""
        file = self.files(name.rpartition("/")[0]).get(name)
        return {name: file} if file else {}

    def files(self, group: str) -> dict[str, str]:
        """The files right in a group."""
        return self._listing(group)[0] if self._has(group) else {}

    def below(self, group: str) -> Iterator[tuple[str, str]]:
        """The files in a group and in its subgroups."""
        waiting = [group] if group and self._has(group) else []
        while waiting:
            files, folders = self._listing(waiting.pop())
            yield from files.items()
            waiting += reversed(folders)

    def _has(self, group: str) -> bool:
        above = ""
        for part in group.split("/") if group else ():
            below = f"{above}/{part}" if above else part
            if below not in self._listing(above)[1]:
                return False
            above = below
        return True

    def _listing(self, group: str) -> tuple[dict[str, str], list[str]]:
        """The files and the folders right in a group that is there."""
        if group not in self._listed:
            files, folders = self._listed[group] = {}, []
            start = f"{group}/" if group else ""
            for entry in self._scan(group):
                name, suffix = os.path.splitext(entry.name)
                if suffix in _SUFFIXES:
                    files[start + name] = entry.path
                elif (
                    not name.startswith(".")
                    and entry.name not in _RUN_FOLDERS
                    and entry.is_dir(follow_symlinks=False)
                ):
                    folders.append(start + entry.name)
        return self._listed[group]

    def _scan(self, group: str) -> list[os.DirEntry[str]]:
        # ValueError: a path with a NUL byte
        with suppress(OSError, ValueError):
            with os.scandir(os.path.join(self._top, group)) as entries:
                found = sorted(islice(entries, self._left), key=lambda one: one.name)
            self._left -= len(found)
            return found
        return []


def _files(tree: _Tree, primary: str) -> Iterator[tuple[str, _Said]]:
    """The primary configuration, and what it includes or offers, each file once."""
    waiting = deque((tree.file(primary) or tree.files("")).items())
    seen, met = dict(waiting), set[str]()
    while waiting:
        name, file = waiting.popleft()
        said = _said(file, _identity(file))
        yield file, said
        for included in _absolute(said.included, name.rpartition("/")[0]):
            if included not in met:
                met.add(included)
                found = {**tree.file(included), **dict(tree.below(included))}
                waiting += [one for one in found.items() if one[0] not in seen]
                seen.update(found)


def _absolute(names: Iterable[str], base: str) -> Iterator[str]:
    """Names relative to the folder, of names in a file of the group ``base``."""
    for name in names:
        is_relative = base and not name.startswith("/")
        yield f"{base}/{name}" if is_relative else name.lstrip("/")


def _identity(file: str) -> tuple[int, ...]:
    """What is another one when the file is."""
    with suppress(OSError):
        status = os.stat(file)
        return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
    return ()


# -- what they say -------------------------------------------------------------


class _Said(NamedTuple):
    """What one file says.

    Attributes:
        sweeper: As in ``Configuration``.
        targets: As in ``Configuration``.
        included: The groups and files that its defaults list names.
    """

    sweeper: str = ""
    targets: tuple[str, ...] = ()
    included: tuple[str, ...] = ()


@lru_cache(1 << 16)  # applications share groups
def _said(file: str, identity: tuple[int, ...]) -> _Said:
    """What a file says, read once as long as it is the same."""
    try:
        data = read_regular(file, _MOST_BYTES) or b""
    except OSError:
        return _Said()
    if not any(sign in data for sign in _SIGNS):
        return _Said()
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Nodes, not values: values repeat whatever is merged by `<<`.
        content = yaml.compose(data, loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _Said()
    targets = tuple(dict.fromkeys(_targets(content)))
    defaults = list(_defaults(content))
    names = (name for key, _ in defaults if (name := _name(key)))
    return _Said(_sweeper(defaults, targets), targets, tuple(dict.fromkeys(names)))


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    """The keys and values of a mapping's node; nothing of another one's."""
    children = getattr(node, "value", ())
    yield from (child for child in children if isinstance(child, tuple))


def _defaults(content: Any) -> Iterator[tuple[str, str]]:
    """The entries of a defaults list, each once: a group with its option, or a name."""
    lists = [value.value for key, value in _pairs(content) if key.value == "defaults"]
    entries = {id(entry): entry for entry in (lists[0] if lists else ())}
    for entry in entries.values():  # however often references repeat one
        if isinstance(getattr(entry, "value", None), str):
            yield entry.value, ""
        for key, value in _pairs(entry):
            if isinstance(key.value, str):
                yield key.value, value.value if isinstance(value.value, str) else "..."


def _name(key: str) -> str:
    """The group or file of an entry: `override /a/b@c` is about `/a/b`."""
    words = key.partition("@")[0].split()
    return words[-1] if words else ""


def _sweeper(defaults: list[tuple[str, str]], targets: tuple[str, ...]) -> str:
    for key, value in defaults:
        if _name(key).endswith("hydra/sweeper"):
            innocent = value.lower() in _INNOCENT
            return "" if innocent else f"hydra/sweeper: {value}"
    return next((name for name in targets if re.match(_PLUGIN, name)), "")


def _targets(content: Any) -> Iterator[str]:
    """The values of all ``_target_``; each node once, however often it is repeated."""
    stack, seen = [content], set[int]()
    while stack:
        node = stack.pop()
        if id(node) in seen or not isinstance(getattr(node, "value", None), list):
            continue
        seen.add(id(node))
        for key, value in _pairs(node):
            if key.value == "_target_" and isinstance(value.value, str):
                yield value.value
        values = [c[1] if isinstance(c, tuple) else c for c in node.value]
        stack += reversed(values)
