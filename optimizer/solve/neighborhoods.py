"""Neighborhoods: a plan mended and improved by deciding a few capabilities at a time anew, all else held."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.model.lp import Floats
from optimizer.solve.mending import Mending
from optimizer.solve.multipliers import Priced
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search

_GAP, _SECONDS = 5e-4, 8.0
_PROGRESS = 1e-6
# Columns a neighborhood may have, and while rows are broken; the yes and no decided anew at first, at least, at most.
_COLUMNS, _MENDED = 45_000, 20_000
_FIRST, _FEWEST, _MOST = 60, 20, 600
# Where few differ from the guide, what is used in some plan is added up to this share of them.
_TOPPED = 0.4
# Next time more are decided where it took less than this share of its time, fewer where it took all of it.
_QUICK, _MORE, _FEWER = 0.3, 1.3, 0.7
# Turns from which the pace is told.
_RECENT = 3
# Yes and no differ when they are this far apart; mean plans have fractions.
_APART = 0.2
# What a row that is still broken gets dearer by after each neighborhood.
_DEARER = 2.0
# A plan that breaks rows is reconciled after so many neighborhoods: 0.5 s at M, 3 s at L.
_SETTLE_EVERY = 5
_NOTHING = 1e-9
# What any broken row costs at least, as a share of the objective.
_SLIVER_SHARE = 1e-3


# Blocks, and which yes and no of theirs are free.
Task = tuple[list[int], "NDArray[np.bool_]"]


class Neighborhoods:
    """The plan at hand, and which yes and no to decide anew next.

    Those are first where the plan differs from a guide (Danna, Rothberg and Le Pape 2005): the mean plan behind the
    multipliers, or the blocks' own best plans at the latest of them.
    """

    def __init__(
        self, search: Search, mending: Mending, x: Floats, priced: Priced, pricing: Pricing, seed: int
    ) -> None:
        self.search = search
        self.mending = mending
        self.whole = search.whole
        self.pricing = pricing
        self.x = x
        self.worth = mending.worth(x)
        self.steps = 0
        self.most = float(_FIRST)
        self._turns: list[tuple[float, float]] = []
        self.random = np.random.default_rng(seed)
        self.mean = mending.merged(list(priced.mean))
        self.used = mending.merged(list(priced.used)) > _NOTHING
        self.reach = np.array(
            [np.abs(b.coupling.activity(most)) for b, most in zip(self.whole.blocks, priced.used, strict=True)]
        )
        self.columns = max(len(block.columns) for block in self.whole.blocks)

    def run(self, workers: int) -> None:
        """Change the plan until the search is over."""
        while not self.search.over():
            self.turn(workers)

    def turn(self, workers: int) -> None:
        """Change the plan once; a plan that breaks rows is made whole before it is made cheaper."""
        if self.search.over():
            return
        self._take_over()
        was_broken, before, began = self.broken, self.worth, self.search.control.seconds()
        size = max(1, min(len(self.whole.blocks) // workers, (_MENDED if self.broken else _COLUMNS) // self.columns))
        tasks: list[Task] = [(group, self._undecided(group)) for group in self._groups(size, workers)]
        self._step(tasks)
        seconds = self.search.control.seconds() - began
        if seconds < _QUICK * _SECONDS or seconds > _SECONDS:
            self.most = min(_MOST, max(_FEWEST, self.most * (_MORE if seconds < _SECONDS else _FEWER)))
        if self.broken:
            self._settle()
            return
        if was_broken:
            self.most = float(_FIRST)
            return
        self._turns = [*self._turns, (max(0.0, before - self.worth), seconds)][-_RECENT:]

    @property
    def broken(self) -> bool:
        """Whether the plan at hand breaks rows."""
        return bool(self.mending.broken(self.x).any())

    @property
    def pace(self) -> float:
        """What the last turns took off the plan's cost in a second; endless before there were any."""
        seconds = sum(took for _, took in self._turns)
        return sum(gain for gain, _ in self._turns) / seconds if len(self._turns) == _RECENT else float("inf")

    def _undecided(self, members: list[int]) -> NDArray[np.bool_]:
        """The yes and no of some blocks to decide anew: where a guide differs, then all that is used, to the number."""
        whole, decided = self.whole, self.mending.decided
        self.steps += 1
        guide = self.mean if self.steps % 2 else self.mending.merged(self.pricing.plans)
        apart = decided & (np.abs(guide - self.x) > _APART)
        # What is chosen can be left again: that mends a row more often than what a guide would rather have.
        used = decided & ((self.x > 0.5) if self.broken else self.used | (guide > _NOTHING) | (self.x > _NOTHING))
        free = np.zeros(whole.arrays.columns, dtype=bool)
        count = 0
        topped = (2.0 if self.broken else _TOPPED) * self.most
        for choice, most in ((apart, self.most), (used, topped)):
            for number in members:
                columns = whole.blocks[number].columns
                new = columns[choice[columns] & ~free[columns]]
                if count < most:
                    free[new] = True
                    count += len(new)
        return free

    def _take_over(self) -> None:
        """Go on from a better plan found elsewhere."""
        search = self.search
        if search.best_x is not None and search.best < self.worth - _PROGRESS * abs(self.worth):
            self.x, self.worth = search.best_x, search.best

    def _step(self, tasks: Sequence[Task]) -> bool:
        """Decide some groups of blocks anew side by side; all of them count together, or else the best one."""

        def decide(task: Task) -> Floats | None:
            return self.mending.free(task[0], self.x, gap=_GAP, limit=_SECONDS, only=task[1])

        with ThreadPoolExecutor(len(tasks)) as pool:
            found = list(pool.map(decide, tasks))
        candidates = [new for new in found if new is not None]
        if len(candidates) > 1:
            together = self.x.copy()
            for new in candidates:
                changed = new != self.x
                together[changed] = new[changed]
            if self.mending.broken(together).any() and not self.mending.broken(self.x).any():
                mended = self.mending.reconcile(together)
                together = together if mended is None else mended
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
