"""Sweep: a first plan, each capability in turn decided in view of what the others mostly do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.solve.mending import Mending
from optimizer.solve.multipliers import Priced
from optimizer.solve.search import Search

_GAP, _SECONDS = 1e-3, 2.0
_NOTHING = 1e-9


def swept(search: Search, mending: Mending, priced: Priced, workers: int) -> Floats:
    """The mean plan behind the multipliers made whole capability by capability, dear ones first (relax and fix).

    The mean plan keeps the coupling rows but is no plan of any block; what a block decides here leaves to the others
    what they have in it. Only what some block's plan had used is decided, which makes it quick. Rows may break.
    """
    whole, arrays = search.whole, search.whole.arrays
    x = mending.merged(list(priced.mean))
    used = (mending.merged(list(priced.used)) > _NOTHING) | (x > _NOTHING)
    cost = [float(arrays.cost[block.columns] @ x[block.columns]) for block in whole.blocks]
    order = np.argsort(-np.array(cost), kind="stable").tolist()
    lock = threading.Lock()

    def decide(number: int) -> None:
        if search.over():
            return
        with lock:
            now = x.copy()
        new = mending.free([number], now, gap=_GAP, limit=_SECONDS, only=used, may_break=True)
        if new is not None:
            own = whole.blocks[number].columns
            with lock:
                x[own] = new[own]

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(decide, order))
    return np.where(mending.decided, np.round(x), x)
