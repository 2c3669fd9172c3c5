"""A Hydra app that runs its trials in threads, in every job of a multirun."""

from concurrent.futures import ThreadPoolExecutor

import hydra
from omegaconf import DictConfig


def depth(model_type: str) -> int:
    """Return the depth of a model, in layers, from its configuration."""
    from transformers import AutoConfig

    return int(AutoConfig.for_model(model_type).num_hidden_layers)


@hydra.main(version_base=None, config_path="conf", config_name="config")  # type: ignore[untyped-decorator]
def run(cfg: DictConfig) -> None:
    """Run this job's trials, all at once."""
    with ThreadPoolExecutor(max_workers=len(cfg.models)) as pool:
        depths = list(pool.map(depth, cfg.models))
    print(f"job {cfg.seed}: {len(depths)} of {len(cfg.models)} trials complete")


if __name__ == "__main__":
    run()
