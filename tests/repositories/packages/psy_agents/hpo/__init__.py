from psy_agents.models import build
