"""An Optuna study whose trials each build a small model and run it once."""

import argparse

import optuna
import torch
import transformers

MODELS = [
    "AlbertModel",
    "BertModel",
    "DebertaV2Model",
    "ElectraModel",
    "MPNetModel",
    "RobertaModel",
    "RoFormerModel",
    "XLMRobertaModel",
]
#: A model that is built and run in milliseconds.
SMALL = {
    "vocab_size": 32,
    "hidden_size": 16,
    "embedding_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
}


def objective(trial: optuna.Trial) -> float:
    """Build this trial's model, and return the size of what it computes."""
    model_class = getattr(transformers, MODELS[trial.number % len(MODELS)])
    model = model_class(model_class.config_class(**SMALL))
    hidden = model(torch.full((1, 4), 5)).last_hidden_state
    return float(hidden.shape[-1])


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
