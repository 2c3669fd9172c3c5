"""A Hydra application whose every job tries several tokenizers in threads."""

import logging
from concurrent.futures import ThreadPoolExecutor

import hydra
from omegaconf import DictConfig

log = logging.getLogger(__name__)


def vocabulary_size(name: str) -> int:
    from transformers import CONFIG_MAPPING

    return CONFIG_MAPPING[name]().vocab_size


@hydra.main(version_base=None, config_path="conf", config_name="tune")
def tune(cfg: DictConfig) -> float:
    """Return the mean vocabulary size of the chosen architectures."""
    with ThreadPoolExecutor(cfg.threads) as pool:
        sizes = list(pool.map(vocabulary_size, cfg.architectures))
    mean = sum(sizes) / len(sizes)
    log.info("mean vocabulary: %.0f", mean)
    return mean


if __name__ == "__main__":
    tune()
