"""Which scripts run hyper-parameter optimisation, and how one can tell.

The libraries are data, at the top. A verdict comes with its evidence: the trail of
imports from the script to the library, which ``--explain`` prints.
"""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from codemod.program.filepaths import ConfigFile
    from codemod.program.imports import Project
    from codemod.settings import Settings

__all__ = [
    "HPO_LIBRARIES",
    "SINGLE_THREADS",
    "THREAD_POOLS",
    "TRANSFORMERS_LIBRARIES",
    "Judge",
    "Verdict",
    "selected",
    "skipped",
]

# A script that reaches one of these optimises hyper-parameters. A dotted name means
# that part of the library only.
HPO_LIBRARIES = frozenset(
    {
        "ax",  # ax-platform
        "bayes_opt",  # bayesian-optimization
        "deephyper",
        "dehb",
        "flaml",
        "hebo",
        "hpbandster",
        "hydra_plugins.hydra_ax_sweeper",
        "hydra_plugins.hydra_nevergrad_sweeper",
        "hydra_plugins.hydra_optuna_sweeper",
        "hydra_plugins.hydra_orion_sweeper",
        "hyperopt",
        "keras_tuner",
        "kerastuner",  # keras-tuner before 1.0.2
        "nevergrad",
        "nni",
        "openbox",
        "optuna",
        "optuna_integration",
        "optunahub",
        "orion",
        "ray.tune",  # ray alone is no HPO: ray.data, ray.serve
        "sherpa",  # parameter-sherpa
        "sigopt",
        "skopt",  # scikit-optimize
        "smac",
        "syne_tune",
        "tune_sklearn",
        "vizier",  # google-vizier
        "wandb.agent",  # runs the trials of a W&B sweep; wandb alone only logs
    }
)

# Parts of these that say nothing of optimisation: RLlib's scripts register their
# environments and name their results with them.
INNOCENT = frozenset(
    {
        "ray.tune.logger",
        "ray.tune.register_env",
        "ray.tune.registry",
        "ray.tune.result",
        "ray.tune.utils",
    }
)

# These import transformers, so a script that reaches one reaches transformers.
TRANSFORMERS_LIBRARIES = frozenset(
    {
        "adapters",
        "allennlp",
        "auto_gptq",
        "bert_score",
        "bertopic",
        "diffusers",
        "flair",
        "gliner",
        "happytransformer",
        "keybert",
        "llamafactory",
        "lm_eval",
        "mteb",
        "optimum",
        "peft",
        "sentence_transformers",
        "setfit",
        "simpletransformers",
        "span_marker",
        "spacy_transformers",
        "summarizer",  # bert-extractive-summarizer
        "transformers",
        "trl",
        "unsloth",
        "vllm",
        "whisperx",
    }
)

# What runs a program's functions in threads of its own process.
THREAD_POOLS = frozenset(
    {
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread",
        "multiprocessing.dummy",  # multiprocessing's API on threads
        "multiprocessing.pool.ThreadPool",
    }
)

# Single threads count in the script itself only. Elsewhere they watch, prefetch or save
# something: of the scripts in ray 2.60 and nemo_toolkit 3.0, the two that were selected
# for a thread in another module alone run no trials.
SINGLE_THREADS = frozenset({"asyncio.to_thread", "threading.Thread"})

# Names above that projects also give to folders of their own: they count only where
# no first-party module has the name.
COMMON_WORDS = frozenset(
    {"adapters", "ax", "flair", "optimum", "orion", "sherpa", "summarizer", "vizier"}
)

# Evidence that is no import: its name, bytes that each match contains, a regular
# expression for bytes, and a module that the file must import too (or "").
HPO_SIGNS = (
    (
        "Trainer.hyperparameter_search",
        b"hyperparameter_search",
        rb"\.\s*hyperparameter_search\s*\(",
        "",
    ),
)
# joblib's default is processes; these ask for threads.
THREAD_SIGNS = (
    (
        "joblib's threading backend",
        b"thread",
        rb"(?:prefer\s*=\s*[\"']threads[\"']"
        rb"|(?:backend\s*=\s*|parallel_(?:backend|config)\s*\(\s*)[\"']threading[\"'])",
        "joblib",
    ),
    (
        "joblib's shared memory",
        b"sharedmem",
        rb"require\s*=\s*[\"']sharedmem[\"']",
        "joblib",
    ),
)

