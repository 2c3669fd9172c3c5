from . import tune
