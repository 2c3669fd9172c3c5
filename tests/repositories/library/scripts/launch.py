import subprocess

import optuna


def objective(trial):
    done = subprocess.run(["python", "scripts/train.py"], check=False)
    return done.returncode


optuna.create_study().optimize(objective)
