"""Measure which ways of loading a model may run in several threads at once.

    python -m benchmarks.loading --cache FOLDER [--version V] [--kind K] [--cure C]

Builds its own environments in FOLDER (about 4 GB: one with torch, and one folder per
version of transformers laid over it), runs an Optuna study in a fresh process for each
cell, and prints a Markdown table for each kind of loading: version x (nothing | import
guard only | lock around ``from_pretrained`` | the function that eager-codemod inserts).
A cell counts the trials, of 12 in 4 threads, that failed, or that hold a model with
tensors that nobody filled, on the meta device, in another dtype than asked for, no
longer tied, not initialised again, or with other values than the checkpoint. The column
``control`` is the guard with one thread.

The same file is the program of the measured processes (``python loading.py study``), so
what is above the driver needs nothing but the libraries measured.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import subprocess
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

TRIALS = 12
THREADS = 4
WIDTH = 96
RESET = 7.0
"""What no initialisation gives: a weight that kept it was not initialised."""
TORCH = "torch==2.13.0"
CURES = ("control", "nothing", "guard", "lock", "function")
FAMILIES = ("bert", "roberta")


@dataclass(frozen=True)
class Release:
    """A version of transformers, and releases of its neighbours of the same months."""

    transformers: str
    accelerate: str
    peft: str
    sentence_transformers: str


RELEASES = (
    Release("4.40.2", "0.30.1", "0.11.1", "2.7.0"),
    Release("4.46.3", "1.1.1", "0.13.2", "3.3.1"),
    Release("4.50.3", "1.5.2", "0.15.2", "4.0.2"),
    Release("4.53.3", "1.8.1", "0.16.0", "5.0.0"),
    Release("4.57.1", "1.11.0", "0.17.1", "5.1.2"),
    Release("4.57.6", "1.12.0", "0.18.1", "5.2.3"),
    Release("5.0.0", "1.12.0", "0.18.1", "5.2.3"),
    Release("5.23.0", "1.15.0", "0.21.2", "6.2.0"),
)


VERSIONS = tuple(release.transformers for release in RELEASES)

# --- the measured process: what is loaded -------------------------------------------


@dataclass
class Loaded:
    """What one trial built, and what it must look like."""

    model: Any
    checkpoint: Path | None = None
    dtype: str = "float32"
    tied: bool = False


def load_base(folder: Path, number: int) -> Loaded:
    """``AutoModel.from_pretrained``: every weight is in the checkpoint."""
    from transformers import AutoModel

    path = folder / FAMILIES[number % 2]
    return Loaded(AutoModel.from_pretrained(str(path)), path)


def load_classifier(folder: Path, number: int) -> Loaded:
    """A classifier on a checkpoint without one: its head is initialised afresh."""
    from transformers import AutoModelForSequenceClassification

    path = folder / FAMILIES[number % 2]
    return Loaded(AutoModelForSequenceClassification.from_pretrained(str(path)), path)


def load_masked(folder: Path, number: int) -> Loaded:
    """A language model, whose output layer shares the input embedding's weight."""
    from transformers import AutoModelForMaskedLM

    path = folder / f"{FAMILIES[number % 2]}-masked"
    return Loaded(AutoModelForMaskedLM.from_pretrained(str(path)), path, tied=True)


