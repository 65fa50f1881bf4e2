"""A package of agents."""
