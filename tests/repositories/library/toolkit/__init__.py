from toolkit.training import train
from toolkit.tuning import tune
