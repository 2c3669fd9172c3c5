print 'Python 2'
import optuna
