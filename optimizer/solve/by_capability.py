"""By capability: which yes and no of a few capabilities to decide anew, where the plan differs from a guide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Floats
from optimizer.solve.amount import Amount, filled
from optimizer.solve.mending import Mending, Task
from optimizer.solve.multipliers import Priced
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search

# Columns a neighborhood may have, and while rows are broken; the yes and no decided anew at first, at least, at most.
_COLUMNS, _MENDED = 45_000, 20_000
_FIRST, _FEWEST, _MOST = 60, 20, 600
# Where few differ from the guide, what is used in some plan is added up to this share of them.
_TOPPED = 0.4
_MORE, _FEWER = 1.3, 0.7
# Yes and no differ when they are this far apart; mean plans have fractions.
_APART = 0.2
_NOTHING = 1e-9


class ByCapability:
    """Groups of capabilities that compete for the same dear rows, and what to decide anew in them.

    That is first where the plan differs from a guide (Danna, Rothberg and Le Pape 2005): the mean plan behind the
    multipliers, or the blocks' own best plans at the latest of them.
    """

    mends, turns = True, 2

    def __init__(
        self,
        search: Search,
        mending: Mending,
        priced: Priced,
        pricing: Pricing,
        workers: int,
        random: np.random.Generator,
    ) -> None:
        self.search = search
        self.mending = mending
        self.whole = search.whole
        self.pricing = pricing
        self.workers = workers
        self.random = random
        self.amount = Amount(_FIRST, _FEWEST, _MOST, _MORE, _FEWER)
        self.mean = mending.merged(list(priced.mean))
        self.used = mending.merged(list(priced.used)) > _NOTHING
        self.reach = np.array(
            [np.abs(b.coupling.activity(most)) for b, most in zip(self.whole.blocks, priced.used, strict=True)]
        )
        self.columns = max(len(block.columns) for block in self.whole.blocks)
        self._asked = 0

    def tasks(self, x: Floats, count: int, taken: set[int]) -> list[Task]:
        """So many groups without a common capability, as far as there are enough that are not taken."""
        broken, blocks = bool(self.mending.broken(x).any()), len(self.whole.blocks)
        size = max(1, min(blocks // self.workers, (_MENDED if broken else _COLUMNS) // self.columns))
        taken = taken if len(taken) < blocks else set()
        return [Task(group, self._undecided(group, x, broken)) for group in self._groups(x, size, count, taken)]

    def _undecided(self, members: list[int], x: Floats, broken: bool) -> NDArray[np.bool_]:
        """The yes and no of some blocks to decide anew: where a guide differs, then all that is used, to the number."""
        whole, decided = self.whole, self.mending.decided
        self._asked += 1
        guide = self._own_plans() if self._asked % 2 == 0 else self.mean
        apart = decided & (np.abs(guide - x) > _APART)
        # What is chosen can be left again: that mends a row more often than what a guide would rather have.
        used = decided & ((x > 0.5) if broken else self.used | (guide > _NOTHING) | (x > _NOTHING))
        topped = (2.0 if broken else _TOPPED) * self.amount.now
        return filled([whole.blocks[number] for number in members], [(apart, self.amount.now), (used, topped)])

    def _own_plans(self) -> Floats:
        """The best plan of each block at the latest multipliers, the mean plan of those that have none yet."""
        guide = self.mean.copy()
        for block, plan in zip(self.whole.blocks, self.pricing.plans, strict=True):
            if plan is not None:
                guide[block.columns] = plan
        return guide

    def _groups(self, x: Floats, size: int, count: int, taken: set[int]) -> list[list[int]]:
        """Some groups of blocks without a common one."""
        groups: list[list[int]] = []
        for _ in range(count):
            taken = taken.union(*groups)
            left = len(self.whole.blocks) - len(taken)
            if left:
                groups.append(self._members(x, min(size, left), taken))
        return groups

    def _members(self, x: Floats, size: int, taken: set[int]) -> list[int]:
        """A block far from its bound or with reach in broken rows, and others that share dear rows with it."""
        broken = self.mending.broken(x) > 0.0
        use = np.array([np.abs(b.coupling.activity(x[b.columns])) for b in self.whole.blocks])
        part, dear = use / np.maximum(use.sum(axis=0), 1e-9), np.abs(self.search.multipliers) * use.sum(axis=0)
        regret = self._regret(x)
        weight = regret / regret.sum()
        if broken.any():
            reach = self.reach[:, broken] / np.maximum(self.reach[:, broken].sum(axis=0), 1e-9)
            weight = (reach + part[:, broken]).sum(axis=1) + 0.02 * weight
        free = np.array([number not in taken for number in range(len(weight))])
        weight = np.where(free, weight, 0.0)
        first = int(self.random.choice(len(weight), p=weight / weight.sum()))
        shared = (part * part[first] * dear).sum(axis=1)
        weight = np.where(free, weight / weight.sum() + shared / max(float(shared.sum()), 1e-12) + _NOTHING, 0.0)
        weight[first] = 0.0
        if size == 1:
            return [first]
        others = self.random.choice(len(weight), size - 1, replace=False, p=weight / weight.sum())
        return [first, *(int(k) for k in others)]

    def _regret(self, x: Floats) -> Floats:
        """What each block loses, none of them nothing."""
        search = self.search
        regret = search.regrets(x, search.multipliers, search.shares)
        regret = np.maximum(regret, 0.0)
        return np.asarray(regret + 0.02 * regret.mean() + 1e-9, dtype=np.float64)
