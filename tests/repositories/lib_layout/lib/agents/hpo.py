from ray import tune
