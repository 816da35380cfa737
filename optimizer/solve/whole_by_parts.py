"""Whole by parts: whole deliveries mended a nation or a capability at a time, all other units held."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.solve.block_solver import decided_with_cuts
from optimizer.solve.blocks import elastic, with_only
from optimizer.solve.whole_around import settled_by_units

# Seconds of a part, at most and at least.
_PART_SECONDS, _LEAST_PART_SECONDS = 3.0, 0.5
# A row is broken by more than this share of it: less than cleaning has room for.
_PROGRESS, _BROKEN = 1e-7, 8e-7
# A row that is broken still gets dearer by this; whoever is at it is joined by more nations or capabilities each time,
# as long as they are done in time (L, seed 3, slow machine: 30 s in vain with ever more of them, none done in its 3 s).
_DEARER, _MOST_WITH, _TURNS = 4.0, 8, 60
# Gap to which a part mends, and what any broken row costs at least, as a share of the objective: a plan that mends it
# is then better by more than the gap, and the first one mostly near enough (L: 1 to 4 s where 1e-4 and a price of 2e-5
# took up to 13 s, at times in vain).
_MENDED_GAP, _SLIVER_SHARE = 3e-3, 5e-3


class Parts:
    """Whole deliveries changed part by part: a nation across all capabilities, or capabilities across all nations."""

    def __init__(self, model: Model, stop: threading.Event, seed: int) -> None:
        self.arrays = model.arrays
        self.stop, self.seed = stop, seed
        self.random = np.random.default_rng(seed)
        self.nation, self.block = self.arrays.column_nation, self.arrays.column_block
        kinds = np.array([label[0] for label in model.program.labels])
        self.coupling = np.flatnonzero(self.arrays.row_block < 0)
        self.shared = self.arrays.integer & (self.nation < 0) & ~np.isin(kinds, ("launch", "band"))
        self.open = opened(model)
        self._settled = settled_by_units(model)

    def mended(self, x: Floats, price: Floats, workers: int, seconds: float) -> Floats | None:
        """The point with its broken coupling rows mended, each at its `price` for a unit; None where that takes longer.

        A row is mended by its nations, or by the capabilities in a row that is no nation's own, first by one of them
        and then by more together. They may leave what they joined or signed for themselves.
        """
        control, price = Control(stop=self.stop), price.copy()
        tries, grown = np.zeros((2, len(price)), dtype=np.int64)
        for _ in range(_TURNS):
            broken = self._broken(x)
            rows = np.flatnonzero(broken)
            if not len(rows):
                return x
            if self.stop.is_set() or control.seconds() >= seconds:
                return None
            sliver = _SLIVER_SHARE * abs(float(self.arrays.cost @ x)) / np.abs(broken[rows])
            price[rows] = np.maximum(price[rows], sliver)
            slack = np.concatenate([np.maximum(-broken, 0.0)[rows], np.maximum(broken, 0.0)[rows]])
            dearest = sorted(rows.tolist(), key=lambda row: (tries[row], -abs(broken[row]) * price[row]))
            now = (dearest * workers)[:workers]
            free = []
            for row in now:  # both workers may be at one
                free.append(self._at(row, int(tries[row]), -(-int(grown[row]) // workers)))
                tries[row] += 1
                grown[row] += 1
            paid = elastic(self.open, self.coupling[rows], price[rows])
            limit = min(_PART_SECONDS, seconds - control.seconds())
            began = control.seconds()
            x = self._turn(paid, np.concatenate([x, slack]), free, _MENDED_GAP, limit)[: len(x)]
            price[rows] *= np.where(self._broken(x)[rows] != 0.0, _DEARER, 1.0)
            if control.seconds() - began > limit:  # fewer next time, and others
                grown[now] = np.maximum(grown[now] - 2 * workers, 0)
        return None

    def _broken(self, x: Floats) -> Floats:
        """By how much each coupling row is above (or, negative, below) what it may be."""
        arrays, values = self.arrays, self.arrays.row_values(x)[self.coupling]
        above = np.maximum(values - arrays.row_upper[self.coupling], 0.0)
        below = np.maximum(arrays.row_lower[self.coupling] - values, 0.0)
        beyond = above - below
        return np.where(np.abs(beyond) > _BROKEN * np.maximum(1.0, np.abs(values)), beyond, 0.0)

    def _at(self, row: int, tried: int, more: int) -> NDArray[np.bool_]:
        """All of a nation of a row, or of capabilities in it, in turn, where it has none; and so many more."""
        here = self.arrays.index[slice(*self.arrays.start[self.coupling[row] + np.arange(2)])]
        nations, blocks = np.unique(self.nation[here]), np.unique(self.block[here])
        nations, blocks = self.random.permutation(nations[nations >= 0]), blocks[blocks >= 0]
        more = min(_MOST_WITH, more)
        if not len(nations):
            in_turn = np.roll(np.random.default_rng((self.seed, row)).permutation(blocks), -tried)
            return np.asarray(self.arrays.integer & np.isin(self.block, in_turn[: 1 + more]))
        others = self.random.permutation(int(self.nation.max()) + 1)
        with_it = [*nations, *others[~np.isin(others, nations)]][: 1 + (more + 1) // 2]
        beside = self.arrays.integer & np.isin(self.block, self.random.permutation(blocks)[: more // 2])
        return np.asarray(self._of_nations([int(n) for n in with_it]) | beside)

    def _turn(self, arrays: Arrays, x: Floats, free: list[NDArray[np.bool_]], gap: float, limit: float) -> Floats:
        """The point with some parts decided anew side by side, of which what counts most is taken over."""
        limit = max(_LEAST_PART_SECONDS, limit)
        with ThreadPoolExecutor(len(free)) as pool:
            found = list(pool.map(lambda part: self._anew(arrays, x, part, gap, limit), free))
        return self._best(arrays, x, [new for new in found if new is not None])

    def _best(self, arrays: Arrays, x: Floats, found: list[Floats]) -> Floats:
        """The cheapest of some changed points, or of what they changed together where that keeps every row."""
        together = x.copy()
        for new in found:
            changed = new != x
            together[changed] = new[changed]
        kept = [together] if arrays.keeps(together, _BROKEN) else []
        best = min([x, *found, *kept], key=lambda y: float(arrays.cost @ y))
        gain = float(arrays.cost @ (x - best))
        return best if gain > _PROGRESS * abs(float(arrays.cost @ x)) else x

    def _of_nations(self, nations: list[int]) -> NDArray[np.bool_]:
        return np.asarray((self.arrays.integer & np.isin(self.nation, nations)) | self.shared)

    def _anew(self, arrays: Arrays, x: Floats, free: NDArray[np.bool_], gap: float, limit: float) -> Floats | None:
        """The point with its free integers and everything continuous decided anew.

        What their own units settle for others is held: nine tenths of a large model.
        """
        held = np.zeros(arrays.columns, dtype=bool)
        own = held[: self.arrays.columns]
        own |= self.arrays.integer & ~free
        cell = self.nation * (int(self.block.max(initial=-1)) + 1) + self.block
        own |= self._settled & ~np.isin(cell, cell[free & (self.nation >= 0) & (self.block >= 0)])
        part, columns = with_only(arrays, ~held, x, share=_BROKEN)
        control = Control(stop=self.stop)
        found = decided_with_cuts(part, self.seed, gap=gap, time_limit=limit, control=control, start=x[columns])
        if found is None:
            return None
        new = x.copy()
        new[columns] = found
        return new


def opened(model: Model) -> Arrays:
    """The restated model in which any nation may join what is signed or leave it, and contracts may fall away."""
    arrays, variables = model.arrays, model.variables
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for (_, code), join in variables.join.items():
        column, launch = model.program.column(join), model.program.column(variables.launch[code])
        if upper[launch] > 0.5:
            lower[[column, launch]], upper[column] = 0.0, 1.0
    return dataclasses.replace(arrays, lower=lower, upper=upper)
