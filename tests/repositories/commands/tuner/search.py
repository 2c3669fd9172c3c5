import optuna

from .objective import Objective


def tune(jobs):
    study = optuna.create_study()
    study.optimize(Objective(), n_trials=9, n_jobs=jobs)
