import hyperopt
