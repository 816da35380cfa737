"""Pricing: the blocks under multipliers on the coupling rows, the bound they give, and better multipliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.blocks import Cut, implied_rows, stacked

# Blocks are small and their relaxations strong: more heuristics and restarts take a third of their time for nothing.
_LIGHT = {"mip_allow_restart": False, "mip_heuristic_run_root_reduced_cost": False, "mip_heuristic_effort": 0.02}
# From an earlier plan, which mostly is the best again or nearly so, all of them take two thirds of it.
_NO_HEURISTICS = {
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_feasibility_jump": False,
}
# Plans kept of each block, the latest.
_KEPT = 12


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


class Pricing:
    """The blocks' own problems, implied coupling rows included, priced again and again on kept solver objects.

    Only decisions are whole: whole totals lift the bound by 0.01 % at most and take half the time, and a merged plan's
    totals are decided anew anyway.
    """

    def __init__(self, whole: Cut, seed: int) -> None:
        self.whole = whole
        self.models: list[Arrays] = []
        self.seconds = np.ones(len(whole.blocks))
        for block, (rows, lower, upper) in zip(whole.blocks, implied_rows(whole), strict=True):
            arrays, _ = stacked(whole, (block,), rows, lower, upper)
            arrays.cost[len(block.columns) :] = 0.0
            self.models.append(replace(arrays, integer=arrays.decisions))
        self._seed = seed
        # Made when first asked for: until then the relaxations have the memory.
        self._solvers: list[Highs | None] = [None] * len(whole.blocks)
        self.plans: list[Floats | None] = [None] * len(whole.blocks)
        self._known: list[list[Floats]] = [[] for _ in whole.blocks]

    def cost(self, number: int, multipliers: Floats) -> Floats:
        """Cost of a block's columns at the multipliers; global columns are priced apart from the blocks."""
        block, cost = self.whole.blocks[number], self.models[number].cost.copy()
        cost[: len(block.columns)] -= block.coupling.priced(multipliers)
        return cost

    def price(self, number: int, multipliers: Floats, control: Control, limit: float, gap: float) -> Answer:
        """One block at the multipliers: its best plan and a valid bound."""
        block, known = self.whole.blocks[number], self._known[number]
        solver = self._solvers[number] or block_solver(self.models[number], self._seed)
        self._solvers[number] = solver
        cost = self.cost(number, multipliers)
        solver.change_cost(cost)
        if known:
            solver.start_from(min(known, key=lambda x: float(cost @ x)))
        began = control.seconds()
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=control.stop))
        self.seconds[number] = control.seconds() - began
        if answer.x is not None:
            self.plans[number] = answer.x[: len(block.columns)]
            if not known:
                for option, value in _NO_HEURISTICS.items():
                    solver.option(option, value)
            self._known[number] = [answer.x, *known][:_KEPT]
        return answer


def legal(whole: Cut, multipliers: Floats) -> Floats:
    """Multipliers clipped to their legal sign, so that any of them gives a valid bound."""
    signed = np.where(np.isinf(whole.lower), np.minimum(multipliers, 0.0), multipliers)
    return np.where(np.isinf(whole.upper), np.maximum(signed, 0.0), signed)


def constant_of(whole: Cut, multipliers: Floats) -> tuple[float, Floats]:
    """The bound's part of the coupling rows and global columns, and multipliers under which it is finite."""
    arrays = whole.arrays
    for _ in range(60):
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
        endless = (reduced < -1e-9) & np.isinf(arrays.upper[whole.globals])
        if not endless.any():
            break
        # A global column that pays to grow without end: lower the prices of the rows that make it do so.
        rows = whole.global_entries.row[np.isin(whole.global_entries.column, np.flatnonzero(endless))]
        multipliers = multipliers.copy()
        multipliers[np.unique(rows)] *= 0.9
    else:
        multipliers = multipliers.copy()
        multipliers[np.unique(whole.global_entries.row)] = 0.0
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
    with np.errstate(invalid="ignore"):
        at_bound = np.where(
            reduced >= 0.0, reduced * arrays.lower[whole.globals], reduced * arrays.upper[whole.globals]
        )
    columns = float(np.where(np.abs(reduced) > 1e-9, at_bound, 0.0).sum())
    sides = np.where(multipliers > 0.0, whole.lower, np.where(multipliers < 0.0, whole.upper, 0.0))
    return columns + float((multipliers * sides).sum()), multipliers
