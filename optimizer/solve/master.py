"""Master: plans of the blocks seen so far, mixed at least cost (Dantzig-Wolfe); its duals are new multipliers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimizer.model.arrays import INFINITY, Arrays, Floats
from optimizer.model.highs import Highs
from optimizer.solve.blocks import Cut

_SECONDS = 30.0
_NOTHING, _NO_WEIGHT = 1e-12, 1e-9
# Plans that so many mixtures had no use for are dropped (XL seed 2: 15 s for 19; after four 11 s, but 0.01 % off).
_IDLE = 6


@dataclass(frozen=True)
class Mixture:
    """The cheapest mixture: its cost, the multipliers, what it still breaks, and the mean plan of each block."""

    objective: float
    multipliers: Floats
    broken: Floats
    mean: list[Floats]


@dataclass
class _Member:
    """A plan of a block, and for how many mixtures it was of no use."""

    number: int
    plan: Floats
    idle: int = 0


class Master:
    """Weights on the plans seen, summing to one in each block; coupling rows may be broken at a price.

    The price bounds the multipliers, so that the first few plans do not throw them about.
    """

    def __init__(self, whole: Cut, price: Floats, seed: int) -> None:
        self.whole = whole
        self._fixed = len(whole.globals) + 2 * len(whole.rows)
        self._solver = Highs(self._empty(price), relax=True, seed=seed, presolve=False)
        self._solver.option("simplex_strategy", 4)  # new columns and costs leave the last basis feasible
        self._members: list[_Member] = []

    def _empty(self, price: Floats) -> Arrays:
        """The coupling rows with global columns and slacks, and one row per block whose weights sum to one."""
        whole, rows, blocks = self.whole, len(self.whole.rows), len(self.whole.blocks)
        free, entries = len(whole.globals), whole.global_entries
        every = np.arange(rows)
        row = np.concatenate([entries.row, every, every])
        column = np.concatenate([entries.column, free + every, free + rows + every])
        value = np.concatenate([entries.value, np.ones(rows), -np.ones(rows)])
        order = np.argsort(row, kind="stable")
        return Arrays(
            cost=np.concatenate([whole.arrays.cost[whole.globals], price, price]),
            offset=0.0,
            lower=np.concatenate([whole.arrays.lower[whole.globals], np.zeros(2 * rows)]),
            upper=np.concatenate([whole.arrays.upper[whole.globals], np.full(2 * rows, INFINITY)]),
            integer=np.zeros(self._fixed, dtype=bool),
            start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows + blocks))]).astype(np.int64),
            index=column[order].astype(np.int64),
            value=value[order],
            row_lower=np.concatenate([whole.lower, np.ones(blocks)]),
            row_upper=np.concatenate([whole.upper, np.ones(blocks)]),
            column_block=np.zeros(self._fixed, dtype=np.int64),
            row_block=np.zeros(rows + blocks, dtype=np.int64),
        )

    def add(self, number: int, plan: Floats) -> None:
        """A plan of a block."""
        block, rows = self.whole.blocks[number], len(self.whole.rows)
        activity = block.coupling.activity(plan)
        at = np.flatnonzero(np.abs(activity) > _NOTHING)
        self._members.append(_Member(number, plan))
        self._solver.add_column(
            float(self.whole.arrays.cost[block.columns] @ plan),
            np.append(at, rows + number),
            np.append(activity[at], 1.0),
        )

    def add_all(self, plans: list[Floats | None]) -> None:
        """The plans of a pass, one per block where there is one."""
        for number, plan in enumerate(plans):
            if plan is not None:
                self.add(number, plan)

    def around(self, center: Floats, radius: Floats) -> None:
        """Hold the multipliers within a box around some others: outside of it breaking a row is cheaper."""
        count, free = len(self.whole.rows), len(self.whole.globals)
        slacks = free + np.arange(2 * count)
        self._solver.change_costs_of(slacks, np.concatenate([radius + center, radius - center]))

    def solve(self) -> Mixture | None:
        """The cheapest mixture of the plans, or None when the solver gives none."""
        rows, free = len(self.whole.rows), len(self.whole.globals)
        answer = self._solver.run(time_limit=_SECONDS)
        if answer.status != "optimal" or answer.x is None or answer.row_dual is None:
            return None
        broken = answer.x[free : free + rows] + answer.x[free + rows : self._fixed]
        weights = answer.x[self._fixed :]
        mean = self._mean(weights)
        self._drop_idle(weights)
        return Mixture(answer.objective, answer.row_dual[:rows], broken, mean)

    def _mean(self, weights: Floats) -> list[Floats]:
        mean = [np.zeros(len(block.columns)) for block in self.whole.blocks]
        for member, weight in zip(self._members, weights, strict=True):
            if weight > _NO_WEIGHT:
                mean[member.number] += weight * member.plan
        return mean

    def _drop_idle(self, weights: Floats) -> None:
        for member, weight in zip(self._members, weights, strict=True):
            member.idle = 0 if weight > _NO_WEIGHT else member.idle + 1
        idle = np.array([member.idle >= _IDLE for member in self._members], dtype=bool)
        if idle.any():
            self._solver.drop_columns(self._fixed + np.flatnonzero(idle))
            self._members = [member for member in self._members if member.idle < _IDLE]
