"""The libraries: what starts trials, and what is built on transformers. Data only.

Each name is looked up in the sources of the real package by
tests/program/test_libraries.py.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "COMMANDS",
    "COMMON_WORDS",
    "INSERTED",
    "METHODS",
    "POOL_METHODS",
    "RUNNERS",
    "STARTS",
    "THREADS",
    "THREAD_POOLS",
    "TRANSFORMERS",
    "Libraries",
    "Start",
    "closed",
    "is_of",
]


class Start(NamedTuple):
    """A call that runs trials.

    Attributes:
        package: The module that it comes from; deeper modules of it count as well.
        name: The function or class, or the method where it stands in ``METHODS``.
        trial: Where the trial is handed over: a position, or a keyword. Empty where
            that cannot be told from the call.
        how: How the trials run unless ``jobs`` says otherwise: ``"sequential"``,
            ``"threads"``, ``"processes"``, or ``"subprocess"`` for programs of their
            own, which share nothing with this process.
        jobs: The keyword with the number of threads, if there is one.
        signs: Keywords that no other method of the name takes: they tell it where the
            module does not import the package.
    """

    package: str
    name: str
    trial: tuple[int | str, ...] = ()
    how: str = "sequential"
    jobs: str = ""
    signs: tuple[str, ...] = ()


STARTS = (
    Start("ax", "optimize", (1, "evaluation_function")),
    Start("bayes_opt", "BayesianOptimization", (0, "f")),
    Start("dehb", "DEHB", ("f",), "processes"),
    Start("deephyper", "CBO", (0, 1, "problem", "evaluator"), "processes"),
    Start("deephyper", "RegularizedEvolution", (0, 1, "evaluator"), "processes"),
    Start("flaml", "AutoML"),
    Start("flaml.tune", "run", (0, "evaluation_function")),
    Start("hebo.optimizers", "HEBO"),
    Start("hpbandster.optimizers", "BOHB", (), "processes"),
    Start("hyperopt", "fmin", (0, "fn")),
    Start("keras_tuner", "BayesianOptimization", (0, "hypermodel")),
    Start("keras_tuner", "GridSearch", (0, "hypermodel")),
    Start("keras_tuner", "Hyperband", (0, "hypermodel")),
    Start("keras_tuner", "RandomSearch", (0, "hypermodel")),
    Start("nni.experiment", "Experiment", (), "subprocess"),
    Start("openbox", "Optimizer", (0, "objective_function")),
    Start("optuna", "OptunaSearchCV", (0, "estimator"), "sequential", "n_jobs"),
    Start("optuna_integration", "OptunaSearchCV", (0, "estimator"), jobs="n_jobs"),
    Start("orion.client", "build_experiment"),
    Start("ray.tune", "Tuner", (0, "trainable"), "processes"),
    Start("ray.tune", "run", (0, "run_or_experiment"), "processes"),
    Start("ray.tune", "run_experiments", (0, "experiments"), "processes"),
    Start("sherpa", "Study"),
    Start("skopt", "BayesSearchCV", (0, "estimator"), "sequential", "n_jobs"),
    Start("skopt", "dummy_minimize", (0, "func")),
    Start("skopt", "forest_minimize", (0, "func")),
    Start("skopt", "gbrt_minimize", (0, "func")),
    Start("skopt", "gp_minimize", (0, "func")),
    Start("smac", "AlgorithmConfigurationFacade", (1, "target_function")),
    Start("smac", "BlackBoxFacade", (1, "target_function")),
    Start("smac", "HyperbandFacade", (1, "target_function")),
    Start("smac", "HyperparameterOptimizationFacade", (1, "target_function")),
    Start("smac", "MultiFidelityFacade", (1, "target_function")),
    Start("smac", "RandomFacade", (1, "target_function")),
    Start("syne_tune", "Tuner", (0, "trial_backend"), "subprocess"),
    Start("tune_sklearn", "TuneGridSearchCV", (0, "estimator"), "processes"),
    Start("tune_sklearn", "TuneSearchCV", (0, "estimator"), "processes"),
    Start("wandb", "agent", (1, "function")),
)

METHODS = (
    Start("ax", "get_next_trial"),
    Start("ax", "get_next_trials"),
    Start("nevergrad", "ask"),
    Start("nevergrad", "minimize", (0, "objective_function")),
    Start("optuna", "ask"),
    Start(
        "optuna",
        "optimize",
        (0, "func"),
        "sequential",
        "n_jobs",
        ("n_trials", "n_jobs", "gc_after_trial", "show_progress_bar"),
    ),
    Start("orion", "workon", (0, "fct")),
    Start("skopt", "ask"),
    Start("vizier", "suggest"),
    Start("", "hyperparameter_search", jobs="n_jobs"),
)
"""Methods that run trials, in modules that import the package; one without a package
has a name that nothing else has."""

THREAD_POOLS = frozenset(
    {
        "concurrent.futures.ThreadPoolExecutor",
        "concurrent.futures.thread.ThreadPoolExecutor",
        "multiprocessing.dummy.Pool",  # multiprocessing's API on threads
        "multiprocessing.pool.ThreadPool",
    }
)
THREADS = frozenset({"threading.Thread"})
RUNNERS = frozenset({"multiprocessing.Process", "threading.Thread"})
"""Classes of the standard library that call a method of what derives from them."""
POOL_METHODS = frozenset(
    {"apply_async", "imap", "imap_unordered", "map", "map_async", "starmap", "submit"}
)

# These import transformers, so that code that uses one uses transformers.
TRANSFORMERS = frozenset(
    {
        "FlagEmbedding",
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
        "transformer_lens",
        "transformers",
        "trl",
        "unsloth",
        "vllm",
        "whisperx",
    }
)

COMMANDS = frozenset({"command", "callback", "group"})
"""What decorates the commands of click's and typer's applications."""

INSERTED = frozenset(
    {"_eager_load_transformers_configs", "_make_transformers_thread_safe"}
)
"""The functions that our edits insert: what these import, no trial asked for."""

# Names that projects also give to folders of their own.
COMMON_WORDS = frozenset(
    {"adapters", "ax", "flair", "optimum", "orion", "sherpa", "summarizer", "vizier"}
)


_DEEPEST = 10  # parts of a module's name


class Libraries(NamedTuple):
    """The libraries of a run, those of its settings included.

    Attributes:
        transformers: Modules that count as transformers.
        hpo: Modules that a user names: whatever is called of them starts trials.
    """

    transformers: frozenset[str] = TRANSFORMERS
    hpo: frozenset[str] = frozenset()


def is_of(name: str, modules: frozenset[str]) -> bool:
    """Whether a qualified name is one of some modules, or something in one."""
    end = name.find(".")
    for _ in range(_DEEPEST):
        if end < 0:
            return name in modules
        if name[:end] in modules:
            return True
        end = name.find(".", end + 1)
    return False


def closed() -> frozenset[str]:
    """The packages that are never first-party, so that nobody looks into them."""
    starts = {start.package.partition(".")[0] for start in (*STARTS, *METHODS)}
    return ((TRANSFORMERS | starts) - COMMON_WORDS) - {""}
