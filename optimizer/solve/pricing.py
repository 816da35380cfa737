"""Pricing: the blocks under multipliers on the coupling rows, the bound they give, and better multipliers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.lp import Answer, Arrays, Control, Floats, Highs
from optimizer.solve.blocks import Cut, implied_rows, stacked
from optimizer.solve.search import Search

# Blocks are small and their relaxations strong: more heuristics and restarts take a third of their time for nothing.
_LIGHT = {"mip_allow_restart": False, "mip_heuristic_run_root_reduced_cost": False, "mip_heuristic_effort": 0.02}


def block_solver(model: Arrays, seed: int) -> Highs:
    """A solver set for a block or a few of them."""
    solver = Highs(model, seed=seed, presolve=True)
    for option, value in _LIGHT.items():
        solver.option(option, value)
    return solver


class Pricing:
    """The blocks' own problems, implied coupling rows included, priced again and again on kept solver objects."""

    def __init__(self, whole: Cut, seed: int) -> None:
        self.whole = whole
        self.models: list[Arrays] = []
        self.seconds = np.ones(len(whole.blocks))
        for block, (rows, lower, upper) in zip(whole.blocks, implied_rows(whole), strict=True):
            arrays, _ = stacked(whole, (block,), rows, lower, upper)
            arrays.cost[len(block.columns) :] = 0.0
            self.models.append(arrays)
        self.solvers = [block_solver(model, seed) for model in self.models]
        self.plans: list[Floats | None] = [None] * len(whole.blocks)

    def cost(self, number: int, multipliers: Floats) -> Floats:
        """Cost of a block's columns at the multipliers; global columns are priced apart from the blocks."""
        block, cost = self.whole.blocks[number], self.models[number].cost.copy()
        cost[: len(block.columns)] -= block.coupling.priced(multipliers)
        return cost

    def price(self, number: int, multipliers: Floats, control: Control, limit: float, gap: float) -> Answer:
        """One block at the multipliers: its best plan and a valid bound."""
        block, solver = self.whole.blocks[number], self.solvers[number]
        solver.change_cost(self.cost(number, multipliers))
        began = control.seconds()
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=control.stop))
        self.seconds[number] = control.seconds() - began
        if answer.x is not None:
            self.plans[number] = answer.x[: len(block.columns)]
        return answer

    def largest_first(self) -> list[int]:
        """Block numbers, the slowest of the last pass first."""
        return [int(k) for k in np.argsort(-self.seconds, kind="stable")]


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


def lagrangian_pass(
    pricing: Pricing, search: Search, multipliers: Floats, workers: int, gap: float, limit: float
) -> list[Answer] | None:
    """Every block at the multipliers; offers the bound. None when stopped half way."""
    whole = pricing.whole
    constant, multipliers = constant_of(whole, legal(whole, multipliers))
    answers: dict[int, Answer] = {}

    def work(number: int) -> None:
        if not search.over():
            seconds = max(0.1, min(limit, search.left()))
            answers[number] = pricing.price(number, multipliers, search.control, seconds, gap)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, pricing.largest_first()))
    if len(answers) < len(whole.blocks):
        return None
    ordered = [answers[number] for number in range(len(whole.blocks))]
    if all(answer.status == "infeasible" or np.isfinite(answer.bound) for answer in ordered):
        shares = np.array([answer.bound for answer in ordered])
        search.offer_bound(constant + float(shares.sum()), multipliers, shares)
    return ordered
