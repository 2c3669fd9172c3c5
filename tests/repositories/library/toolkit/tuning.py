import optuna

from toolkit.training import train


def tune():
    optuna.create_study().optimize(train)
