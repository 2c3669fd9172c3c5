import psy_agents.data.loader
