"""jointbuy: an open planning bench for allied defense procurement."""

import os

# Vectors here are short: threads of NumPy's own only take, while they wait, the cores that the solver's runs have.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from optimizer.analysis.compare import compare
from optimizer.batch import run_batch
from optimizer.load import load_scenario
from optimizer.model.control import Progress
from optimizer.plan import Plan
from optimizer.problems import InvalidInput, Problem, SolverFailed, SolverUnavailable
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve import solve
from optimizer.solve.session import Session

__all__ = [
    "InvalidInput",
    "Plan",
    "Problem",
    "Progress",
    "Scenario",
    "Session",
    "Solution",
    "SolverFailed",
    "SolverUnavailable",
    "compare",
    "load_scenario",
    "run_batch",
    "solve",
]
