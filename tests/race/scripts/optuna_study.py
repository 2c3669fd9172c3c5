"""An Optuna study of eight trials at a time, each with another model's configuration.

The imports stand inside the objective, as they do in scripts that want a quick
``--help``, so that the trials' threads are the first to load transformers.
"""

import argparse

import optuna

MODEL_TYPES = [
    "albert",
    "bert",
    "deberta-v2",
    "distilbert",
    "electra",
    "gpt2",
    "roberta",
    "t5",
]


def objective(trial: optuna.Trial) -> float:
    """Build the configuration of this trial's model, and return its depth in layers."""
    from transformers import AutoConfig

    config = AutoConfig.for_model(MODEL_TYPES[trial.number % len(MODEL_TYPES)])
    return float(config.num_hidden_layers)


def main() -> None:
    """Run the study, and say how many of its trials went through."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=8)
    args = parser.parse_args()
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=args.trials, n_jobs=args.jobs)
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    print(f"{len(complete)} of {args.trials} trials complete")


if __name__ == "__main__":
    main()
