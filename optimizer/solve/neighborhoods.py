"""Neighborhoods: a plan mended and improved by deciding a few capabilities at a time anew, all else held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.lp import Floats
from optimizer.solve.mending import Mending
from optimizer.solve.search import Search

_GAP, _SECONDS = 5e-4, 6.0
_SMALLEST, _LARGEST = 2, 8
_PROGRESS = 1e-6
# Fruitless neighborhoods until they grow.
_PATIENCE = 6
# What a row that is still broken gets dearer by after each neighborhood.
_DEARER = 2.0
# A plan that breaks rows is reconciled after so many neighborhoods: 0.5 s at M, 3 s at L.
_SETTLE_EVERY = 3
_NOTHING = 1e-9
# What any broken row costs at least, as a share of the objective.
_SLIVER_SHARE = 1e-3


class Neighborhoods:
    """The plan at hand, and which capabilities to decide anew next."""

    def __init__(self, search: Search, mending: Mending, x: Floats, used: list[Floats], seed: int) -> None:
        self.search = search
        self.mending = mending
        self.whole = search.whole
        self.x = x
        self.worth = mending.worth(x)
        self.steps = 0
        self.random = np.random.default_rng(seed)
        self.reach = np.array(
            [np.abs(block.coupling.activity(most)) for block, most in zip(self.whole.blocks, used, strict=True)]
        )

    def run(self, workers: int) -> None:
        """Change the plan until the search is over; a plan that breaks rows is made whole before it is made cheaper."""
        size, fruitless = min(_SMALLEST, len(self.whole.blocks)), 0
        while not self.search.over():
            self._take_over()
            broken = bool(self.mending.broken(self.x).any())
            better = self._step(self._groups(1 if broken else size, workers))
            fruitless = 0 if better else fruitless + 1
            if self.mending.broken(self.x).any():
                self._settle()
            if fruitless and fruitless % _PATIENCE == 0:
                size = size + 1 if size < min(_LARGEST, len(self.whole.blocks)) else _SMALLEST

    def _take_over(self) -> None:
        """Go on from a better plan found elsewhere."""
        search = self.search
        if search.best_x is not None and search.best < self.worth - _PROGRESS * abs(self.worth):
            self.x, self.worth = search.best_x, search.best

    def _step(self, groups: list[list[int]]) -> bool:
        """Decide groups of blocks anew side by side; all of them count together, or else the best one."""
        with ThreadPoolExecutor(len(groups)) as pool:
            found = list(pool.map(lambda group: self.mending.free(group, self.x, gap=_GAP, limit=_SECONDS), groups))
        candidates = [new for new in found if new is not None]
        if len(candidates) > 1:
            together = self.x.copy()
            for new in candidates:
                changed = new != self.x
                together[changed] = new[changed]
            candidates.append(together)
        better = False
        for new in candidates:
            worth = self.mending.worth(new)
            if worth < self.worth - _PROGRESS * abs(self.worth):
                self.x, self.worth, better = new, worth, True
        if better:
            self.mending.offer(self.x)
        return better

    def _settle(self) -> None:
        """What is left broken is often what all blocks together can take up; the rest gets dearer."""
        self.steps += 1
        if self.steps % _SETTLE_EVERY == 0:
            new = self.mending.reconcile(self.x)
            if new is not None and self.mending.worth(new) < self.worth:
                self.x, self.worth = new, self.mending.worth(new)
                self.mending.offer(new)
        if self.mending.broken(self.x).any():
            self._dearer()

    def _dearer(self) -> None:
        """Raise the price of broken rows: a sliver over a budget goes only when it costs as much as a program."""
        broken = self.mending.broken(self.x)
        rows = broken > 0.0
        least = _SLIVER_SHARE * abs(self.search.bound) / broken[rows]
        self.mending.price[rows] = np.maximum(_DEARER * self.mending.price[rows], least)
        self.worth = self.mending.worth(self.x)

    def _groups(self, size: int, count: int) -> list[list[int]]:
        """Some groups of blocks without a common one."""
        groups: list[list[int]] = []
        for _ in range(count):
            taken = {number for group in groups for number in group}
            if len(taken) + size <= len(self.whole.blocks):
                groups.append(self._members(size, taken))
        return groups

    def _members(self, size: int, taken: set[int]) -> list[int]:
        """A block far from its bound or with reach in broken rows, and others that share dear rows with it."""
        broken = self.mending.broken(self.x) > 0.0
        use = np.array([np.abs(b.coupling.activity(self.x[b.columns])) for b in self.whole.blocks])
        part, dear = use / np.maximum(use.sum(axis=0), 1e-9), np.abs(self.search.multipliers) * use.sum(axis=0)
        regret = self._regret()
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

    def _regret(self) -> Floats:
        """How far each block's part of the plan is above its share of the bound: what sums to the gap."""
        search, cost = self.search, self.whole.arrays.cost
        regret = np.array(
            [
                float((cost[b.columns] - b.coupling.priced(search.multipliers)) @ self.x[b.columns]) - share
                for b, share in zip(self.whole.blocks, search.shares, strict=True)
            ]
        )
        regret = np.maximum(regret, 0.0)
        return np.asarray(regret + 0.02 * regret.mean() + 1e-9, dtype=np.float64)
