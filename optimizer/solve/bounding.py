"""Bounding: the bound raised pass by pass over whole blocks, at the multipliers their plans so far promise most of."""

from __future__ import annotations

import threading

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.solve.given_back import give_back
from optimizer.solve.lagrangian import LagrangianPass, known_at
from optimizer.solve.master import Master
from optimizer.solve.multipliers import Trust
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search

# A first pass is expected to give each block so long, and all of them together. A block may take longer: most of its
# bound comes at the end (L seed 2, the dearest: 500 in 5 s, 1670 in 8 s, when it is done).
_FIRST_GAP, _FIRST_SECONDS, _LEAST_SECONDS, _FIRST_IN_ALL, _FIRST_LIMIT = 1e-3, 5.0, 1.5, 150.0, 15.0
_GAP, _SECONDS = 3e-4, 20.0
# A first step moves multipliers by this share of themselves at most.
_STEP = 0.03
# What a first and a second pass are expected to do, as a share of the bound (M: 0.3 to 0.9 %, 0.04 to 0.1 %).
_EXPECTED_FIRST, _EXPECTED = 3e-3, 5e-4
# Share of its time limits that a first pass takes.
_OF_LIMIT = 0.6
# From so many columns on a search has no time for a whole first pass before its first plan. The dearest blocks are
# decided for that (in turns from the beginning first plans were 0.05 to 0.1 % dearer at XL), the others take turns
# later: the first of so many seconds.
LARGE_COLUMNS, _BLOCK_SECONDS = 100_000, 0.5
# A turn of the first pass, and what must be left for it: a block that is cut off for good gives next to nothing.
_TURN_SECONDS, _FOR_TURN, _FOR_BLOCKS = 6.0, 15.0, 3.0
# A pass helps when it closes this share of the gap; after so many that do not, the bound has stalled.
_HELPS, _PATIENCE = 0.02, 3


class Bounding:
    """Passes over whole blocks.

    The first pass begins at the bounds of the blocks' relaxations and may be done in several turns.
    """

    last: LagrangianPass | None = None
    """The last pass that was done."""
    lately = float("inf")
    """What the last turn added in a worker's second; what blocks promise is mostly more."""

    def __init__(self, search: Search, pricing: Pricing, multipliers: Floats, workers: int, seed: int) -> None:
        self.search = search
        self.pricing = pricing
        self.workers = workers
        self.seed = seed
        blocks = len(search.whole.blocks)
        expected = min(_FIRST_SECONDS, max(_LEAST_SECONDS, _FIRST_IN_ALL / blocks))
        known = known_at(search, multipliers)
        self._first = LagrangianPass(pricing, search, multipliers, _FIRST_GAP, _FIRST_LIMIT, known)
        self._takes = _OF_LIMIT * blocks * expected
        self._by_turns = known is not None
        self._pace = _EXPECTED_FIRST * abs(search.bound) / self._takes
        self._fruitless = 0
        self._trust: Trust | None = None
        self._now: LagrangianPass | None = None
        self._lock = threading.Lock()

    @property
    def pace(self) -> float:
        """What the next turn may add in a worker's second: as told by the blocks of this pass, or else the last one."""
        by_blocks = self._first.pace if self.last is None else None
        return self._pace if by_blocks is None else by_blocks

    @property
    def fits(self) -> bool:
        """Whether there is time for one more turn; half a pass is worth nothing where blocks have no bounds before."""
        takes = self._takes / self.workers
        if self.last is None and self._by_turns:
            takes = _FOR_TURN if self._first.turn == np.inf else _FOR_BLOCKS
        return self.search.left() > takes

    @property
    def stalled(self) -> bool:
        """Whether passes have stopped to help."""
        return self._fruitless >= _PATIENCE

    def begin(self, seconds: float = np.inf) -> bool:
        """All of a first pass, or what of it is begun in so many seconds; false when stopped half way.

        What a large one leaves is gone on with in turns.
        """
        done = self._begin(seconds, self.workers)
        if self._by_turns and self.search.whole.arrays.columns > LARGE_COLUMNS:
            self._first.turn = _BLOCK_SECONDS
        return done

    def go_on_until(self, enough: threading.Event) -> None:
        """Blocks of the first pass in this thread, until something else is done."""
        if self._by_turns and self.last is None:
            self._begin(np.inf, 1, enough)

    def turn(self, workers: int) -> bool:
        """One more pass, or a part of the first; false where another thread is at it."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            self._turn(workers)
        finally:
            self._lock.release()
        give_back()
        return True

    def help(self) -> bool:
        """One block of the pass that another thread is at; false where there is none."""
        now = self._now
        return now is not None and now.help()

    def _turn(self, workers: int) -> None:
        search = self.search
        if self.last is None or self._trust is None:
            self._begin(_TURN_SECONDS if self._by_turns else np.inf, workers)
            return
        mixture = self._trust.step(self.last.multipliers, self.last.bound, self._plans(self.last))
        if mixture is None:
            self._fruitless = _PATIENCE
            return
        before, began = search.bound, search.control.seconds()
        found = LagrangianPass(self.pricing, search, mixture.multipliers, _GAP, _SECONDS, None)
        self._go_on(found, workers, np.inf)
        if not found.done:
            return
        self.last = found
        gain = search.bound - before
        self._takes = self.workers * max(1e-3, search.control.seconds() - began)
        self._pace = self.lately = gain / self._takes
        helped = gain > _HELPS * max(0.0, min(search.best, mixture.objective) - before)
        self._fruitless = 0 if helped else self._fruitless + 1

    def _plans(self, done: LagrangianPass) -> list[Floats | None]:
        """The plans of a pass; a block that has found none in its time has its part of the best plan.

        A mixture has something of every block: where one had nothing, no pass would follow the first (L, seed 3).
        """
        blocks, best = self.search.whole.blocks, self.search.best_x
        if best is None:
            return done.plans
        both = zip(done.plans, blocks, strict=True)
        return [best[block.columns] if plan is None else plan for plan, block in both]

    def _begin(self, seconds: float, workers: int, enough: threading.Event | None = None) -> bool:
        """So many seconds of the first pass, or until it is `enough`; whether it is done."""
        search, first = self.search, self._first
        before, began = search.bound, search.control.seconds()
        self._go_on(first, workers, seconds, enough)
        takes = workers * max(1e-3, search.control.seconds() - began)
        self._pace = self.lately = (search.bound - before) / takes
        if not first.done:
            return False
        self.last = first
        radius = _STEP * np.maximum(_STEP, np.abs(first.multipliers))
        self._trust = Trust(Master(search.whole, radius, self.seed), radius)
        if first.turn < np.inf:
            self._takes = first.seconds
        elif seconds == np.inf and enough is None:
            self._takes = takes
        self._pace = _EXPECTED * abs(first.bound) / self._takes
        return True

    def _go_on(self, now: LagrangianPass, workers: int, seconds: float, enough: threading.Event | None = None) -> None:
        self._now = now
        now.go_on(workers, seconds, enough)
        self._now = None
