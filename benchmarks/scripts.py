"""Makes scripts such as people write: argparse and Hydra, 50 to 2,000 lines.

The same arguments always give the same bytes, so that everybody measures the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

__all__ = ["script", "write_packages", "write_scripts"]

_SHORTEST, _LONGEST = 50, 2000  # lines

_ARGPARSE = '''\
def main() -> None:
    """Search the hyper-parameters that the command line leaves open."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=40, help="how many trials")
    parser.add_argument("--jobs", type=int, default=8, help="how many at a time")
    parser.add_argument("--model", default="roberta-base", help="the model to tune")
    parser.add_argument("--output", default="study.json", help="where the best goes")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    study = optuna.create_study(direction="maximize")
    study.optimize(objective, n_trials=args.trials, n_jobs=args.jobs)
    with open(args.output, "w", encoding="utf-8") as file:
        json.dump({"value": study.best_value, "params": study.best_params}, file)
'''
_HYDRA = '''\
@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(config) -> float:
    """Run the study that the configuration describes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    study = optuna.create_study(direction=config.direction)
    study.optimize(objective, n_trials=config.trials, n_jobs=config.jobs)
    with open(config.output, "w", encoding="utf-8") as file:
        json.dump({"value": study.best_value, "params": study.best_params}, file)
    return study.best_value
'''
_OBJECTIVE = '''\
def objective(trial: optuna.Trial) -> float:
    """Train a model with the parameters of one trial."""
    from transformers import AutoModelForSequenceClassification

    rate = trial.suggest_float("learning_rate", 1e-6, 1e-3, log=True)
    name = trial.suggest_categorical("model", ["bert-base-cased", "roberta-base"])
    model = AutoModelForSequenceClassification.from_pretrained(name)
    return evaluate(model, train(model, rate))
'''
_FUNCTION = '''\
def {name}(records: list[dict[str, float]], limit: float = {number}) -> list[float]:
    """Collect what the {noun} of each record comes to, up to a limit."""
    collected = []
    for index, record in enumerate(records):
        value = record.get("{noun}", 0.0) * {factor} + index  # scaled, by position
        if value > limit and not record.get("keep"):
            logger.debug("record %d has a {noun} of %.3f", index, value)
            continue
        collected.append(round(value / (1.0 + abs(record.get("weight", {number}))), 6))
    return sorted(collected, reverse=len(collected) % 2 == 0)
'''
_CLASS = '''\
class {title}Module:
    """Keeps the {noun} of a run, and says how it went."""

    def __init__(self, size: int = {number}, *, name: str = "{noun}") -> None:
        self.size = size
        self.name = name
        self.history: dict[str, list[float]] = {{"train": [], "valid": []}}

    def update(self, values: list[float], split: str = "train") -> float:
        """Add the values of a step; their mean is returned."""
        mean = sum(values) / max(len(values), 1)
        self.history[split].append(mean)
        return mean

    def best(self, split: str = "valid") -> float:
        """The best mean so far."""
        return max(self.history[split], default=float("-inf"))
'''
_NOUNS = "loss accuracy margin length reward entropy gradient precision recall".split()


def script(number: int, lines: int) -> str:
    """One script: every third one a Hydra application, the others with argparse."""
    hydra = number % 3 == 2
    return "\n\n".join(
        [
            f'"""Search hyper-parameters, script {number} of a series."""\n\n'
            f"{'' if hydra else 'import argparse' + chr(10)}import json\nimport logging"
            f"\n\n{'import hydra' + chr(10) if hydra else ''}import optuna\n\n"
            "logger = logging.getLogger(__name__)\n",
            *_definitions(Random(number), lines - 45),
            _OBJECTIVE,
            _HYDRA if hydra else _ARGPARSE,
            'if __name__ == "__main__":\n    main()\n',
        ]
    )


def write_scripts(folder: Path, count: int = 100) -> None:
    """Fill a folder with scripts, the lengths from the shortest to the longest."""
    folder.mkdir(parents=True)
    growth = (_LONGEST / _SHORTEST) ** (1 / (count - 1))
    for number in range(count):
        text = script(number, round(_SHORTEST * growth**number))
        (folder / f"tune_{number:03}.py").write_text(text, encoding="utf-8")


def write_packages(folder: Path, count: int) -> None:
    """Fill a folder with packages of 50 modules that import one another.

    The last module of each is a script, which comes to optuna through some of the
    others: every fiftieth file is one whose imports are followed.
    """
    for first in range(0, count, 50):
        package = folder / f"project_{first // 500:03}" / f"package_{first // 50:04}"
        package.mkdir(parents=True)
        for number in range(50):
            text = _module(first // 50, number, Random(first + number))
            name = "tune" if number == 49 else f"module_{number:02}"
            (package / f"{name}.py").write_text(text, encoding="utf-8")


def _module(package: int, number: int, random: Random) -> str:
    near = [n for n in (number - 1, number // 2) if n >= 0]
    imports = "".join(f"import module_{n:02}\n" for n in sorted(set(near) - {number}))
    library = "import optuna\n" if number == 0 else ""
    head = f'"""Module {number} of package {package}."""\n\nimport argparse\n'
    head += f"import json\nimport logging\n\n{library}{imports}\n"
    parts = [head + "logger = logging.getLogger(__name__)\n"]
    parts += _definitions(random, random.randrange(40, 220))
    if number == 49:
        parts += [_OBJECTIVE.replace(": optuna.Trial", ""), _ARGPARSE]
    return "\n\n".join(parts)


def _definitions(random: Random, lines: int) -> Iterator[str]:
    """Functions and classes that together have about so many lines."""
    while lines > 0:
        noun = random.choice(_NOUNS)
        text = random.choice([_FUNCTION, _FUNCTION, _CLASS]).format(
            name=f"collect_{noun}_{lines}",
            title=noun.title() + str(lines),
            noun=noun,
            number=random.randrange(1, 900),
            factor=round(random.random(), 3),
        )
        lines -= text.count("\n") + 2
        yield text
