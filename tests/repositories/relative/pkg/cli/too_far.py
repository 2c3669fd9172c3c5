from .... import hpo
