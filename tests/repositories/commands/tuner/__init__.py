from .search import tune
