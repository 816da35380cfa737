"""Whole by capability: yearly deliveries made whole one capability after another (relax and fix)."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.arrays import Floats
from optimizer.solve.blocks import dearest_units
from optimizer.solve.mending import Mending
from optimizer.solve.sweep import Undecided

# Gap and seconds of one capability, at most and at least, and where there is no plan in these; mostly it takes a tenth
# of a second.
_GAP, _SECONDS, _LEAST_SECONDS, _AT_LAST_SECONDS = 1e-3, 2.5, 0.3, 10.0
# What is in fractions still is decided anew so many times: more often loses less, and at L takes 2 to 4 s.
_COLUMNS_TIMES, _FEWEST, _MOST = 300_000, 2, 8
# Threads once a search beside it has been stopped, which is looked for so often.
_IN_A_HURRY, _POLL_SECONDS = 2, 0.05
# Blocks take this share of their limits.
_OF_LIMIT = 0.3


def by_capability(
    mending: Mending, relaxed: Floats, *, workers: int, until: float, rough: bool = False
) -> Floats | None:
    """A point in fractions made whole, near its cost; coupling rows may be broken a little.

    Capabilities of dear units come first: a frigate a year later moves a budget more than all there is to round in
    radios. Each is decided alone in view of what the others use, and from time to time all that is not yet whole is
    decided anew together; once only where it may be `rough`. `until` (seconds of the search) is when it should be done.
    None where a capability alone has no plan.
    """
    search, whole = mending.search, mending.whole
    x = relaxed.copy()
    dearest = dearest_units(whole.arrays)[[block.number for block in whole.blocks]]
    order = np.argsort(-dearest, kind="stable")
    room = Undecided(mending, [x[block.columns] for block in whole.blocks])
    decided = np.zeros(whole.arrays.columns, dtype=bool)
    waiting, failed = len(order), False

    def decide(number: int) -> None:
        nonlocal waiting, failed
        if failed or search.control.stop.is_set():
            failed = True
            return
        with room.lock:
            now = x.copy()
            price = room.without(number)
            limit = (until - search.control.seconds()) * workers / (_OF_LIMIT * waiting)
            waiting -= 1
        for seconds in (max(_LEAST_SECONDS, min(_SECONDS, limit)), _AT_LAST_SECONDS):
            new = mending.free([number], now, gap=_GAP, limit=seconds, price=price)
            if new is not None:
                break
        else:
            failed = True
            return
        mine = whole.blocks[number].columns
        with room.lock:
            x[mine] = new[mine]
            integers = mine[whole.arrays.integer[mine]]
            x[integers] = np.round(x[integers])
            decided[integers] = True

    alone, hurry = threading.Semaphore(), search.control.hurry

    def decide_in_turn(number: int) -> None:
        """One at a time while a search goes on beside it."""
        while hurry is not None and not hurry.is_set():
            if alone.acquire(timeout=_POLL_SECONDS):
                try:
                    return decide(number)
                finally:
                    alone.release()
        return decide(number)

    times = 1 if rough else int(min(_MOST, max(_FEWEST, _COLUMNS_TIMES / whole.arrays.columns)))
    with ThreadPoolExecutor(workers if hurry is None else max(workers, _IN_A_HURRY)) as pool:
        for numbers in np.array_split(order, times):
            list(pool.map(decide_in_turn, numbers.tolist()))
            if failed:
                return None
            anew = mending.in_fractions(x, decided)
            x = x if anew is None else anew
    return x
