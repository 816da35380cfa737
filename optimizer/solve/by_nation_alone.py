"""By nation alone: all that one nation may decide anew in every capability, while all others stay as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Floats
from optimizer.solve.amount import Amount
from optimizer.solve.in_turn import InTurn
from optimizer.solve.mending import Mending, Task

# Nations decided anew together, at first and at most: trees over many find less than over each of them.
_FIRST, _MOST = 1.0, 3.0
_MORE, _FEWER = 1.02, 0.6


class ByNationAlone:
    """Nations in turn, with what others buy, pay and miss held; for models of which others have a part at a time.

    And for those that count each nation's units, where others take seconds (S, seeds 2 and 3, a minute: 0.70 and 0.39 %
    without, 0.10 and 0.23 % with them, going on from plans that break no rows).

    What ties a nation's capabilities is its own budget. All of them are small enough here (L: 0.2 to 0.4 s), for of
    what a nation shares only contracts and work are free. In 60 s from one plan each plans of L ended 0.09 and 0.06 %
    cheaper. Where a whole nation is a neighborhood like any other (M) they ended 0.03 to 0.4 % dearer: what is best for
    each alone is soon a plan that no few of them can better.
    """

    mends = False

    def __init__(self, mending: Mending, concerns: NDArray[np.bool_], random: np.random.Generator) -> None:
        self.mending = mending
        self.concerns = concerns
        self._nations = InTurn(np.flatnonzero(concerns.any(axis=1)), random)
        self.turns = len(self._nations)
        self.amount = Amount(_FIRST, _FIRST, _MOST, _MORE, _FEWER)

    def tasks(self, x: Floats, count: int, taken: set[int]) -> list[Task]:
        """So many groups of nations; each comes before any comes again."""
        del x, taken
        blocks, nation = self.mending.whole.blocks, self.mending.whole.arrays.column_nation
        tasks: list[Task] = []
        for _ in range(min(count, len(self._nations))):
            group = self._nations.next(min(int(self.amount.now), len(self._nations)))
            free = np.any(self.concerns[group], axis=0)
            others = (nation >= 0) & ~np.isin(nation, group) & ~free
            tasks.append(Task(list(range(len(blocks))), free, others))
        return tasks
