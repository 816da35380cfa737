"""Improved: whole deliveries made cheaper neighborhood by neighborhood, units moved by a year, all else held."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control, side_by_side
from optimizer.solve.whole_around import Around, Orders
from optimizer.solve.whole_kinds import Kind, Kinds

# Seconds of a neighborhood; what takes more than this share of them is late.
_SECONDS, _LATE = 0.8, 0.8
# Seconds for all of them: for ten thousand columns, and at most.
_FOR_COLUMNS, _MOST_SECONDS = 6.0, 150.0
# Neighborhoods after which the columns around the plan are chosen anew.
_AROUND_FOR = 40
# What nothing was lost by has its turn too, with this share of all that was.
_SPREAD = 0.02
# Neighborhoods in vain for each nation after which there is nothing to gain, and for each worker near the bound.
_IN_VAIN, _IN_VAIN_NEAR = 2, 2
# Smaller models tell what a kind gains by turns, not by the clock: the same plan again, where no limit cuts a turn off.
_TIMED_COLUMNS = 15_000
# What does not go together with what others changed meanwhile is decided once more, from there.
_TRIES = 3
_PROGRESS, _BROKEN, _NOTHING = 1e-7, 1e-9, 1e-9
# What both changed may break a row by this share of it: what is left over around a plan, and cleaned in the end.
_KEPT = 1e-5


class Improving:
    """Workers that take turns of their own at a plan; what one decided is put into what others changed meanwhile.

    A neighborhood is some nations, those rather that lost much by whole units, and every other time the capabilities
    that did as well: budgets bind nations. Their units may come a year sooner or later, and nations may leave what they
    joined, which can be better than what the bound of a restated plan allows, or come back.
    """

    def __init__(
        self, model: Model, opened: Arrays, relaxed: Floats, x: Floats, stop: threading.Event, seed: int
    ) -> None:
        self.arrays, self.relaxed, self.x = opened, relaxed, x
        self.stop, self.seed = stop, seed
        self.random = np.random.default_rng(seed)
        self._orders = Orders(model)
        self._nation, self._block = opened.column_nation, opened.column_block
        self._shared = opened.integer & (self._nation < 0) & ~opened.yes_or_no
        self._kinds = Kinds()
        self._asked, self._in_vain = 0, 0
        self._at_work: list[Ints] = []
        self._lock = threading.Lock()
        self._look_around()

    def run(self, *, gap: float, bound: float, workers: int, seconds: float) -> Floats:
        """The plan when nothing more is gained, or so many seconds are over; `gap` to the `bound` is near enough."""
        control = Control(stop=self.stop)
        nations = int(self._nation.max(initial=-1)) + 1
        near = gap * abs(self._cost(self.x))
        seconds = min(seconds, _MOST_SECONDS, _FOR_COLUMNS * self.arrays.columns / 1e4)

        def turns() -> None:
            while control.seconds() < seconds and not self.stop.is_set():
                is_near = self._cost(self.x) - bound <= near
                if self._in_vain >= (_IN_VAIN_NEAR * workers if is_near else _IN_VAIN * nations):
                    break
                self._turn(control, seconds)

        if nations:
            side_by_side([turns] * workers)
        return self.x

    def _turn(self, control: Control, seconds: float) -> None:
        with self._lock:
            self._asked += 1
            if self._asked % _AROUND_FOR == 0:
                self._look_around()
            kind = self._kinds.next()
            amount = kind.amount
            nations, free = self._chosen(kind, amount.now)
            self._at_work.append(nations)
        began, gain = control.seconds(), 0.0
        try:
            for _ in range(_TRIES):
                with self._lock:
                    base, around = self.x, self._around
                limit = min(_SECONDS, seconds - control.seconds())
                new = around.anew(base, free, seed=self.seed, limit=max(0.1, limit), control=control)
                if new is None or not self._is_cheaper(new, base):
                    break
                with self._lock:
                    gain = self._take(base, new, around, control)
                if gain > 0.0 or control.seconds() > seconds:
                    break
        finally:
            with self._lock:
                self._at_work = [others for others in self._at_work if others is not nations]
        took = control.seconds() - began
        with self._lock:
            self._in_vain = 0 if gain > 0.0 else self._in_vain + 1
            amount.learn(gain <= 0.0, took > _LATE * _SECONDS)
            kind.pace.add(gain, took if self.arrays.columns > _TIMED_COLUMNS else 1.0)

    def _take(self, base: Floats, new: Floats, around: Around, control: Control) -> float:
        """Take over what was made better from a plan, all that is not whole decided anew where others changed it.

        What that gains. What was decided around an earlier plan than the others' is let go: there other columns are
        held.
        """
        if around is not self._around:
            return 0.0
        if self.x is not base:
            changed = new != base
            together = self.x.copy()
            together[changed] = new[changed]
            if self.arrays.keeps(together, _BROKEN):
                new = together
            else:
                nations = np.unique(self._nation[changed | (self.x != base)])
                follows = self._follows(nations, nations[:0], alone=False)
                anew = around.anew(together, follows, seed=self.seed, limit=_SECONDS, control=control)
                # Whole numbers alone, as units in whole lots, may add up to what neither of both would have.
                if anew is None or not self.arrays.keeps(anew, _KEPT):
                    return 0.0
                new = anew
        if not self._is_cheaper(new, self.x):
            return 0.0
        gain = self._cost(self.x) - self._cost(new)
        self.x = new
        return gain

    def _is_cheaper(self, x: Floats, than: Floats) -> bool:
        return self._cost(x) < self._cost(than) - _PROGRESS * abs(self._cost(than))

    def _cost(self, x: Floats) -> float:
        return float(self.arrays.cost @ x)

    def _look_around(self) -> None:
        self._open = self._orders.near(self.x, self.relaxed)
        self._around = Around(self.arrays, self._open, self.x)

    def _chosen(self, kind: Kind, amount: float) -> tuple[Ints, NDArray[np.bool_]]:
        """Nations nobody is at, one after another until so many columns are open, with or without capabilities.

        Those rather whose units come so late that much is missed: what units cost themselves is only moved about.
        """
        lost = np.where(self.arrays.integer, 0.0, np.maximum(self.arrays.cost * (self.x - self.relaxed), 0.0))
        own = self._open & (self._nation >= 0)
        idle = np.setdiff1d(self._nation[own], np.concatenate([[-1], *self._at_work]))
        nations = self._in_turn(lost, self._nation, idle)
        blocks = self._in_turn(lost, self._block, np.unique(self._block[own])) if kind.crossed else nations[:0]
        free, count = self._shared.copy(), 0
        for count, nation in enumerate(nations, start=1):
            free |= own & (self._nation == nation)
            if count <= len(blocks):
                free |= self._open & (self._block == blocks[count - 1])
            if free.sum() >= amount:
                break
        # Whoever left may come back, for which partners may have to be counted anew.
        back = self._block[free & self._orders.left(self.x, self.relaxed)]
        free |= self._orders.sorts & np.isin(self._block, back)
        return nations[:count], free | self._follows(nations[:count], blocks[:count], kind.alone)

    def _follows(self, nations: Ints, blocks: Ints, alone: bool) -> NDArray[np.bool_]:
        """What is not whole and may change with units of some nations and capabilities.

        The stock of all others, and what they miss, their own units settle: nine tenths of a large model. Where
        nations are `alone`, what others pay is held as well.
        """
        theirs = (self._nation >= 0) & ~np.isin(self._nation, nations) & ~np.isin(self._block, blocks)
        held = theirs if alone else theirs & self._orders.settled
        return np.asarray(~self.arrays.integer & ~held)

    def _in_turn(self, lost: Floats, numbers: Ints, among: Ints) -> Ints:
        """Some numbers at random, those rather by which much was lost."""
        if not len(among):
            return among
        at = numbers >= 0
        by = np.bincount(numbers[at], weights=lost[at], minlength=int(among.max()) + 1)
        weight = by[among] + _SPREAD * by.sum() + _NOTHING
        return among[self.random.choice(len(among), len(among), replace=False, p=weight / weight.sum())]
