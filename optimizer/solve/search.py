"""Search: what the threads of one decomposed search share - the best plan, the best bound, the clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from optimizer.model.arrays import INFINITY, Floats
from optimizer.model.control import Control, side_by_side
from optimizer.solve.blocks import Cut

_LONGEST_TRAIL = 30
# A plan this near to the bound, as a share of its objective, is proven the best.
_PROVED = 1e-9
# Workers on a model this large take turns of their own: which is done first is a matter of timing, and so is the plan.
# On smaller ones they wait for each other, and the same input gives the same plan.
APART_COLUMNS = 40_000


@dataclass
class Search:
    """What the threads of one search share: the best plan, the best bound, and the plans seen."""

    whole: Cut
    control: Control
    gap: float
    deadline: float
    stage: str = "decomposed"
    """What progress calls it."""
    best_x: Floats | None = None
    best: float = INFINITY
    trail: list[tuple[float, Floats]] = field(default_factory=list)
    bound: float = -INFINITY
    seconds: float = field(init=False)
    """Seconds it has in all."""
    multipliers: Floats = field(init=False)
    shares: Floats = field(init=False)
    """The bound of each block at the multipliers."""
    has_shares: bool = False
    """Whether these came with a bound; zero until then."""
    infeasible: bool = False
    """Whether the whole model has been found to have no plan."""
    unmended: tuple[float, Floats] | None = None
    """Without any plan, a point that breaks some rows, for the finish to mend; and what it is worth, these priced."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.seconds = self.left()
        self.multipliers = np.zeros(len(self.whole.rows))
        self.shares = np.zeros(len(self.whole.blocks))

    def left(self) -> float:
        """Seconds left, without what is wanted after it."""
        return self.deadline - self.control.wanted - self.control.seconds()

    def over(self) -> bool:
        """Whether to stop: asked, out of time, or within the gap."""
        return self.done.is_set() or self.control.stop.is_set() or self.left() <= 0.0 or self.reached()

    def reached(self) -> bool:
        """Whether the asked gap is reached."""
        return self.best_x is not None and self.best - self.bound <= self.wanted()

    def wanted(self) -> float:
        """How far apart the best plan and the bound may be, in money."""
        return self.gap * max(abs(self.best + self.whole.arrays.offset), 1e-9)

    def regrets(self, x: Floats, multipliers: Floats, shares: Floats) -> Floats:
        """How far each block's part of a plan is above its share of a bound: with unused rows, what sums to the gap."""
        cost = self.whole.arrays.cost
        return np.array(
            [
                float((cost[b.columns] - b.coupling.priced(multipliers)) @ x[b.columns]) - share
                for b, share in zip(self.whole.blocks, shares, strict=True)
            ]
        )

    def chosen(self) -> tuple[float, Floats] | None:
        """The first plan of the trail that is within the gap, else the best plan.

        Bound and plans are improved side by side, so how far the plans have got when the bound arrives is a matter of
        timing; the first one that is good enough is not, and the same input gives the same plan. Where plans themselves
        come by timing there is no trail.
        """
        offset = self.whole.arrays.offset
        for objective, x in self.trail:
            if objective - self.bound <= self.gap * max(abs(objective + offset), 1e-9):
                return objective, x
        return None if self.best_x is None else (self.best, self.best_x)

    def status_of(self, objective: float) -> str:
        """The status of a plan with such an objective when the search has ended."""
        if self.control.stop.is_set():
            return "interrupted"
        return "optimal" if objective - self.bound <= _PROVED * max(1.0, abs(objective)) else "feasible"

    def offer_bound(self, bound: float, multipliers: Floats | None = None, shares: Floats | None = None) -> None:
        """A valid bound, with the multipliers it came from and each block's share of it."""
        with self.lock:
            if bound > self.bound:
                self.bound = bound
                if multipliers is not None and shares is not None:
                    self.multipliers, self.shares, self.has_shares = multipliers, shares, True
                    self.control.prices = self.prices()
        self.report()

    def prices(self) -> Floats:
        """The multipliers as prices of all rows of the model; those of single blocks have none."""
        prices = np.zeros(self.whole.arrays.rows)
        prices[self.whole.rows] = self.multipliers
        return prices

    def offer_plan(self, x: Floats, objective: float, *, on_trail: bool = True) -> bool:
        """A feasible plan; true when it is the best so far. Plans that come by luck of timing stay off the trail."""
        on_trail = on_trail and self.whole.arrays.columns <= APART_COLUMNS  # thirty plans of XL hold 120 MB
        with self.lock:
            better = self.best_x is None or objective < self.best - 1e-9 * max(1.0, abs(self.best))
            if better:
                self.best_x, self.best = x.copy(), objective
                if on_trail and len(self.trail) < _LONGEST_TRAIL:
                    self.trail.append((objective, self.best_x))
        if better:
            self.report()
            if self.control.on_plan is not None:
                self.control.on_plan(x, objective)
        return better

    def report(self) -> None:
        """Tell the listener."""
        offset = self.whole.arrays.offset
        self.control.report(
            self.stage,
            None if self.best_x is None else self.best + offset,
            None if self.bound == -INFINITY else self.bound + offset,
        )

    def together(self, works: Sequence[Callable[[], None]], *, until_first: bool = False) -> None:
        """Works side by side; the search is over when one fails, which is raised here, or the first is done."""

        def run(number: int) -> None:
            try:
                works[number]()
            except BaseException:
                self.done.set()
                raise
            if until_first and number == 0:
                self.done.set()

        side_by_side([partial(run, number) for number in range(len(works))])
