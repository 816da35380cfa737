"""Which solvers this machine has, whether one may be used, and a run of any that PuLP knows."""

from __future__ import annotations

import importlib.metadata
from typing import Any

import numpy as np
import pulp

from optimizer.model.answer import Answer
from optimizer.model.arrays import INFINITY, Arrays
from optimizer.model.rows import Variable
from optimizer.problems import SolverUnavailable
from optimizer.tolerances import SOLVER_FEASIBILITY

OLDEST_HIGHS = (1, 15, 1)


def versions() -> dict[str, str]:
    """Versions of the modelling layer and the solver."""
    return {"pulp": importlib.metadata.version("pulp"), "highspy": importlib.metadata.version("highspy")}


def solvers() -> tuple[str, ...]:
    """Names of the solvers that can be asked for on this machine."""
    found = ["highs"]
    for name in pulp.listSolvers(onlyAvailable=True):
        if name not in ("HiGHS", "HiGHS_CMD"):
            found.append(name)
    return tuple(found)


def require_solver(name: str) -> None:
    """Refuse a solver that is missing, and a HiGHS known to give wrong answers.

    Raises
    ------
    SolverUnavailable
        With the reason and the remedy.
    """
    if name == "highs":
        found = importlib.metadata.version("highspy")
        numbers = tuple(int("".join(filter(str.isdigit, part)) or 0) for part in found.split(".")[:3])
        if numbers < OLDEST_HIGHS:
            raise SolverUnavailable(f"highspy {found} is known to give wrong answers; install highspy >= 1.15.1")
    elif name not in solvers():
        raise SolverUnavailable(f"solver {name!r} is not on this machine; available: {', '.join(solvers())}")


def solve_with_pulp(arrays: Arrays, solver: str, *, gap: float, time_limit: float, threads: int) -> Answer:
    """Solve with any solver PuLP knows; it tells no bound, so only a proof within the asked gap gives one."""
    empty = arrays.start[1:] == arrays.start[:-1]
    if (empty & ((arrays.row_lower > SOLVER_FEASIBILITY) | (arrays.row_upper < -SOLVER_FEASIBILITY))).any():
        return Answer("infeasible", None, float("inf"), float("inf"))
    problem, variables = _as_pulp(arrays)
    options: dict[str, Any] = {"msg": False, "timeLimit": time_limit, "gapRel": gap}
    if solver in ("PULP_CBC_CMD", "COIN_CMD"):
        options["threads"] = threads
    problem.solve(pulp.getSolver(solver, **options))
    if problem.status == pulp.LpStatusInfeasible or problem.sol_status == pulp.LpSolutionInfeasible:
        return Answer("infeasible", None, float("inf"), float("inf"))
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Answer("no_plan", None, float("inf"), -float("inf"))
    x = np.array(
        [
            variable.varValue if variable.varValue is not None else max(0.0, low)
            for variable, low in zip(variables, arrays.lower, strict=True)
        ]
    )
    objective = float(arrays.cost @ x)
    proved = problem.sol_status == pulp.LpSolutionOptimal
    bound = objective - gap * abs(objective) if proved else -float("inf")
    return Answer("optimal" if proved and gap <= 1e-9 else "feasible", x, objective, bound)


def _as_pulp(arrays: Arrays) -> tuple[pulp.LpProblem, list[Variable]]:
    """The arrays as a PuLP problem, without the constant."""
    problem = pulp.LpProblem("jointbuy", pulp.LpMinimize)
    variables = [
        problem.add_variable(
            f"x{number:07d}",
            None if np.isinf(low) else low,
            None if np.isinf(high) else high,
            pulp.LpInteger if integer else pulp.LpContinuous,
        )
        for number, (low, high, integer) in enumerate(
            zip(arrays.lower.tolist(), arrays.upper.tolist(), arrays.integer.tolist(), strict=True)
        )
    ]
    problem.setObjective(pulp.LpAffineExpression({v: c for v, c in zip(variables, arrays.cost.tolist(), strict=True)}))
    index, value = arrays.index.tolist(), arrays.value.tolist()
    for row in range(arrays.rows):
        entries = range(int(arrays.start[row]), int(arrays.start[row + 1]))
        terms = pulp.LpAffineExpression([(variables[index[entry]], value[entry]) for entry in entries])
        low, high = float(arrays.row_lower[row]), float(arrays.row_upper[row])
        if low == high:
            problem.addConstraint(terms == low)
            continue
        if low > -INFINITY:
            problem.addConstraint(terms >= low)
        if high < INFINITY:
            problem.addConstraint(terms <= high)
    return problem, variables
