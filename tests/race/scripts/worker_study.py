"""Trials in threads of a worker process, as schedulers of clusters start them."""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

MODEL_TYPES = ["albert", "bert", "distilbert", "electra"]


def depth(model_type: str) -> int:
    """Return the depth of a model, in layers, from its configuration."""
    from transformers import AutoConfig

    return int(AutoConfig.for_model(model_type).num_hidden_layers)


def run_trials(model_types: list[str]) -> list[int]:
    """Run the trials of one worker, all at once."""
    with ThreadPoolExecutor(max_workers=len(model_types)) as pool:
        return list(pool.map(depth, model_types))


def main() -> None:
    """Start a worker that inherits nothing, and print what it got done."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(args.workers, mp_context=context) as pool:
        depths = pool.submit(run_trials, MODEL_TYPES).result()
    print(f"{len(depths)} of {len(MODEL_TYPES)} trials complete")


if __name__ == "__main__":
    main()
