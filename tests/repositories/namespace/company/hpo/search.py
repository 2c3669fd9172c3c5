import nevergrad
