"""Search a learning rate with Hugging Face's Trainer, trials in parallel threads.

Needs torch, accelerate, optuna and transformers; the data is made up, so nothing is
downloaded.
"""

from dataclasses import dataclass, field
from typing import Optional

from transformers import HfArgumentParser, TrainingArguments


@dataclass
class SearchArguments:
    trials: int = field(default=8, metadata={"help": "How many trials to run."})
    jobs: int = field(default=4, metadata={"help": "How many of them at a time."})
    hidden: Optional[int] = field(default=64, metadata={"help": "Width of the model."})


def make_dataset(size: int = 64):
    """Sequences of token ids; the label is whether the first one is even."""
    import torch

    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, 100, (size, 12), generator=generator)
    return [{"input_ids": row, "labels": int(row[0]) % 2} for row in ids]


def make_model(hidden: int):
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(
        vocab_size=100,
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=2 * hidden,
    )
    return BertForSequenceClassification(config)


def main():
    parser = HfArgumentParser((SearchArguments, TrainingArguments))
    search, training = parser.parse_args_into_dataclasses()

    from transformers import Trainer

    data = make_dataset()
    trainer = Trainer(
        args=training,
        model_init=lambda: make_model(search.hidden),
        train_dataset=data,
        eval_dataset=data,
    )
    best = trainer.hyperparameter_search(
        backend="optuna",
        hp_space=lambda trial: {
            "learning_rate": trial.suggest_float("learning_rate", 1e-5, 1e-3, log=True)
        },
        n_trials=search.trials,
        n_jobs=search.jobs,
    )
    print(best)


if __name__ == "__main__":
    main()
