"""Kinds of loading: what a trial loads, by its number.

Each gives the model, and the set of what the kind itself finds wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.loading.faults import RESET
from benchmarks.loading.models import CLASSIFIER, FAMILIES, WIDTH, tiny

__all__ = ["LOADS", "RANDOM"]

Loaded = tuple[Any, set[str]]


def _path(folder: Path, number: int, dtype: str = "float32") -> str:
    return str(folder / f"{FAMILIES[number % 2]}-{dtype}")


def _half(name: str) -> dict[str, Any]:
    """The argument that asks for half precision, as the version spells it."""
    import torch
    from transformers import __version__

    key = "torch_dtype" if __version__.startswith("4.") else "dtype"
    return {key: "auto" if name == "auto" else getattr(torch, name)}


def base(folder: Path, number: int) -> Loaded:
    """`from_pretrained`, every weight is in the checkpoint."""
    from transformers import AutoModel

    return AutoModel.from_pretrained(_path(folder, number)), set()


def classifier(folder: Path, number: int) -> Loaded:
    """A classifier on a checkpoint without one: its head is initialised afresh."""
    from transformers import AutoModelForSequenceClassification as Classifier

    return Classifier.from_pretrained(str(folder / f"{CLASSIFIER}-float32")), set()


def masked(folder: Path, number: int) -> Loaded:
    """A language model whose output layer shares the input embedding's weight."""
    from transformers import AutoModelForMaskedLM

    model = AutoModelForMaskedLM.from_pretrained(str(folder / "bert-masked-float32"))
    return model, _untied(model)


def config(folder: Path, number: int) -> Loaded:
    """`from_config` in every other trial, beside `from_pretrained`."""
    from transformers import AutoConfig, AutoModelForMaskedLM

    if number % 2:
        return masked(folder, number)
    made = AutoConfig.from_pretrained(str(folder / "bert-masked-float32"))
    model = AutoModelForMaskedLM.from_config(made)
    return model, _untied(model)


def reset(folder: Path, number: int) -> Loaded:
    """A classifier whose last layer is initialised again, a habit with BERT."""
    import torch

    model, _ = classifier(folder, number)
    layer = model.base_model.encoder.layer[-1].output.dense
    with torch.no_grad():
        layer.weight.fill_(RESET)
    torch.nn.init.normal_(layer.weight, std=0.02)
    kept = bool((layer.weight == RESET).any())
    return model, {"layer not reset"} if kept else set()


def lowmem(folder: Path, number: int) -> Loaded:
    """`low_cpu_mem_usage=True`, which version 5 ignores."""
    from transformers import AutoModel

    path = _path(folder, number)
    return AutoModel.from_pretrained(path, low_cpu_mem_usage=True), set()


def sentence(folder: Path, number: int) -> Loaded:
    """A sentence encoder with a dense layer of its own."""
    from sentence_transformers import SentenceTransformer, models

    words = models.Transformer(str(folder / "bert-float32"))
    parts = [words, models.Pooling(WIDTH), models.Dense(WIDTH, WIDTH)]
    return SentenceTransformer(modules=parts, device="cpu"), set()


def peft(folder: Path, number: int) -> Loaded:
    """LoRA adapters: new ones in every other trial, saved ones in the rest."""
    from peft import LoraConfig, PeftModel, get_peft_model

    if number % 2:
        return PeftModel.from_pretrained(tiny(), str(folder / "adapter")), set()
    model, _ = classifier(folder, number)
    return get_peft_model(model, LoraConfig(task_type="SEQ_CLS")), set()


def half(folder: Path, number: int) -> Loaded:
    """`dtype=torch.bfloat16` in every trial."""
    from transformers import AutoModel

    return AutoModel.from_pretrained(_path(folder, number), **_half("bfloat16")), set()


def mixed(folder: Path, number: int) -> Loaded:
    """`dtype=torch.bfloat16` in every other trial."""
    return (half if number % 2 else base)(folder, number // 2)


def auto(folder: Path, number: int) -> Loaded:
    """The dtype of the checkpoint, of which every other is bfloat16."""
    from transformers import AutoModel

    path = _path(folder, number // 2, ("float32", "bfloat16")[number % 2])
    return AutoModel.from_pretrained(path, **_half("auto")), set()


def t5(folder: Path, number: int) -> Loaded:
    """T5 in float16, of which some layers stay in float32."""
    from transformers import AutoModelForSeq2SeqLM

    path = str(folder / "t5-float32")
    return AutoModelForSeq2SeqLM.from_pretrained(path, **_half("float16")), set()


def config_half(folder: Path, number: int) -> Loaded:
    """`from_config` with `dtype=torch.bfloat16`."""
    from transformers import AutoConfig, AutoModel

    made = AutoConfig.from_pretrained(_path(folder, number))
    return AutoModel.from_config(made, **_half("bfloat16")), set()


def _untied(model: Any) -> set[str]:
    ends = model.get_input_embeddings(), model.get_output_embeddings()
    return set() if ends[0].weight is ends[1].weight else {"not tied"}


LOADS: dict[str, Callable[[Path, int], Loaded]] = {
    "base": base,
    "classifier": classifier,
    "masked": masked,
    "config": config,
    "reset": reset,
    "lowmem": lowmem,
    "sentence": sentence,
    "peft": peft,
    "half": half,
    "mixed": mixed,
    "auto": auto,
    "t5": t5,
    "config-half": config_half,
}
RANDOM = frozenset(["classifier", "config", "reset", "sentence", "peft", "config-half"])
"""The kinds whose models have new, random values."""
