"""Analyses: what else a planner asks of a scenario; each a file with Settings, Result and run."""
