from agents.hpo import search
