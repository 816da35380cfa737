"""Neighborhoods: a plan mended and improved by deciding a part of it anew at a time, all else held."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, Sequence, TypeGuard

import numpy as np

from optimizer.model.arrays import Arrays, Floats
from optimizer.solve.amount import Amount
from optimizer.solve.by_broken_row import ByBrokenRow
from optimizer.solve.by_capability import ByCapability
from optimizer.solve.by_nation import MOST_COLUMNS, ByNation, concerns_of_nations
from optimizer.solve.by_nation_alone import ByNationAlone
from optimizer.solve.mending import Mending, Task
from optimizer.solve.multipliers import Priced
from optimizer.solve.pace import Pace
from optimizer.solve.pricing import Pricing
from optimizer.solve.search import Search
from optimizer.solve.standby import ONCE_FROM_COLUMNS

_SECONDS = 6.0
# A part is decided anew to within this share of what the whole plan may still gain, not nearer than this.
_GAP_SHARE, _LEAST_GAP = 0.05, 2e-4
_PROGRESS = 1e-6
# A turn is quick that takes less than this share of its time.
_QUICK = 0.3
# Turns from which the pace of all kinds is told; a kind that waited for so many others has its turn.
_RECENT, _WAITS = 3, 3
# What a row that is still broken gets dearer by after a neighborhood of each worker.
_DEARER, _DEAREST = 4.0, 1e9
# A plan that breaks rows is reconciled after so many neighborhoods of each worker: 0.5 s at M, 3 s at L.
_SETTLE_EVERY = 5
# What was decided from a plan that others have changed since is brought together with theirs, so many times.
_TRIES = 3
# A plan that breaks rows, whose worth is a guess, is left for one that breaks none and is dearer by this share at most.
_SURER = 0.03
# What any broken row costs at least, as a share of the objective.
_SLIVER_SHARE = 1e-3


def _is_by_nation_alone(arrays: Arrays) -> bool:
    """Whether a nation is too much with all that others count, and what is changed is made whole."""
    counts_units = bool((arrays.integer & ~arrays.decisions).any())
    return arrays.columns < ONCE_FROM_COLUMNS and (counts_units or arrays.columns > MOST_COLUMNS)


class Kind(Protocol):
    """A way to choose what to decide anew."""

    def tasks(self, x: Floats, count: int, taken: set[int]) -> list[Task]:
        """At most so many parts of a plan to be decided anew side by side, best without blocks that are `taken`."""

    amount: Amount
    """How much of them."""
    mends: bool
    """Whether it is for plans that break rows as well."""
    turns: int
    """Turns that tell its pace."""


class Neighborhoods:
    """The plan at hand, improved by kinds of neighborhoods in turn, the one that does more in a second more often.

    Threads may take turns of their own at the same plan.
    """

    def __init__(
        self,
        search: Search,
        mending: Mending,
        x: Floats,
        priced: Priced,
        pricing: Pricing,
        workers: int,
        seed: int,
    ) -> None:
        self.search = search
        self.mending = mending
        self.x = x
        self.worth = mending.worth(x)
        self.workers = workers
        self.steps = 0
        random = np.random.default_rng(seed)
        self.kinds: list[Kind] = [ByCapability(search, mending, priced, pricing, workers, random)]
        concerns = np.zeros((0, search.whole.arrays.columns), dtype=bool)
        if search.whole.arrays.column_nation.max(initial=-1) >= 1:
            concerns = concerns_of_nations(search.whole.arrays, mending.decided)
        if concerns.any(axis=1).sum() > 1:
            self.kinds += [ByNation(mending, concerns, priced, pricing, random, only) for only in (False, True)]
            if _is_by_nation_alone(search.whole.arrays):
                self.kinds += [ByNationAlone(mending, concerns, random)]
        self.repair = ByBrokenRow(mending, concerns, random)
        self._repaired = False
        self._pace = Pace(_RECENT * workers)
        self._paces = [Pace(kind.turns) for kind in self.kinds]
        self._waited = [0 for _ in self.kinds]
        self._lock = threading.RLock()
        self._at_work: list[Task] = []

    def run(self, workers: int) -> None:
        """Change the plan until the search is over."""
        while not self.search.over():
            self.turn(workers)

    def turn(self, workers: int) -> None:
        """Change the plan once; a plan that breaks rows is made whole before it is made cheaper."""
        if self.search.over():
            return
        with self._lock:
            self._take_over()
            base, was_broken = self.x, self.broken
            number, tasks = self._tasks(workers)
            self._at_work += tasks
        began = self.search.control.seconds()
        found = self._decided(base, tasks)
        seconds = self.search.control.seconds() - began
        gain = self._take(base, tasks, found)
        with self._lock:
            self._at_work = [task for task in self._at_work if not any(task is own for own in tasks)]
            kind = self.repair if number is None else self.kinds[number]
            kind.amount.learn(seconds < _QUICK * _SECONDS, seconds > _SECONDS)
            seconds = workers * (self.search.control.seconds() - began)
            if number is not None:
                self._paces[number].add(gain, seconds)
            if self.broken:
                self._settle(workers)
            elif not was_broken:
                self._pace.add(gain, seconds)

    def _tasks(self, workers: int) -> tuple[int | None, list[Task]]:
        """What to decide anew, and the number of the kind that it is learned from, None for repairs.

        Every other turn of a plan that breaks rows is at what could mend the dearest of them.
        """
        taken = {number for task in self._at_work for number in task.members}
        self._repaired = self.broken and not self._repaired
        tasks = self.repair.tasks(self.x, workers, taken) if self._repaired else []
        number = None if tasks else self._next_kind()
        if len(tasks) < workers:  # one broken row may be all there is to repair
            other = self.kinds[self._next_kind() if number is None else number]
            taken |= {block for task in tasks for block in task.members}
            tasks = [*tasks, *other.tasks(self.x, workers - len(tasks), taken)]
        return number, tasks

    def _next_kind(self) -> int:
        """The kind that did most in a second lately, or one that waited long."""
        broken, waited = self.broken, self._waited
        kinds = [number for number, kind in enumerate(self.kinds) if kind.mends or not broken]
        longest = max(kinds, key=lambda k: waited[k])
        chosen = max(kinds, key=lambda k: float(self._paces[k]))
        if broken or (waited[longest] >= _WAITS and float(self._paces[chosen]) < np.inf):
            chosen = longest
        self._waited = [0 if k == chosen else turns + 1 for k, turns in enumerate(waited)]
        return chosen

    @property
    def broken(self) -> bool:
        """Whether the plan at hand breaks rows."""
        return bool(self.mending.broken(self.x).any())

    @property
    def pace(self) -> float:
        """What the last turns took off the plan's cost in a second; endless before every kind has told its own."""
        known = all(float(pace) < np.inf for pace in self._paces)
        return float(self._pace) if known else np.inf

    def _take_over(self) -> None:
        """Go on from a better plan found elsewhere, or from one nearly as good that breaks no rows."""
        search = self.search
        room = _SURER if self.broken else -_PROGRESS
        if search.best_x is not None and search.best < self.worth + room * abs(self.worth):
            self.x, self.worth = search.best_x, search.best

    def _decided(self, base: Floats, tasks: Sequence[Task]) -> list[Floats | None]:
        """The plan with each of some parts decided anew, side by side."""
        most = max(0.0, self.worth - self.search.bound) / max(1e-9, abs(self.worth))
        gap = max(_LEAST_GAP, _GAP_SHARE * min(1.0, most))

        def decide(task: Task) -> Floats | None:
            if task.held is None:
                return self.mending.free(task.members, base, gap=gap, limit=_SECONDS, only=task.free)
            held = task.held | (self.mending.decided & ~task.free)
            return self.mending.anew(held, base, gap=gap, limit=_SECONDS)

        with ThreadPoolExecutor(len(tasks)) as pool:
            return list(pool.map(decide, tasks))

    def _take(self, base: Floats, tasks: Sequence[Task], found: Sequence[Floats | None]) -> float:
        """Take over what was decided from a plan; all of it counts together, or else the best of it.

        What that takes off the worth of the plan at hand.
        """
        changes = [(task, new) for task, new in zip(tasks, found, strict=True) if self._better(new, base)]
        for _ in range(_TRIES):
            now = self.x
            candidates = self._candidates(now, base, changes)
            with self._lock:
                if self.x is not now:  # changed meanwhile by another thread: once more, from there
                    continue
                before = self.worth
                better = [new for new in candidates if self._better(new, now)]
                if better:
                    self.x = min(better, key=self.mending.worth)
                    self.worth = self.mending.worth(self.x)
                    self.mending.offer(self.x)
                return before - self.worth
        return 0.0

    def _better(self, x: Floats | None, than: Floats) -> TypeGuard[Floats]:
        """Whether a point is worth more than a plan, and breaks rows only where that does."""
        if x is None:
            return False
        worth = self.mending.worth(than)
        if self.mending.worth(x) >= worth - _PROGRESS * abs(worth):
            return False
        return bool(self.mending.broken(than).any() or not self.mending.broken(x).any())

    def _candidates(self, now: Floats, base: Floats, changes: Sequence[tuple[Task, Floats]]) -> list[Floats | None]:
        """What was made better from a plan, each alone and all in the plan at hand, where it can be had together."""
        alone: list[Floats | None] = [new for _, new in changes]
        if not changes or (len(changes) < 2 and now is base):
            return alone
        together = now.copy()
        for _, new in changes:
            changed = new != base
            together[changed] = new[changed]
        members = [number for task, _ in changes for number in task.members]
        whole = self.search.whole
        since = whole.arrays.column_block[now != base]
        mine = [whole.blocks[number].number for number in members]
        apart = len(set(mine)) == len(mine) and not np.isin(since, mine).any()
        if (apart and self.mending.broken(now).any()) or self.mending.keeps_all_rows(together):
            return [*alone, together]
        held = [task.held for task, _ in changes if task.held is not None]
        if held:
            all_held = np.all(held, axis=0) | self.mending.decided
            return [*alone, self.mending.anew(all_held, together, gap=_LEAST_GAP, limit=_SECONDS, from_here=False)]
        mended = self.mending.reconcile(together, sorted(set(members)))
        return [*alone, together if apart and mended is None else mended]

    def _settle(self, workers: int) -> None:
        """What is left broken is often what all blocks together can take up; the rest gets dearer."""
        self.steps += workers
        if self.steps >= _SETTLE_EVERY * self.workers:
            self.steps = 0
            new = self.mending.reconcile(self.x)
            if new is not None and self.mending.worth(new) < self.worth:
                self.x, self.worth = new, self.mending.worth(new)
                self.mending.offer(new)
        if self.broken:
            self._dearer(_DEARER ** (workers / self.workers))

    def _dearer(self, factor: float) -> None:
        """Raise the price of broken rows: a sliver over a budget goes only when it costs as much as a program."""
        broken = self.mending.broken(self.x)
        rows = broken > 0.0
        least = _SLIVER_SHARE * abs(self.search.bound) / broken[rows]
        self.mending.price[rows] = np.minimum(_DEAREST, np.maximum(factor * self.mending.price[rows], least))
        self.worth = self.mending.worth(self.x)
