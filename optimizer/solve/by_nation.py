"""By nation: all that a few nations may decide anew in every capability, since budgets tie a nation's capabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats
from optimizer.solve.amount import Amount
from optimizer.solve.in_turn import InTurn
from optimizer.solve.mending import Mending, Task
from optimizer.solve.multipliers import Priced
from optimizer.solve.pricing import Pricing

# Columns a neighborhood may have: of a larger model a nation decides in some capabilities at a time.
MOST_COLUMNS = 60_000
# Nations decided anew together, at first and at most.
_FIRST, _MOST = 1.0, 6.0
_MORE, _FEWER = 1.5, 0.6
_NOTHING = 1e-9


class ByNation:
    """Nations in turn: what each alone decides with yes or no, and what it decides with others."""

    mends, turns = True, 2

    def __init__(
        self,
        mending: Mending,
        concerns: NDArray[np.bool_],
        priced: Priced,
        pricing: Pricing,
        random: np.random.Generator,
        only_used: bool,
    ) -> None:
        self.mending = mending
        self.pricing = pricing
        self.only_used = only_used
        self.used = mending.merged(list(priced.used)) > _NOTHING
        self.arrays = mending.whole.arrays
        self.random = random
        self.blocks = mending.whole.blocks
        self.amount = Amount(_FIRST, _FIRST, _MOST, _MORE, _FEWER)
        self.concerns = concerns
        self._nations = InTurn(np.flatnonzero(concerns.any(axis=1)), random)

    def tasks(self, x: Floats, count: int, taken: set[int]) -> list[Task]:
        """So many groups of nations, each for all capabilities, taken or not; each comes before any comes again."""
        del taken
        useful = self.used | (x > _NOTHING) | (self.mending.merged(self.pricing.plans) > _NOTHING)
        useful |= not self.only_used
        nations = len(self._nations)
        self._first_those_at(x)
        size = max(1, min(int(self.amount.now), nations // max(1, count)))
        tasks: list[Task] = []
        for _ in range(min(count, nations)):
            group = self._nations.next(size)
            free = useful & np.any(self.concerns[group], axis=0)
            tasks.append(Task(self._members(free), free))
        return tasks

    def _first_those_at(self, x: Floats) -> None:
        """Nations of broken rows come next, where these are rows of some nations only."""
        whole = self.mending.whole
        broken = whole.rows[self.mending.broken(x) > 0.0]
        entries, _ = self.arrays.entries_of(broken)
        own = np.unique(self.arrays.column_nation[self.arrays.index[entries]])
        own = np.intersect1d(own, self._nations.numbers)
        if 0 < len(own) <= len(self.concerns) // 2:
            self._nations.come_first(own)

    def _members(self, free: NDArray[np.bool_]) -> list[int]:
        """The blocks with something to decide, drawn by lot where they are too many."""
        members: list[int] = []
        columns = 0
        for number in self.random.permutation(len(self.blocks)).tolist():
            own = self.blocks[number].columns
            if free[own].any() and columns + len(own) <= MOST_COLUMNS:
                members.append(number)
                columns += len(own)
        return members


def concerns_of_nations(arrays: Arrays, decided: NDArray[np.bool_]) -> NDArray[np.bool_]:
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
