import a
import optuna
