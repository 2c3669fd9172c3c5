"""Load every model type that can be built small, alone, and print what came of it.

python -m tests.runtime.scripts.architectures FOLDER [FIRST:LAST]
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
import transformers
from transformers import CONFIG_MAPPING, MODEL_MAPPING

from .common import DTYPE, FOLDER, digest, repair

MOST_PARAMETERS = 2_500_000
DTYPES = (torch.float32, torch.bfloat16)
HEADS = (
    "SEQUENCE_CLASSIFICATION CAUSAL_LM SEQ_TO_SEQ_CAUSAL_LM IMAGE_CLASSIFICATION"
    " AUDIO_CLASSIFICATION PRETRAINING CTC OBJECT_DETECTION"
).split()
#: What configurations call their sizes.
SMALL = {
    32: "hidden_size d_model n_embd dim embedding_size emb_dim word_embed_proj_dim"
    " moe_intermediate_size image_size",
    2: "num_hidden_layers n_layer n_layers num_layers encoder_layers decoder_layers"
    " num_decoder_layers num_encoder_layers num_key_value_heads num_labels"
    " eos_token_id",
    4: "num_attention_heads n_head n_heads num_heads encoder_attention_heads"
    " decoder_attention_heads num_experts num_local_experts n_routed_experts",
    64: "intermediate_size encoder_ffn_dim decoder_ffn_dim d_ff ffn_dim d_inner"
    " hidden_dim n_inner max_position_embeddings n_positions max_source_positions"
    " max_target_positions ffn_hidden_size max_seq_len text_intermediate_size",
    16: "patch_size projection_dim",
    8: "head_dim d_kv d_head",
    120: "vocab_size",
    1: "bos_token_id decoder_start_token_id",
    0: "pad_token_id",
}
SIZES = {name: size for size, names in SMALL.items() for name in names.split()}


# -- Building --------------------------------------------------------------------------


def save(types: Iterable[str]) -> list[str]:
    """Save a small model of each type that has one; the folders, which are kept."""
    paths = [os.path.join(FOLDER, "types", name) for name in types]
    for path in paths:
        if not os.path.exists(path):
            os.makedirs(path)
            with contextlib.suppress(Exception):  # not every type can be built small
                _save(CONFIG_MAPPING[os.path.basename(path)], path)
    return [path for path in paths if os.path.exists(os.path.join(path, "config.json"))]


def _save(config_class: Any, path: str) -> None:
    model_class = _first(MODEL_MAPPING[config_class])
    for config in small_configs(config_class):
        with contextlib.suppress(Exception):
            with torch.device("meta"):
                parameters = model_class(config).parameters()
                size = sum(parameter.numel() for parameter in parameters)
            if size <= MOST_PARAMETERS:
                torch.manual_seed(7)
                model_class(config).save_pretrained(path)
                return


def _first(classes: Any) -> Any:
    return classes[0] if isinstance(classes, tuple | list) else classes


def small_configs(cls: Any) -> Iterator[Any]:
    """Configurations to try: small ones by their arguments, then by attributes."""
    values = cls().to_dict()
    sizes = {
        name: size for name, size in SIZES.items() if type(values.get(name)) is int
    }
    parts = {}
    for name, part in getattr(cls, "sub_configs", {}).items():
        with contextlib.suppress(Exception):
            parts[name] = next(small_configs(part)).to_dict()
    for arguments in ({**sizes, **parts}, sizes):
        with contextlib.suppress(Exception):
            yield cls(**arguments)
    config = cls()
    _shrink(config)
    yield config
    yield cls()


def _shrink(config: Any, depth: int = 0) -> None:
    for name, value in config.to_dict().items():
        part = getattr(config, name, None)
        if type(value) is int and name in SIZES:
            with contextlib.suppress(Exception):
                setattr(config, name, SIZES[name])
        elif hasattr(part, "to_dict") and depth < 3:
            _shrink(part, depth + 1)


# -- Loading ---------------------------------------------------------------------------


def loads(path: str) -> dict[str, Any]:
    """Every way to load what is saved there, with what came of it."""
    config_class = CONFIG_MAPPING[os.path.basename(path)]
    base = _first(MODEL_MAPPING[config_class])
    ways: dict[str, Callable[..., Any]] = {
        "from_pretrained": lambda **dtype: base.from_pretrained(path, **dtype),
        "from_config": lambda **dtype: base._from_config(
            config_class.from_pretrained(path), **dtype
        ),
    }
    for head in HEADS:
        with contextlib.suppress(Exception):
            mapping = getattr(transformers, f"MODEL_FOR_{head}_MAPPING")
            cls = _first(mapping[config_class])
            ways[cls.__name__] = lambda cls=cls, **dtype: cls.from_pretrained(
                path, **dtype
            )
    return {
        f"{os.path.basename(path)}, {way}, {dtype}": outcome(load, dtype)
        for way, load in ways.items()
        for dtype in DTYPES
    }


def outcome(load: Callable[..., Any], dtype: Any) -> list[Any]:
    """Digests of the tensors, the random state and a forward pass; or the error."""
    torch.manual_seed(11)
    try:
        model = load(**{DTYPE: dtype})
        named = dict([*model.named_parameters(), *model.named_buffers()])
        tensors = digest(named.values())
    except Exception as error:
        torch.set_default_dtype(torch.float32)  # some errors leave the other one
        return [f"{type(error).__name__}: {error}"[:60]]
    state = digest([torch.get_rng_state()])
    return [sorted(named), tensors, state, str(torch.get_default_dtype()), run(model)]


def run(model: Any) -> str:
    """The digest of a forward pass, or its error."""
    try:
        torch.manual_seed(3)
        with torch.no_grad():
            return digest(_tensors(model.eval()(**inputs(model))))
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:60]


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _tensors(part)


def inputs(model: Any) -> dict[str, Any]:
    """Something that a model may take."""
    names, config = inspect.signature(model.forward).parameters, model.config
    dtype = next((p.dtype for p in model.parameters() if p.is_floating_point()), None)
    dice = torch.Generator().manual_seed(5)
    vision = getattr(config, "vision_config", config)
    size = getattr(vision, "image_size", None) or 32
    size = size if isinstance(size, int) else size[0]
    channels = getattr(vision, "num_channels", 3) or 3
    shapes = {
        "pixel_values": (1, channels, size, size),
        "input_values": (1, 4000),
        "input_features": (1, getattr(config, "num_mel_bins", 80), 128),
    }
    found = {}
    main = getattr(model, "main_input_name", "input_ids")
    both = "input_ids" in names and hasattr(config, "vision_config")
    for name, shape in shapes.items():
        if name == main or (name in names and both):
            found[name] = torch.rand(*shape, generator=dice).to(dtype)
    for name in ("input_ids", "decoder_input_ids"):
        decodes = name == "input_ids" or config.is_encoder_decoder
        if name in names and decodes:
            found[name] = torch.arange(3, 11)[None]
    return found


def main() -> None:
    """All types, or a slice of them."""
    first, _, last = (sys.argv[2:] or [":"])[0].partition(":")
    types = sorted(CONFIG_MAPPING.keys())[int(first or 0) : int(last or 9999)]
    saved = save(types)
    repair()
    found: dict[str, Any] = {}
    for path in saved:
        found.update(loads(path))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