# Folders that hold what runs left behind, not configuration: Hydra writes the full
# configuration of each run there.
_RUN_FOLDERS = frozenset({"outputs", "multirun", "__pycache__", "node_modules"})
# A config_path of "." may lie in front of anything; this bounds the search.
_MOST_CONFIG_FOLDERS = 500
_MOST_CONFIG_BYTES = 1 << 20

# "hydra/sweeper: optuna", "- override /hydra/sweeper: ax". Hydra's own "basic" only
# counts through combinations.
_SWEEPER = (
    rb"(?m)^[ \t]*(?:-[ \t]*)?(?:override[ \t]+)?[\"']?/?hydra/sweeper[\"']?[ \t]*:"
    rb"[ \t]*[\"']?(?!basic\b|null\b)(\w[\w-]*)"
)
_SWEEPER_TARGET = (
    rb"(?m)^[ \t]*_target_[ \t]*:[ \t]*[\"']?(hydra_plugins\.\w*sweeper[\w.]*)"
)
# "- tune", "- /tune" in a defaults list: another file of the same folder.
_SIBLING = rb"(?m)^[ \t]*-[ \t]*[\"']?/?([\w-]+)[\"']?[ \t]*(?:#.*)?$"


class Verdict(NamedTuple):
    """What a script is, with the evidence.

    Attributes:
        name: ``"affected"`` (an HPO library or thread pool, and transformers),
            ``"hpo"`` (an HPO library without transformers), or ``"none"``.
        hpo: The trail to an HPO library, or None.
        threads: The trail to a thread pool, or None.
        transformers: The trail to transformers, or None.

    A trail starts with the script and ends with what was found, for example
    ``("scripts/tune_max.py", "psy_agents/hpo/runner.py", "optuna")``.
    """

    name: str
    hpo: tuple[str, ...] | None = None
    threads: tuple[str, ...] | None = None
    transformers: tuple[str, ...] | None = None


def selected(verdict: Verdict, select: str) -> bool:
    """Tell whether ``--select`` takes a script with this verdict.

    Whatever is affected is taken by ``"hpo"`` too: an HPO library counts there with or
    without transformers, a thread pool with transformers only.
    """
    if select == "all":
        return True
    return verdict.name == "affected" or (select == "hpo" and verdict.name == "hpo")


def skipped(source: bytes) -> bool:
    """Tell whether a line of its own says ``# eager-codemod: skip``.

    The line must be a comment: inside a triple-quoted string, or behind a backslash
    that continues a string, it is none.
    """
    if b"eager-codemod:" not in source:
        return False
    import re

    from codemod.program.scan import Text

    text = Text(source)
    line = rb"\n[ \t\f]*#[ \t]*eager-codemod:[ \t]*skip[ \t]*(?=\n|\Z)"
    return any(
        text.starts_line(match.start()) for match in re.finditer(line, text.source)
    )


