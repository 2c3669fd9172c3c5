"""Layers and models that are built while another thread is loading one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from .imports import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LOAD_SECONDS", "Bench"]

#: How long a load that is stopped half way waits for the others, and they for it.
LOAD_SECONDS = 60.0


class Bench:
    """A small saved model, and what is built while it is loaded.

    Args:
        torch: The module.
        transformers: The module.
        folder: Where the model is saved.
    """

    WIDTH = 8
    KEPT = 7.0  # a value that no initialisation gives

    def __init__(self, torch: Any, transformers: Any, folder: str) -> None:
        self.torch = torch
        self.base = transformers.BertModel
        self.tied = transformers.BertForMaskedLM
        self.folder = folder
        self.config = transformers.BertConfig(
            hidden_size=self.WIDTH,
            num_hidden_layers=1,
            num_attention_heads=1,
            intermediate_size=self.WIDTH,
            vocab_size=self.WIDTH,
        )
        self.base(self.config).save_pretrained(folder)
        self._loaded: Any = None

    def checks(self) -> Iterator[tuple[str, str | None]]:
        """What was built and when, with what is wrong with it."""
        self._loaded = self.base.from_pretrained(self.folder)
        builds = {
            "a layer": self._layer,
            "a model with tied weights": self._tied_model,
            "a loaded layer's new values": self._new_values,
        }
        for stage in ("construction", "initialisation"):
            for name, build in builds.items():
                yield "{}, during {}".format(name, stage), self._beside(stage, build)
        half = self._beside("construction", self._layer, half=True)
        yield "a layer, during a load in half precision", half
        yield "a layer, after loads that overlapped", self._after_overlap()

    def _layer(self) -> str | None:
        return self._fault(self.torch.nn.Linear(self.WIDTH, self.WIDTH))

    def _tied_model(self) -> str | None:
        model = self.tied(self.config)
        ends = model.get_input_embeddings(), model.get_output_embeddings()
        if ends[0].weight is not ends[1].weight:
            return "weights not tied"
        return self._fault(model)

    def _new_values(self) -> str | None:
        weight = self._loaded.pooler.dense.weight
        with self.torch.no_grad():
            weight.fill_(self.KEPT)
        self.torch.nn.init.normal_(weight)
        return "not initialised" if (weight == self.KEPT).any() else None

    def _fault(self, module: Any) -> str | None:
        for parameter in module.parameters():
            if parameter.device.type == "meta":
                return "on the meta device"
            if parameter.isnan().any():
                return "not initialised"
            if parameter.dtype != self.torch.float32:
                return "in half precision"
        return None

    def _beside(
        self, stage: str, build: Callable[[], str | None], half: bool = False
    ) -> str | None:
        """What is wrong with something that is built while a load stands still."""
        held = _HeldLoad(self, stage, half)
        try:
            fault = build()
        except Exception as error:
            fault = "{type}: {message}".format(**describe(error))
        return held.finish() or fault

    def _after_overlap(self) -> str | None:
        """What is wrong with a layer when the load that began first has ended first."""
        loads = [_HeldLoad(self, "construction") for _ in range(2)]
        faults = [held.finish() for held in loads]
        return faults[0] or faults[1] or self._layer()


class _HeldLoad:
    """A thread that loads a model and stops half way.

    Args:
        bench: Has the saved model.
        stage: Where to stop: ``construction`` or ``initialisation``.
        half: Whether it loads in half precision.
    """

    def __init__(self, bench: Bench, stage: str, half: bool = False) -> None:
        self._stage = stage
        # Version 5 knows the old name as well, and warns of it.
        self._dtype = {"torch_dtype": bench.torch.bfloat16} if half else {}
        self._inside = threading.Event()
        self._release = threading.Event()
        self._fault: str | None = None
        model: Any = type(bench.base.__name__, (bench.base,), self._methods(bench))
        self._thread = threading.Thread(
            target=self._load, args=(model, bench.folder), daemon=True
        )
        self._thread.start()
        if not self._inside.wait(LOAD_SECONDS):
            raise TimeoutError("a model was never half loaded")

    def finish(self) -> str | None:
        """Let the load go on, and wait for its end; the error it ended with."""
        self._release.set()
        self._thread.join(LOAD_SECONDS)
        return self._fault

    def _load(self, model: Any, folder: str) -> None:
        try:
            model.from_pretrained(folder, **self._dtype)
        except Exception as error:
            self._fault = "{type}: {message}".format(**describe(error))

    def _methods(self, bench: Bench) -> dict[str, Any]:
        """A model that has a layer which its checkpoint lacks, and waits there."""
        base, width = bench.base, bench.WIDTH

        def construct(model: Any, config: Any, *args: Any, **kwargs: Any) -> None:
            base.__init__(model, config, *args, **kwargs)
            model.extra = bench.torch.nn.Linear(width, width)
            self._wait("construction")

        def initialise(model: Any, module: Any) -> None:
            if module is getattr(model, "extra", None):
                self._wait("initialisation")
            base._init_weights(model, module)

        return {"__init__": construct, "_init_weights": initialise}

    def _wait(self, stage: str) -> None:
        if stage == self._stage:
            self._inside.set()
            self._release.wait(LOAD_SECONDS)
