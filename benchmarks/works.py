"""What is measured, and the targets that hold of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import peers
from benchmarks.measuring import Command, Cost
from benchmarks.peers import Environment, Peer
from benchmarks.trees import Trees, size

__all__ = ["TOOL", "WORKS", "Bench", "Target", "Work"]

TOOL = "eager-codemod"
_FLOOR = Path(__file__).with_name("floor.py")  # started, not imported: it needs click
Costs = Mapping[str, Cost]
MIB = 1024 * 1024


@dataclass(frozen=True)
class Target:
    """A limit that a figure should keep.

    Attributes:
        text: What the figure is, with its unit.
        limit: The most, or with ``at_least`` the least, that it may be.
        figure: Works it out; a ``KeyError`` means that a peer is missing.
        at_least: Whether more is better.
    """

    text: str
    limit: float
    figure: Callable[[Costs], float]
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Whether a figure keeps the limit."""
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Work:
    """Something that commands do side by side.

    Attributes:
        title: What they do.
        commands: They, the yardstick first.
        targets: What should hold of their costs.
        prepare: Called before every run.
        files: How many files each deals with, for rates.
    """

    title: str
    commands: list[Command]
    targets: tuple[Target, ...] = ()
    prepare: Callable[[], None] | None = None
    files: int = field(default=1)


@dataclass(frozen=True)
class Bench:
    """What the works are made of.

    Attributes:
        trees: The trees.
        tool: The program of this tool.
        python: The interpreter that it is installed for.
        environment: Where the peers are.
        quick: Whether peers that take minutes are left out.
    """

    trees: Trees
    tool: Path
    python: Path
    environment: Environment
    quick: bool

    def tool_command(self, *arguments: object, name: str = TOOL) -> Command:
        """This tool."""
        return Command(name, (str(self.tool), *map(str, arguments)), (0, 1))

    def import_command(self, modules: str) -> Command:
        """An import, as the yardstick of start-up."""
        code = f"import {modules}"
        return Command(f"`python -c '{code}'`", (str(self.python), "-c", code))

    def floor_command(self, tree: Path) -> Command:
        """What no Python program with click stays below."""
        program = (str(self.python), str(_FLOOR), str(tree))
        return Command("Python: `import click`, read, search", program)

    def peers(self, path: Path, *chosen: Peer, apart: bool = False) -> list[Command]:
        """Those of the peers that are installed, and quick enough.

        Args:
            path: A file or folder.
            chosen: The peers.
            apart: Whether those that change files get a copy of their own.
        """
        commands = []
        for peer in chosen:
            if not (self.quick and peer.slow):
                place = self._copy(path, peer) if apart and peer.changes else path
                commands.append(peer.command(self.environment, place))
        return [command for command in commands if command]

    def _copy(self, path: Path, peer: Peer) -> Path:
        folder = path if path.is_dir() else path.parent
        copy = self.trees.copy(folder, f"{folder.name}-{peer.package}")
        return copy if path.is_dir() else copy / path.name


def _wall(of: str, to: str) -> Callable[[Costs], float]:
    return lambda costs: costs[of].wall / costs[to].wall


def _cpu(of: str, to: str) -> Callable[[Costs], float]:
    return lambda costs: costs[of].cpu / costs[to].cpu


def _tree(bench: Bench) -> list[Work]:
    return [_nothing_to_change(bench, "transformers")]


def _torch(bench: Bench) -> list[Work]:
    return [_nothing_to_change(bench, "torch")]


def _nothing_to_change(bench: Bench, package: str) -> Work:
    tree = bench.trees.patched(bench.trees.package(package), bench.tool)
    ruff, floor = peers.RUFF.name, bench.floor_command(tree)
    linters = (peers.RUFF_CACHED, peers.RUFF)
    readers = (*linters, *peers.READERS, *peers.CODEMODS)
    return Work(
        f"The {package} tree, nothing to change",
        [
            *bench.peers(tree, peers.RIPGREP),
            floor,
            bench.tool_command(tree),
            *bench.peers(tree, *readers, apart=True),
        ],
        (
            Target("x the floor's wall time", 1.5, _wall(TOOL, floor.name)),
            Target("x the floor's CPU time", 1.5, _cpu(TOOL, floor.name)),
            Target("x uncached ruff's wall time", 0.5, _wall(TOOL, ruff)),
            Target("MiB", 25, lambda costs: costs[TOOL].memory / MIB),
        ),
        files=size(tree)[0],
    )


