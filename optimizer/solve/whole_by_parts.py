"""Whole by parts: whole deliveries improved a nation or a capability at a time, all other units held."""

from __future__ import annotations

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.block_solver import block_solver
from optimizer.solve.blocks import without

_RELAXED_SECONDS = 40.0
# Improving takes at most so long for ten thousand columns, in all, and for one part.
_BETTER_SECONDS, _MOST_SECONDS, _PART_SECONDS, _LEAST_PART_SECONDS = 4.0, 20.0, 3.0, 0.5
# Nations decided anew together with the capability that lost most; it has had its turns after so many in vain.
_WITH_IT, _IN_VAIN = 3, 6
_PROGRESS, _BROKEN = 1e-7, 1e-6


class Parts:
    """Whole deliveries improved part by part: a nation across all capabilities, and what lost most by whole units.

    `relaxed` is the best point in fractions, None where there is none.
    """

    def __init__(self, model: Model, relaxed: Floats | None, stop: threading.Event, seed: int) -> None:
        self.arrays = model.arrays
        self.stop, self.seed = stop, seed
        self.random = np.random.default_rng(seed)
        self.nation, self.block = self.arrays.column_nation, self.arrays.column_block
        kinds = np.array([label[0] for label in model.program.labels])
        self.shared = self.arrays.integer & (self.nation < 0) & ~np.isin(kinds, ("launch", "band"))
        self.open = _with_open_joins(model)
        self.relaxed = relaxed

    def improved(self, start: Answer, gap: float, workers: int, left: float) -> Answer:
        """Better deliveries, part after part, until none helps or time is over, at the latest in `left` seconds.

        Budgets bind nations, not capabilities. A nation may also leave what it joined, or join what others signed.
        """
        assert start.x is not None
        nations = int(self.nation.max(initial=-1)) + 1
        if self.relaxed is None or nations == 0:
            return start
        x, control = start.x, Control(stop=self.stop)
        seconds = min(left, _MOST_SECONDS, _BETTER_SECONDS * self.arrays.columns / 1e4)
        waiting: list[int] = []
        tried = np.zeros(int(self.block.max(initial=0)) + 1)
        asked, in_vain = 0, 0
        while in_vain < nations + _IN_VAIN and control.seconds() < seconds and not self.stop.is_set():
            if float(self.arrays.cost @ x) - start.bound <= gap * abs(start.objective):
                break
            free: list[NDArray[np.bool_]] = []
            while len(free) < workers:
                if not waiting:
                    waiting = [int(n) for n in self.random.permutation(nations)]
                asked += 1
                free.append(self._of_nations([waiting.pop()]) if asked % 2 else self._worst(x, tried))
            new = self._best(x, self._side_by_side(x, free, gap, seconds - control.seconds()))
            in_vain = 0 if new is not x else in_vain + 1
            if new is not x:
                tried[:] = 0.0
            x = new
        return Answer("feasible", x, float(self.arrays.cost @ x), start.bound)

    def _side_by_side(self, x: Floats, free: list[NDArray[np.bool_]], gap: float, left: float) -> list[Floats]:
        """The point with each of some parts decided anew."""
        limit = max(_LEAST_PART_SECONDS, min(_PART_SECONDS, left))
        with ThreadPoolExecutor(len(free)) as pool:
            found = list(pool.map(lambda part: self._anew(x, part, gap, limit), free))
        return [new for new in found if new is not None]

    def _best(self, x: Floats, found: list[Floats]) -> Floats:
        """The cheapest of some changed points, or of what they changed together where that keeps every row."""
        together = x.copy()
        for new in found:
            changed = new != x
            together[changed] = new[changed]
        kept = [together] if self.open.keeps(together, _BROKEN) else []
        best = min([x, *found, *kept], key=lambda y: float(self.arrays.cost @ y))
        gain = float(self.arrays.cost @ (x - best))
        return best if gain > _PROGRESS * abs(float(self.arrays.cost @ x)) else x

    def _of_nations(self, nations: list[int]) -> NDArray[np.bool_]:
        return np.asarray((self.arrays.integer & np.isin(self.nation, nations)) | self.shared)

    def _worst(self, x: Floats, tried: Floats) -> NDArray[np.bool_]:
        """All of the capability that lost most by whole units, fewer times asked first, and of the nations it cost."""
        assert self.relaxed is not None
        lost = self.arrays.cost * (x - self.relaxed)
        apart = self.block >= 0
        by_block = np.bincount(self.block[apart], weights=lost[apart], minlength=len(tried))
        number = int(np.argmax(by_block / (1.0 + tried) ** 2))
        tried[number] += 1.0
        here = self.block == number
        mine = here & (self.nation >= 0)
        by_nation = np.bincount(self.nation[mine], weights=np.abs(lost[mine]))
        order = np.argsort(-by_nation * self.random.uniform(0.5, 1.5, len(by_nation)))
        return np.asarray(self._of_nations(order[:_WITH_IT].tolist()) | (self.arrays.integer & here))

    def _anew(self, x: Floats, free: NDArray[np.bool_], gap: float, limit: float) -> Floats | None:
        """The point with its free integers and everything continuous decided anew."""
        part, columns = without(self.open, np.flatnonzero(self.open.integer & ~free), x)
        solver = block_solver(part, self.seed)
        solver.start_from(x[columns])
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=self.stop))
        if answer.x is None:
            return None
        new = x.copy()
        new[columns] = answer.x
        return new


def in_fractions(model: Model, stop: threading.Event, seed: int) -> Floats | None:
    """The best point of a restated plan whose deliveries may be fractions."""
    solver = Highs(model.arrays, relax=True, seed=seed, presolve=True)
    return solver.run(time_limit=_RELAXED_SECONDS, control=Control(stop=stop)).x


def _with_open_joins(model: Model) -> Arrays:
    """The restated model in which any nation may join what is signed, or leave it."""
    arrays, variables = model.arrays, model.variables
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    for (_, code), join in variables.join.items():
        column, launch = model.program.column(join), model.program.column(variables.launch[code])
        if column != launch and upper[launch] > 0.5:
            lower[column], upper[column] = 0.0, 1.0
    return dataclasses.replace(arrays, lower=lower, upper=upper)
