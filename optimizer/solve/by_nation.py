"""By nation: all that a few nations may decide anew in every capability, since budgets tie a nation's capabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.lp import Arrays, Floats
from optimizer.solve.mending import Mending, Task
from optimizer.solve.multipliers import Priced
from optimizer.solve.pricing import Pricing

# Nations decided anew together, at first and at most.
_FIRST, _MOST = 1.0, 6.0
_MORE, _FEWER = 1.5, 0.6
_NOTHING = 1e-9


class ByNation:
    """Nations in turn: what each alone decides with yes or no, and what it decides with others."""

    def __init__(
        self, mending: Mending, priced: Priced, pricing: Pricing, random: np.random.Generator, only_used: bool
    ) -> None:
        self.mending = mending
        self.pricing = pricing
        self.only_used = only_used
        self.used = mending.merged(list(priced.used)) > _NOTHING
        self.arrays = mending.whole.arrays
        self.random = random
        self.members = list(range(len(mending.whole.blocks)))
        self.most = _FIRST
        self.concerns = _concerns(self.arrays, mending.decided)
        self._waiting: list[int] = []

    def tasks(self, x: Floats, count: int) -> list[Task]:
        """So many groups of nations, each for all capabilities; every nation comes once before any comes again."""
        useful = self.used | (x > _NOTHING) | (self.mending.merged(self.pricing.plans) > _NOTHING)
        useful |= not self.only_used
        nations = len(self.concerns)
        size = max(1, min(int(self.most), nations // max(1, count)))
        tasks: list[Task] = []
        for _ in range(min(count, nations)):
            group = [self._next() for _ in range(size)]
            tasks.append((self.members, useful & np.any(self.concerns[group], axis=0)))
        return tasks

    def _next(self) -> int:
        if not self._waiting:
            self._waiting = [int(n) for n in self.random.permutation(len(self.concerns))]
        return self._waiting.pop()

    def learn(self, quick: bool, late: bool) -> None:
        """Next time more nations where it was quick, fewer where it was late."""
        if quick or late:
            self.most = min(_MOST, max(1.0, self.most * (_FEWER if late else _MORE)))


def _concerns(arrays: Arrays, decided: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each nation the yes and no that are its own, or that stand in a row of one capability beside its own."""
    nation, nations = arrays.column_nation, int(arrays.column_nation.max(initial=-1)) + 1
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    shared = decided & (nation < 0)
    found = np.zeros((nations, arrays.columns), dtype=bool)
    inside = arrays.row_block[row] >= 0
    for number in range(nations):
        mine = nation == number
        in_rows = np.zeros(arrays.rows, dtype=bool)
        in_rows[row[inside & mine[arrays.index]]] = True
        beside = arrays.index[inside & in_rows[row]]
        found[number, beside] = True
        found[number] &= shared
        found[number] |= mine & decided
    return found
