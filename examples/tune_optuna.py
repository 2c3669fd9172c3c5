#!/usr/bin/env python
"""Find the smallest encoder that still has the wanted capacity, eight trials at a time.

Needs optuna and transformers; torch is not needed, because only the architecture is
searched: a trial picks one, and its configuration says how many weights it would have.
"""

import argparse
import logging

import optuna

logger = logging.getLogger(__name__)

ARCHITECTURES = ["bert", "roberta", "electra", "deberta-v2", "distilbert"]


def count_weights(config):
    """Weights of an encoder's embeddings and layers, without biases."""
    embeddings = config.vocab_size * config.hidden_size
    attention = 4 * config.hidden_size**2
    feed_forward = 2 * config.hidden_size * config.intermediate_size
    return embeddings + config.num_hidden_layers * (attention + feed_forward)


def objective(trial, target):
    # The import is here because the parent process should start quickly; it is what
    # several threads do at the same moment.
    from transformers import CONFIG_MAPPING

    architecture = trial.suggest_categorical("architecture", ARCHITECTURES)
    hidden = 64 * trial.suggest_int("hidden", 2, 16)
    config = CONFIG_MAPPING[architecture](
        vocab_size=30_000,
        hidden_size=hidden,
        num_hidden_layers=trial.suggest_int("layers", 2, 24),
        num_attention_heads=hidden // 64,
        intermediate_size=hidden * trial.suggest_int("expansion", 1, 4),
    )
    return abs(count_weights(config) - target)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", type=int, default=20_000_000)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--jobs", type=int, default=8)
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO)

    study = optuna.create_study(direction="minimize")
    study.optimize(
        lambda trial: objective(trial, args.target),
        n_trials=args.trials,
        n_jobs=args.jobs,
    )
    logger.info("best: %s", study.best_params)


if __name__ == "__main__":
    main()