def load_config(folder: Path, number: int) -> Loaded:
    """``from_config`` in every other trial, beside ``from_pretrained``."""
    from transformers import AutoConfig, AutoModelForMaskedLM

    if number % 2:
        return load_masked(folder, number // 2)
    config = AutoConfig.from_pretrained(str(folder / FAMILIES[number // 2 % 2]))
    return Loaded(AutoModelForMaskedLM.from_config(config), tied=True)


def load_reset(folder: Path, number: int) -> Loaded:
    """A classifier whose last layer is initialised again, a habit with BERT."""
    import torch

    loaded = load_classifier(folder, number)
    layer = loaded.model.base_model.encoder.layer[-1].output.dense
    with torch.no_grad():
        layer.weight.fill_(RESET)
    torch.nn.init.normal_(layer.weight, std=0.02)
    return Loaded(loaded.model)


def load_low_memory(folder: Path, number: int) -> Loaded:
    """``low_cpu_mem_usage=True``: the meta device in versions without it by default."""
    from transformers import AutoModel

    path = folder / FAMILIES[number % 2]
    model = AutoModel.from_pretrained(str(path), low_cpu_mem_usage=True)
    return Loaded(model, path)


def load_half(folder: Path, number: int) -> Loaded:
    """Half precision in every other trial, which goes through the default dtype."""
    import torch
    from transformers import AutoModel

    if number % 2:
        return load_base(folder, number // 2)
    path = folder / FAMILIES[number // 2 % 2]
    model = AutoModel.from_pretrained(str(path), torch_dtype=torch.bfloat16)
    return Loaded(model, path, dtype="bfloat16")


def load_sentence(folder: Path, number: int) -> Loaded:
    """A sentence encoder with a dense layer of its own."""
    from sentence_transformers import SentenceTransformer, models

    path = folder / FAMILIES[number % 2]
    words = models.Transformer(str(path))
    pooling = models.Pooling(WIDTH)
    dense = models.Dense(WIDTH, WIDTH)
    encoder = SentenceTransformer(modules=[words, pooling, dense], device="cpu")
    return Loaded(encoder)


def load_adapter(folder: Path, number: int) -> Loaded:
    """LoRA adapters: new ones in every other trial, saved ones in the rest."""
    from peft import LoraConfig, PeftModel, get_peft_model

    base = load_classifier(folder, 0).model
    if number % 2:
        return Loaded(PeftModel.from_pretrained(base, str(folder / "adapter")))
    return Loaded(get_peft_model(base, LoraConfig(task_type="SEQ_CLS")))


KINDS: dict[str, Callable[[Path, int], Loaded]] = {
    "base": load_base,
    "classifier": load_classifier,
    "masked": load_masked,
    "config": load_config,
    "reset": load_reset,
    "lowmem": load_low_memory,
    "half": load_half,
    "sentence": load_sentence,
    "peft": load_adapter,
}


def build_heads() -> Any:
    """The layers that a script puts on top of its model."""
    import torch

    layers = [torch.nn.Linear(WIDTH, WIDTH) for _ in range(8)]
    return torch.nn.Sequential(*layers, torch.nn.Linear(WIDTH, 2))


# --- the measured process: what is wrong with it ------------------------------------


def faults_of(module: Any, dtype: str) -> set[str]:
    """Name what is wrong with the parameters of a module.

    Memory that nobody filled is recognised because :func:`run_study` has torch fill new
    memory with NaN.
    """
    found = set()
    for parameter in module.parameters():
        if parameter.device.type == "meta":
            found.add("meta device")
        elif bool(parameter.isnan().any()):
            found.add("uninitialised")
        elif bool((parameter == RESET).any()):
            found.add("not reset")
        if str(parameter.dtype) != f"torch.{dtype}":
            found.add("other dtype")
    return found


def differs(model: Any, checkpoint: Path) -> bool:
    """Tell whether a parameter has another value than its checkpoint."""
    load_file = import_module("safetensors.torch").load_file
    state = model.state_dict()
    for name, tensor in load_file(checkpoint / "model.safetensors").items():
        full = f"{model.base_model_prefix}.{name}"
        actual = state.get(name, state.get(full))
        if actual is not None and not bool((actual == tensor.to(actual.dtype)).all()):
            return True
    return False


def examine(loaded: Loaded, heads: Any) -> set[str]:
    """Name what is wrong with what a trial built; empty when all is well."""
    found = faults_of(loaded.model, loaded.dtype)
    found |= {f"head: {fault}" for fault in faults_of(heads, "float32")}
    if "meta device" in found:
        return found
    if loaded.checkpoint is not None and differs(loaded.model, loaded.checkpoint):
        found.add("other values")
    if loaded.tied:
        ends = (
            loaded.model.get_input_embeddings(),
            loaded.model.get_output_embeddings(),
        )
        if ends[0].weight is not ends[1].weight:
            found.add("not tied")
    return found


# --- the measured process: the study ------------------------------------------------


def lock_loading() -> None:
    """The cure people try first: one ``from_pretrained`` at a time."""
    from transformers import PreTrainedModel

    lock = threading.RLock()
    usual = PreTrainedModel.from_pretrained.__func__

    def locked(cls: Any, *args: Any, **kwargs: Any) -> Any:
        with lock:
            return usual(cls, *args, **kwargs)

    PreTrainedModel.from_pretrained = classmethod(locked)


def apply_cure(cure: str, source: str) -> None:
    """Do what the main thread does before the trials start."""
    if cure == "nothing":
        return
    from transformers import (  # noqa: F401
        AutoConfig,
        BertConfig,
        DebertaV2Config,
        GenerationMixin,
        RobertaConfig,
    )

    if cure == "lock":
        lock_loading()
    if cure == "function":
        scope: dict[str, Any] = {}
        exec(compile(source, "fix", "exec"), scope)
        scope["_make_transformers_thread_safe"]()


def run_study(folder: Path, kind: str, cure: str, source: str) -> dict[str, Any]:
    """Run one study and return its faults, by trial, and what it left behind."""
    import optuna
    import torch

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    torch.set_num_threads(1)
    # New memory is filled with NaN, so that a forgotten initialisation always shows.
    torch.use_deterministic_algorithms(True)
    apply_cure(cure, source)
    outcomes: dict[int, list[str]] = {}

    def objective(trial: Any) -> float:
        try:
            loaded = KINDS[kind](folder, trial.number)
            outcomes[trial.number] = sorted(examine(loaded, build_heads()))
        except Exception as error:
            message = f"{type(error).__name__}: {error}".splitlines()[0]
            # Without the file names at the end, so that equal errors count as one.
            outcomes[trial.number] = [message.partition(" (")[0][:80]]
        return float(trial.suggest_float("x", 0, 1))

    jobs = 1 if cure == "control" else THREADS
    optuna.create_study().optimize(objective, n_trials=TRIALS, n_jobs=jobs)
    left = sorted(faults_of(build_heads(), "float32"))
    return {"trials": outcomes, "left": left}


def build_models(folder: Path) -> None:
    """Save the small models, and an adapter, that the studies load."""
    import transformers

    size = {
        "hidden_size": WIDTH,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "intermediate_size": 2 * WIDTH,
        "vocab_size": 200,
        "max_position_embeddings": 64,
    }
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [
        f"w{i}" for i in range(195)
    ]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="ascii")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"))
    for family, name in (("bert", "Bert"), ("roberta", "Roberta")):
        config = getattr(transformers, f"{name}Config")(**size)
        for suffix, of in (("", "Model"), ("-masked", "ForMaskedLM")):
            model = getattr(transformers, name + of)(config)
            model.save_pretrained(str(folder / (family + suffix)))
            tokenizer.save_pretrained(str(folder / (family + suffix)))
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(
        load_classifier(folder, 0).model, LoraConfig(task_type="SEQ_CLS")
    )
    adapted.save_pretrained(str(folder / "adapter"))


def measured_process(arguments: list[str]) -> None:
    """Be the measured process: build models, or run one study and print its result."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    action, folder, *rest = arguments
    with contextlib.redirect_stderr(io.StringIO()):
        if action == "build":
            build_models(Path(folder))
            return
        kind, cure = rest
        result = run_study(Path(folder), kind, cure, sys.stdin.read())
    print(json.dumps(result))


# --- the driver ---------------------------------------------------------------------


def fix_source() -> str:
    """The text of the function that eager-codemod inserts."""
    # Not at the top: the measured processes read this file where codemod is unknown.
    from codemod.edits.thread_safety import render

    return render()


def make_environment(cache: Path, release: Release) -> dict[str, str]:
    """Install what a measured process needs, unless the cache has it.

    Returns:
        The environment variables of the process, whose interpreter is the one in
        ``cache/torch``.
    """
    python = interpreter(cache)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(cache / "torch")], check=True)
        install(python, [TORCH, "numpy", "optuna", "scikit-learn", "scipy", "pillow"])
    folder = cache / release.transformers
    if not (folder / "done").exists():
        into = ["--target", str(folder), "--upgrade"]
        install(python, [*into, f"transformers=={release.transformers}", "numpy"])
        neighbours = [
            f"accelerate=={release.accelerate}",
            f"peft=={release.peft}",
            f"sentence-transformers=={release.sentence_transformers}",
        ]
        # Their dependencies are there already, or (torch) must not be replaced.
        install(python, [*into, "--no-deps", *neighbours])
        (folder / "done").touch()
    offline = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    return {**os.environ, **offline, "PYTHONPATH": str(folder)}


def interpreter(cache: Path) -> Path:
    """The Python of the shared environment."""
    return cache / "torch" / ("Scripts" if os.name == "nt" else "bin") / "python"


def install(python: Path, requirements: list[str]) -> None:
    """Run pip quietly, and fail when it does."""
    command = [str(python), "-m", "pip", "install", "--quiet", *requirements]
    subprocess.run(command, check=True, stdout=sys.stderr)


def measure(cache: Path, release: Release, kind: str, cure: str, fix: str) -> str:
    """Run one study in a fresh process, and return its cell of the table."""
    environment = make_environment(cache, release)
    program = [str(interpreter(cache)), str(Path(__file__).resolve())]
    models = cache / f"models-{release.transformers}"
    if not models.exists():
        models.mkdir()
        subprocess.run([*program, "build", str(models)], check=True, env=environment)
    process = subprocess.run(
        [*program, "study", str(models), kind, cure],
        env=environment,
        input=fix,
        capture_output=True,
        text=True,
    )
    if process.returncode != 0:
        return f"crashed: {process.stderr.splitlines()[-1:]}"
    return cell(json.loads(process.stdout.splitlines()[-1]))


def cell(result: dict[str, Any]) -> str:
    """Say how many trials were broken, how, and whether the process stays broken."""
    trials = result["trials"].values()
    faults = Counter(fault for trial in trials for fault in trial)
    parts = [f"**{sum(map(bool, trials))}**" if faults else "0"]
    parts += [f"{fault} {count}" for fault, count in faults.most_common(3)]
    parts += [f"stays: {fault}" for fault in result["left"]]
    return ", ".join(parts)


def main() -> None:
    """Measure, and print the tables."""
    options = parse_options()
    options.cache.mkdir(parents=True, exist_ok=True)
    cures = options.cure or CURES
    fix = options.function.read_text() if options.function else fix_source()
    chosen = [r for r in RELEASES if r.transformers in (options.version or VERSIONS)]
    for kind in options.kind or KINDS:
        print(f"\n`{kind}`: {KINDS[kind].__doc__}\n")
        print(f"| transformers | {' | '.join(cures)} |")
        print("| --- " * (len(cures) + 1) + "|")
        for release in chosen:
            cells = [measure(options.cache, release, kind, c, fix) for c in cures]
            print(f"| {release.transformers} | {' | '.join(cells)} |", flush=True)


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="for environments")
    parser.add_argument("--version", action="append", choices=VERSIONS)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--cure", action="append", choices=CURES)
    parser.add_argument("--function", type=Path, help="try this file's function")
    return parser.parse_args()


if __name__ == "__main__":
    if sys.argv[1:2] in (["build"], ["study"]):
        measured_process(sys.argv[1:])
    else:
        main()
