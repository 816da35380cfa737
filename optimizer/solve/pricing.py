"""Pricing: the blocks under multipliers on the coupling rows, the bound they give, and better multipliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.control import Control
from optimizer.solve.block_solver import begin_with, block_solver
from optimizer.solve.blocks import Cut, implied_rows, stacked
from optimizer.solve.branching import Branching

# Plans kept of each block, the latest; nodes after which a block is one for cuts.
_KEPT, _NODES = 12, 400


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
        self.trees = [Branching(model, seed, kept=True) for model in self.models]
        self._seed = seed
        self.plans: list[Floats | None] = [None] * len(whole.blocks)
        self._known: list[list[Floats]] = [[] for _ in whole.blocks]

    def cost(self, number: int, multipliers: Floats) -> Floats:
        """Cost of a block's columns at the multipliers; global columns are priced apart from the blocks."""
        block, cost = self.whole.blocks[number], self.models[number].cost.copy()
        cost[: len(block.columns)] -= block.coupling.priced(multipliers)
        return cost

    def relaxed(self, number: int, multipliers: Floats, control: Control) -> Answer:
        """One block's relaxation at the multipliers, from where it stood last."""
        self.trees[number].change_cost(self.cost(number, multipliers))
        return self.trees[number].relaxed(control)

    def rest(self) -> None:
        """Hold no solvers until blocks are priced again."""
        for tree in self.trees:
            tree.rest()

    def price(
        self,
        number: int,
        multipliers: Floats,
        control: Control,
        limit: float,
        gap: float,
        in_turns: bool = False,
    ) -> Answer:
        """One block at the multipliers: its best plan and a valid bound.

        A block priced `in_turns` goes on where it was cut off at the same multipliers; until it is decided its plan is
        none to go by (L seed 2: searches guided by such plans ended at dearer ones).
        """
        block, known, tree = self.whole.blocks[number], self._known[number], self.trees[number]
        cost = self.cost(number, multipliers)
        tree.change_cost(cost)
        start = min(known, key=lambda x: float(cost @ x)) if known else None
        began = control.seconds()
        answer = tree.run(gap=gap, time_limit=limit, control=control, start=start, nodes=_NODES, in_turns=in_turns)
        left = limit - (control.seconds() - began)
        if answer.status in ("feasible", "no_plan") and left > 0.0:
            answer = self._with_cuts(number, cost, answer, gap, left, control)
        tree.rest()
        self.seconds[number] = control.seconds() - began
        if in_turns and start is not None and answer.status != "infeasible" and float(cost @ start) < answer.objective:
            # Cuts found it in an earlier turn, of which the tree knows nothing.
            status = "feasible" if answer.status == "no_plan" else answer.status
            answer = replace(answer, status=status, x=start, objective=float(cost @ start))
        if answer.x is not None:
            if not in_turns or answer.status == "optimal":
                self.plans[number] = answer.x[: len(block.columns)]
            self._known[number] = [answer.x, *(x for x in known if x is not answer.x)][:_KEPT]
        return answer

    def _with_cuts(
        self, number: int, cost: Floats, so_far: Answer, gap: float, left: float, control: Control
    ) -> Answer:
        """What HiGHS makes of a block whose relaxation is not near enough to be branched on alone."""
        solver = block_solver(replace(self.models[number], cost=cost), self._seed)
        if so_far.x is not None:
            begin_with(solver, so_far.x)
        found = solver.run(gap=gap, time_limit=left, control=Control(stop=control.stop))
        if found.status == "infeasible":  # not believed where there is a plan
            return found if so_far.x is None else so_far
        best = so_far if found.x is None or so_far.objective < found.objective else found
        return replace(best, bound=max(so_far.bound, found.bound))


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
