"""Lagrangian pass: every block priced once at some multipliers, the bound rising block by block."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search


class LagrangianPass:
    """Blocks at the multipliers, made legal, one after another; `gap` and `limit` (seconds) are for each of them.

    What is known of the blocks' bounds at these multipliers, as from their relaxations, makes a bound of a pass that
    is not yet done: blocks of most cost come first then.
    """

    def __init__(
        self, pricing: Pricing, search: Search, multipliers: Floats, gap: float, limit: float, known: Floats | None
    ) -> None:
        blocks = len(pricing.whole.blocks)
        self.pricing, self.search = pricing, search
        self.constant, self.multipliers = constant_of(pricing.whole, legal(pricing.whole, multipliers))
        self.gap, self.limit = gap, limit
        self.shares = np.full(blocks, -np.inf) if known is None else known.copy()
        # Without a bound before the end the slowest blocks of the last pass come first, so that no thread waits long.
        order = pricing.seconds if known is None else np.abs(known)
        self._waiting = [int(k) for k in np.argsort(order, kind="stable")]
        self._answers: list[Answer | None] = [None] * blocks
        self._lock = threading.Lock()

    @property
    def done(self) -> bool:
        """Whether every block was priced."""
        return all(answer is not None for answer in self._answers)

    @property
    def bound(self) -> float:
        """The bound so far; minus infinity while nothing is known of some block."""
        return self.constant + float(self.shares.sum())

    @property
    def answers(self) -> list[Answer]:
        """The answers of all blocks of a pass that is done."""
        return [answer for answer in self._answers if answer is not None]

    def go_on(self, workers: int, seconds: float = np.inf) -> None:
        """Price the blocks that wait, for so long, and offer the bound."""
        until = self.search.control.seconds() + seconds
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: self._work(until), range(workers)))
        if self.bound > -np.inf:
            self.search.offer_bound(self.bound, self.multipliers, self.shares.copy())

    def _work(self, until: float) -> None:
        search = self.search
        while not search.over() and search.control.seconds() < until:
            with self._lock:
                if not self._waiting:
                    return
                number = self._waiting.pop()
            limit = max(0.1, min(self.limit, search.left()))
            answer = self.pricing.price(number, self.multipliers, search.control, limit, self.gap)
            self._answers[number] = answer
            self.shares[number] = max(self.shares[number], answer.bound)


def known_at(search: Search, multipliers: Floats) -> Floats | None:
    """Bounds of the blocks known at the multipliers, if the best bound so far comes from there."""
    return search.shares if search.has_shares and np.array_equal(multipliers, search.multipliers) else None
