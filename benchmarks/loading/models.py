"""The small models that the studies load, saved once for each version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["CLASSIFIER", "FAMILIES", "WIDTH", "build", "tiny", "vocabulary"]

WIDTH = 96
FAMILIES = ("bert", "llama")
CLASSIFIER = "bert"
_DTYPES = ("float32", "bfloat16")


def build(folder: Path) -> None:
    """Save the models, an adapter and a tokenizer.

    Args:
        folder: Exists and is empty.
    """
    import torch
    import transformers
    from peft import LoraConfig, get_peft_model

    for name, (model_class, config) in _models(transformers).items():
        torch.manual_seed(0)
        model = model_class(config)
        for dtype in _DTYPES:
            model.to(getattr(torch, dtype)).save_pretrained(folder / f"{name}-{dtype}")
    (folder / "vocab.txt").write_text("\n".join(vocabulary()), encoding="ascii")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(str(folder / "bert-float32"))
    adapted = get_peft_model(tiny(), LoraConfig(task_type="SEQ_CLS"))
    adapted.save_pretrained(str(folder / "adapter"))


def _models(library: Any) -> dict[str, Any]:
    size = {
        "hidden_size": WIDTH,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "intermediate_size": 2 * WIDTH,
        "vocab_size": 200,
        "max_position_embeddings": 64,
    }
    t5 = {"d_model": 64, "d_kv": 16, "d_ff": 128, "num_layers": 3, "num_heads": 4}
    bert = library.BertConfig(**size)
    return {
        "bert": (library.BertModel, bert),
        "bert-masked": (library.BertForMaskedLM, bert),
        "llama": (library.LlamaForCausalLM, library.LlamaConfig(**size)),
        "t5": (
            library.T5ForConditionalGeneration,
            library.T5Config(vocab_size=200, **t5),
        ),
    }


def vocabulary() -> list[str]:
    """The 200 words of the tokenizer."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return special + [f"w{number}" for number in range(195)]


def tiny(dropout: float = 0.1) -> Any:
    """A classifier that trains in a moment, made without loading."""
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        vocab_size=50,
        max_position_embeddings=32,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    return BertForSequenceClassification(config)
