"""Analyses: what else a planner asks of a scenario; each a file with Settings, Result, run, and one line here."""

from __future__ import annotations

from optimizer.analysis import alternatives, edit, explain, frontier, sensitivity, stability
from optimizer.analysis.analysis import Analysis

ANALYSES: tuple[Analysis, ...] = (
    edit.ANALYSIS,
    sensitivity.ANALYSIS,
    frontier.ANALYSIS,
    alternatives.ANALYSIS,
    explain.ANALYSIS,
    stability.ANALYSIS,
)
