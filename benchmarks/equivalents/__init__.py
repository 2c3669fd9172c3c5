"""The guard's insertion as one would write it for two other tools."""