def _check(bench: Bench) -> list[Work]:
    tree = bench.trees.package("transformers")
    ruff, every = peers.RUFF.name, f"{TOOL} --check --select all"
    checks = [
        bench.tool_command("--check", tree),
        bench.tool_command("--check", "--select", "all", tree, name=every),
    ]
    return [
        Work(
            "The transformers tree, scripts unpatched",
            [*bench.peers(tree, peers.RUFF), *checks],
            (
                Target("x uncached ruff's wall time", 1.3, _wall(TOOL, ruff)),
                Target("x uncached ruff's CPU time", 1.3, _cpu(TOOL, ruff)),
            ),
            files=size(tree)[0],
        )
    ]


def _sources(bench: Bench) -> list[Work]:
    tree = bench.trees.sources()
    ruff = peers.RUFF.name
    check = f"{TOOL} --check --select affected"
    command = bench.tool_command("--check", "--select", "affected", tree, name=check)
    targets = (Target("x uncached ruff's wall time", 4, _wall(check, ruff)),)
    title = "The sources of ludwig, flaml, nni, syne-tune and sentence-transformers"
    commands = [*bench.peers(tree, peers.RUFF), command]
    return [Work(title, commands, targets, files=size(tree)[0])]


def _one(bench: Bench) -> list[Work]:
    module = bench.trees.packages(1000) / "project_000/package_0000/module_07.py"
    guarded = bench.trees.patched(bench.trees.lines(300), bench.tool) / "tune.py"
    yardstick = bench.import_command("click")
    hook = ("--select", "affected", "--force-exclude")
    works = []
    for title, path, most in (
        ("a module", module, 1.3),
        ("a guarded script", guarded, 3),
    ):
        commands = [yardstick, bench.tool_command(*hook, path)]
        commands += bench.peers(path, peers.RUFF, *_HOOKS, apart=True)
        targets = (
            Target("x the import's wall time", most, _wall(TOOL, yardstick.name)),
            Target("x the import's CPU time", most, _cpu(TOOL, yardstick.name)),
        )
        works.append(Work(f"One file, {title}, nothing to change", commands, targets))
    return works


# Some are slow for a tree only.
_HOOKS = tuple(dataclasses.replace(peer, slow=False) for peer in peers.READERS)


def _patch_one(bench: Bench) -> list[Work]:
    yardstick = bench.import_command("libcst, click")
    original = bench.trees.lines(300)
    copy = bench.trees.copy(original, "one") / "tune.py"

    def prepare() -> None:
        bench.trees.copy(original, "one")

    codemods = [dataclasses.replace(peer, slow=False) for peer in peers.CODEMODS]
    commands = [yardstick, bench.tool_command(copy), *bench.peers(copy, *codemods)]
    targets = (
        Target("x the import's wall time", 1.3, _wall(TOOL, yardstick.name)),
        Target("x the import's CPU time", 1.3, _cpu(TOOL, yardstick.name)),
    )
    return [Work("One script of 300 lines, patched", commands, targets, prepare)]


def _patch_many(bench: Bench) -> list[Work]:
    original = bench.trees.scripts()
    folder = bench.trees.copy(original, "many")

    def prepare() -> None:
        bench.trees.copy(original, "many")

    two = f"{TOOL} --jobs 2"
    commands = [
        bench.tool_command("--jobs", 1, folder),
        bench.tool_command("--jobs", 2, folder, name=two),
        *bench.peers(folder, *peers.CODEMODS),
    ]

    def rate(name: str) -> Callable[[Costs], float]:
        return lambda costs: 100 / costs[name].wall

    targets = (
        Target("scripts a second in one process", 15, rate(TOOL), at_least=True),
        Target("scripts a second with two workers", 25, rate(two), at_least=True),
    )
    return [Work("100 scripts, patched", commands, targets, prepare, 100)]


def _growth(bench: Bench) -> list[Work]:
    commands, counts = [], (1_000, 5_000, 20_000)
    for count in counts:
        tree = bench.trees.patched(bench.trees.packages(count), bench.tool)
        commands.append(bench.tool_command(tree, name=_files(count)))
    first, last = _files(counts[0]), _files(counts[-1])

    def growth(costs: Costs) -> float:
        return costs[last].cpu / costs[first].cpu / (counts[-1] / counts[0])

    def memory(costs: Costs) -> float:
        return costs[last].memory / costs[first].memory

    targets = (
        Target("x the CPU time a file, 20,000 files to 1,000", 1.1, growth),
        Target("x the memory, 20,000 files to 1,000", 1.3, memory),
    )
    return [Work("Growth: folders with nothing to change", commands, targets)]


def _files(count: int) -> str:
    return f"{count:,} files"


WORKS: dict[str, Callable[[Bench], list[Work]]] = {
    "tree": _tree,
    "check": _check,
    "sources": _sources,
    "one": _one,
    "patch-one": _patch_one,
    "patch-many": _patch_many,
    "growth": _growth,
    "torch": _torch,
}
"""What ``--only`` takes; torch, a download of hundreds of megabytes, only by it."""
