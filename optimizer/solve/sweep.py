"""Sweep: a first plan, each capability in turn decided in view of what the others mostly do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Sequence

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.solve.mending import Mending
from optimizer.solve.multipliers import Priced
from optimizer.solve.search import Search

# Relative gap and seconds of a block, at most and at least. One that may still lose more than this share of the bound
# goes on for longer: a bad one spoils the whole plan.
_GAP, _SECONDS, _LEAST_SECONDS, _NEAR = 1e-3, 2.5, 0.5, 3e-4
# Of the time left a sweep gets this share at most; blocks take this share of their limits.
_OF_LEFT, _OF_LIMIT = 0.5, 0.6
# A row broken early costs so many times its multiplier, later what mending pays, of which it costs this share at least.
_EARLY, _LEAST_SHARE = 1.5, 0.02
_NOTHING = 1e-9


class Undecided:
    """What the blocks not yet decided use of the coupling rows, and what a block pays meanwhile for breaking them."""

    def __init__(self, mending: Mending, plans: Sequence[Floats]) -> None:
        both = zip(mending.whole.blocks, plans, strict=True)
        self._use = np.array([np.abs(block.coupling.activity(plan)) for block, plan in both])
        self._left = self._use.sum(axis=0)
        self._every = np.maximum(self._left, _NOTHING)
        self._early = _EARLY * np.abs(mending.search.multipliers)
        self._price = mending.price
        self.lock = threading.Lock()

    def without(self, number: int) -> Floats:
        """What one more block pays, which is undecided no longer: the more, the less the others have in a row."""
        self._left = self._left - self._use[number]
        others = np.clip(self._left / self._every, 0.0, 1.0)
        price = others * self._early + (1.0 - others) * self._price
        return np.asarray(np.maximum(price, _LEAST_SHARE * self._price))


def swept(search: Search, mending: Mending, priced: Priced, plans: Sequence[Floats | None], workers: int) -> Floats:
    """The mean plan behind the multipliers made whole capability by capability, dear ones first (relax and fix).

    The mean plan keeps the coupling rows but is no plan of any block; what a block decides here leaves to the others
    what they have in it. Only what some plan has used is decided, which makes it quick; a block with a best plan of
    its own among `plans` begins from it, and keeps it where the solver finds none. Rows may break: at little more than
    their multipliers while others can still make room, dearer the less they use of the row.
    """
    whole, arrays = search.whole, search.whole.arrays
    x = mending.merged(list(priced.mean))
    used = (mending.merged(list(priced.used)) > _NOTHING) | (x > _NOTHING)
    cost = np.array([float(arrays.cost[block.columns] @ x[block.columns]) for block in whole.blocks])
    order = np.argsort(-cost, kind="stable").tolist()
    until, near = search.control.seconds() + _OF_LEFT * search.left(), _NEAR * abs(search.bound)
    waiting = len(order)
    room = Undecided(mending, priced.mean)

    def decide(number: int) -> None:
        nonlocal waiting
        if search.over():
            return
        with room.lock:
            now = x.copy()
            price = room.without(number)
            limit = (until - search.control.seconds()) * workers / (_OF_LIMIT * waiting)
            limit = max(_LEAST_SECONDS, min(_SECONDS, limit))
            waiting -= 1
        mine, plan, guess = whole.blocks[number].columns, plans[number], None
        if plan is not None:
            guess = now.copy()
            guess[mine] = plan
        new = mending.free([number], now, gap=_GAP, limit=limit, only=used, price=price, guess=guess, near=near)
        new = guess if new is None else new
        if new is not None:
            with room.lock:
                x[mine] = new[mine]

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(decide, order))
    return np.where(mending.decided, np.round(x), x)
