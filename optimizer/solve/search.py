"""Search: what the threads of one decomposed search share - the best plan, the best bound, the clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np

from optimizer.model.lp import INFINITY, Control, Floats
from optimizer.solve.blocks import Cut


@dataclass
class Search:
    """What the threads of one search share: the best plan, the best bound, and the plans seen."""

    whole: Cut
    control: Control
    gap: float
    deadline: float
    best_x: Floats | None = None
    best: float = INFINITY
    bound: float = -INFINITY
    multipliers: Floats = field(default_factory=lambda: np.zeros(0))
    lock: threading.Lock = field(default_factory=threading.Lock)
    done: threading.Event = field(default_factory=threading.Event)

    def left(self) -> float:
        """Seconds left."""
        return self.deadline - self.control.seconds()

    def over(self) -> bool:
        """Whether to stop: asked, out of time, or within the gap."""
        return self.done.is_set() or self.control.stop.is_set() or self.left() <= 0.0 or self.reached()

    def reached(self) -> bool:
        """Whether the asked gap is reached."""
        offset = self.whole.arrays.offset
        if self.best_x is None:
            return False
        return self.best - self.bound <= self.gap * max(abs(self.best + offset), 1e-9)

    def offer_bound(self, bound: float, multipliers: Floats | None = None) -> None:
        """A valid bound."""
        with self.lock:
            if bound > self.bound:
                self.bound = bound
                if multipliers is not None:
                    self.multipliers = multipliers
        self.report()

    def offer_plan(self, x: Floats, objective: float) -> bool:
        """A feasible plan; true when it is the best so far."""
        with self.lock:
            better = objective < self.best - 1e-9 * max(1.0, abs(self.best))
            if better or self.best_x is None:
                self.best_x, self.best = x.copy(), objective
                better = True
        if better:
            self.report()
        return better

    def report(self) -> None:
        """Tell the listener."""
        offset = self.whole.arrays.offset
        self.control.report(
            "decomposed",
            None if self.best_x is None else self.best + offset,
            None if self.bound == -INFINITY else self.bound + offset,
        )
