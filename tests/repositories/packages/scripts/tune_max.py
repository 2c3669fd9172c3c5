import psy_agents.hpo.runner
