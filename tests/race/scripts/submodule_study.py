"""An Optuna study that imports transformers at the top, as most scripts do.

The package itself is loaded then, but it is lazy: what stands behind a name is still
imported by the first trial that asks for it.
"""

import argparse

import optuna
import transformers

CONFIGS = [
    "AlbertConfig",
    "BertConfig",
    "DebertaV2Config",
    "DistilBertConfig",
    "ElectraConfig",
    "GPT2Config",
    "RobertaConfig",
    "T5Config",
]


def objective(trial: optuna.Trial) -> float:
    """Build this trial's configuration, and return its depth in layers."""
    config = getattr(transformers, CONFIGS[trial.number % len(CONFIGS)])()
    return float(config.num_hidden_layers)


def main() -> None:
    """Run the study, and say how many of its trials went through."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=8)
    args = parser.parse_args()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=args.trials, n_jobs=8)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    print(f"{len(complete)} of {args.trials} trials complete")


if __name__ == "__main__":
    main()
