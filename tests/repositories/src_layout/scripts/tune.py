from agents import hpo
