"""Measures: pure functions from (scenario, plan) to numbers; no solver in sight."""