class Judge:
    """Decides which scripts run hyper-parameter optimisation; one serves a run.

    Args:
        settings: Names further libraries.
    """

    def __init__(self, settings: Settings) -> None:
        hpo, transformers = settings.hpo_libraries, settings.transformers_libraries
        # What the user names counts wherever it comes from.
        self._own = frozenset((*hpo, *transformers))
        self._hpo = HPO_LIBRARIES.union(hpo, _names(HPO_SIGNS))
        self._threads = THREAD_POOLS.union(_names(THREAD_SIGNS))
        self._transformers = TRANSFORMERS_LIBRARIES.union(transformers)
        self._sweepers: dict[tuple[str, str], tuple[str, str] | None] = {}

    @cached_property
    def project(self) -> Project:
        """The first-party modules that this run has read."""
        from codemod.edits.guard import FUNCTION as GUARD
        from codemod.edits.thread_safety import FUNCTION as LOADING
        from codemod.program.imports import Project
        from codemod.program.scan import Sign, Watch

        signs = tuple(Sign(*sign) for sign in HPO_SIGNS + THREAD_SIGNS)
        return Project(
            Watch(
                self._hpo | self._threads | SINGLE_THREADS | self._transformers,
                signs,
                INNOCENT - self._own,
                # They import transformers; a script is no other for being patched.
                passed_over=(GUARD, LOADING),
            ),
            closed=_closed() - self._own,
            shadowed=COMMON_WORDS - self._own,
        )

    def judge(self, path: str, source: bytes) -> Verdict:
        """Return the verdict on a script.

        Args:
            path: Where it is, or would be; relative trails come from a relative path.
            source: Its bytes.
        """
        hpo = self.project.trail(path, self._hpo, source)
        hpo = hpo or self._sweeper(path, source)
        threads = self._single_thread(path) or self.project.trail(path, self._threads)
        transformers = self.project.trail(path, self._transformers)
        if (hpo or threads) and transformers:
            name = "affected"
        else:
            name = "hpo" if hpo else "none"
        return Verdict(name, hpo, threads, transformers)

    def _single_thread(self, path: str) -> tuple[str, ...] | None:
        """Return the trail to a thread that the script itself starts."""
        for name in self.project.scan(path).evidence:
            if name in SINGLE_THREADS:
                return (path, name)
        return None

    def _sweeper(self, path: str, source: bytes) -> tuple[str, ...] | None:
        """Return the trail to a Hydra sweeper that the script's configuration names."""
        from codemod.program import filepaths

        for config in filepaths.configs(source):
            for folder in self._config_folders(path, config.folder):
                found = self._sweeper_in(folder, config)
                if found:
                    file, name = found
                    shown = file if os.path.isabs(path) else os.path.relpath(file)
                    return (path, shown, name)
        return None

    def _config_folders(self, path: str, folder: str) -> list[str]:
        if folder.startswith("pkg://"):
            below = folder[len("pkg://") :].replace(".", "/")
            return [
                os.path.join(start, below) for start in self.project.search_path(path)
            ]
        return [os.path.join(os.path.dirname(os.path.abspath(path)), folder)]

    def _sweeper_in(self, folder: str, config: ConfigFile) -> tuple[str, str] | None:
        key = os.path.normpath(folder), config.name
        if key not in self._sweepers:
            self._sweepers[key] = _find_sweeper(*key)
        return self._sweepers[key]


def _closed() -> frozenset[str]:
    """Return the libraries whose own modules are not followed, as whole packages."""
    libraries = (HPO_LIBRARIES | TRANSFORMERS_LIBRARIES) - COMMON_WORDS
    return libraries.union(name.partition(".")[0] for name in libraries)


def _names(signs: tuple[tuple[str, bytes, bytes, str], ...]) -> list[str]:
    return [sign[0] for sign in signs]


def _find_sweeper(folder: str, primary: str) -> tuple[str, str] | None:
    """Return the first file that names a sweeper, and the sweeper.

    All config groups are read, since the command line can choose any; but of the files
    beside the primary configuration, which are those of other scripts, only what its
    defaults list takes in.
    """
    files, groups = _entries(folder)
    if primary:
        files = _included(folder, primary, files)
    for file in files:
        found = _sweeper_of(file)
        if found:
            return file, found
    left = _MOST_CONFIG_FOLDERS
    while groups and left:
        left -= 1
        files, more = _entries(groups.pop(0))
        groups += more
        for file in files:
            found = _sweeper_of(file)
            if found:
                return file, found
    return None


def _included(folder: str, primary: str, files: list[str]) -> list[str]:
    """Return the primary configuration and the files beside it that it includes."""
    import re

    names = {os.path.splitext(os.path.basename(file))[0]: file for file in files}
    wanted = [primary]
    for name in wanted:
        if name in names:
            for raw in re.findall(_SIBLING, _read(names[name])):
                sibling = raw.decode("ascii", "replace")
                if sibling in names and sibling not in wanted:
                    wanted.append(sibling)
    return [names[name] for name in wanted if name in names]


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """Return the YAML files and the folders in a folder, each sorted."""
    files, folders = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.startswith(".") or entry.name in _RUN_FOLDERS:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith((".yaml", ".yml")) and entry.is_file():
                    files.append(entry.path)
    except OSError:
        pass
    return files, folders


def _sweeper_of(file: str) -> str | None:
    """Return how a configuration file names its sweeper, or None."""
    data = _read(file)
    if b"sweeper" not in data:
        return None
    import re

    match = re.search(_SWEEPER, data)
    if match:
        return "hydra/sweeper: " + match.group(1).decode("ascii", "replace")
    match = re.search(_SWEEPER_TARGET, data)
    return match.group(1).decode("ascii", "replace") if match else None


def _read(file: str) -> bytes:
    try:
        from codemod.search.reading import read_regular

        return read_regular(file, _MOST_CONFIG_BYTES) or b""
    except OSError:
        return b""
