"""Neighborhoods: a plan mended and improved by deciding a few capabilities at a time anew, all else held."""

from __future__ import annotations

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
        self.random = np.random.default_rng(seed)
        self.reach = np.array(
            [np.abs(block.coupling.activity(most)) for block, most in zip(self.whole.blocks, used, strict=True)]
        )

    def run(self) -> None:
        """Change the plan until the search is over; a plan that breaks rows is made whole before it is made cheaper."""
        size, fruitless = min(_SMALLEST, len(self.whole.blocks)), 0
        while not self.search.over():
            self._take_over()
            better = self._step(self._members(size))
            fruitless = 0 if better else fruitless + 1
            if self.mending.broken(self.x).any():
                self._dearer()
            if fruitless and fruitless % _PATIENCE == 0:
                size = size + 1 if size < min(_LARGEST, len(self.whole.blocks)) else _SMALLEST

    def _take_over(self) -> None:
        """Go on from a better plan found elsewhere."""
        search = self.search
        if search.best_x is not None and search.best < self.worth - _PROGRESS * abs(self.worth):
            self.x, self.worth = search.best_x, search.best

    def _step(self, members: list[int]) -> bool:
        new = self.mending.free(members, self.x, gap=_GAP, limit=_SECONDS)
        if new is None:
            return False
        worth = self.mending.worth(new)
        better = worth < self.worth - _PROGRESS * abs(self.worth)
        if better:
            if self.mending.broken(new).any():  # what is left is often rounding that all blocks together can take up
                settled = self.mending.reconcile(new)
                if settled is not None and self.mending.worth(settled) < worth:
                    new, worth = settled, self.mending.worth(settled)
            self.x, self.worth = new, worth
            self.mending.offer(new)
        return better

    def _dearer(self) -> None:
        """Raise the price of broken rows: a sliver over a budget goes only when it costs as much as a program."""
        broken = self.mending.broken(self.x)
        rows = broken > 0.0
        least = _SLIVER_SHARE * abs(self.search.bound) / broken[rows]
        self.mending.price[rows] = np.maximum(_DEARER * self.mending.price[rows], least)
        self.worth = self.mending.worth(self.x)

    def _members(self, size: int) -> list[int]:
        """A block far from its bound or with reach in broken rows, and others that share dear rows with it."""
        broken = self.mending.broken(self.x) > 0.0
        use = np.array([np.abs(b.coupling.activity(self.x[b.columns])) for b in self.whole.blocks])
        part, dear = use / np.maximum(use.sum(axis=0), 1e-9), np.abs(self.search.multipliers) * use.sum(axis=0)
        regret = self._regret()
        weight = regret / regret.sum()
        if broken.any():
            reach = self.reach[:, broken] / np.maximum(self.reach[:, broken].sum(axis=0), 1e-9)
            weight = (reach + part[:, broken]).sum(axis=1) + 0.02 * weight
        first = int(self.random.choice(len(weight), p=weight / weight.sum()))
        shared = (part * part[first] * dear).sum(axis=1)
        weight = weight / weight.sum() + shared / max(float(shared.sum()), 1e-12)
        weight[first] = 0.0
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
