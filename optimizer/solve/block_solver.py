"""HiGHS set for a block of the model, or a few of them."""

from __future__ import annotations

from typing import Callable

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs

# Blocks are small and their relaxations strong: more heuristics and restarts take a third of their time for nothing.
_LIGHT = {"mip_allow_restart": False, "mip_heuristic_run_root_reduced_cost": False, "mip_heuristic_effort": 0.02}
# From an earlier plan, which mostly is the best again or nearly so, all of them take two thirds of it.
_NO_HEURISTICS = {
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_feasibility_jump": False,
}


def block_solver(model: Arrays, seed: int) -> Highs:
    """A solver set for a block or a few of them."""
    solver = Highs(model, seed=seed, presolve=True)
    for option, value in _LIGHT.items():
        solver.option(option, value)
    return solver


def begin_with(solver: Highs, x: Floats) -> None:
    """Start a block's solver from an earlier plan, with no more heuristics of its own."""
    solver.start_from(x)
    for option, value in _NO_HEURISTICS.items():
        solver.option(option, value)


def decided_with_cuts(
    arrays: Arrays,
    seed: int,
    *,
    gap: float,
    time_limit: float,
    control: Control,
    start: Floats | None = None,
    watch: Callable[[float, float], bool] | None = None,
) -> Floats | None:
    """A plan of a model in HiGHS's hands; None where none was found."""
    solver = block_solver(arrays, seed)
    if start is not None:
        solver.start_from(start)
    return solver.run(gap=gap, time_limit=time_limit, control=control, watch=watch).x
