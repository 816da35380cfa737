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
    is not yet done: blocks come first then whose part of the best plan is furthest from it, or that cost most.
    """

    def __init__(
        self, pricing: Pricing, search: Search, multipliers: Floats, gap: float, limit: float, known: Floats | None
    ) -> None:
        blocks = len(pricing.whole.blocks)
        self.pricing, self.search = pricing, search
        self.constant, self.multipliers = constant_of(pricing.whole, legal(pricing.whole, multipliers))
        self.gap, self.limit = gap, limit
        self.shares = np.full(blocks, -np.inf) if known is None else known.copy()
        self._known = known
        self._by_gain = known is not None
        self._waiting = list(range(blocks))
        self._answers: list[Answer | None] = [None] * blocks
        self._lock = threading.Condition()
        self._at_work = 0

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

    @property
    def pace(self) -> float | None:
        """What the block that comes next promises to add to the bound in a second, told by those priced before.

        None where there is nothing to tell it by: no plan to tell what blocks lose, or no block priced yet.
        """
        best = self.search.best_x
        priced = np.array([answer is not None for answer in self._answers])
        if self._known is None or best is None or not priced.any():
            return None
        with self._lock:
            waiting = self._waiting.copy()
        if not waiting:
            return 0.0
        regrets = np.maximum(self.search.regrets(best, self.multipliers, self._known), 0.0)
        kept = float((self.shares - self._known)[priced].sum()) / max(float(regrets[priced].sum()), 1e-9)
        seconds = float(self.pricing.seconds[priced].mean())
        return kept * float(regrets[waiting].max()) / max(seconds, 1e-3)

    def go_on(self, workers: int, seconds: float = np.inf, enough: threading.Event | None = None) -> None:
        """Price the blocks that wait, for so long or until it is `enough`, and offer the bound.

        What other threads price meanwhile counts as well.
        """
        until = self.search.control.seconds() + seconds
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(lambda _: self._work(until, enough or threading.Event()), range(workers)))
        with self._lock:
            self._lock.wait_for(lambda: not self._at_work)
        if self.bound > -np.inf:
            self.search.offer_bound(self.bound, self.multipliers, self.shares.copy())

    def help(self) -> bool:
        """Price one of the blocks that wait, in whichever thread; false where none does."""
        number = self._next()
        if number is not None:
            self._price(number)
        return number is not None

    def _work(self, until: float, enough: threading.Event) -> None:
        while not (self.search.over() or enough.is_set()) and self.search.control.seconds() < until and self.help():
            pass

    def _next(self) -> int | None:
        with self._lock:
            if not self._waiting:
                return None
            self._at_work += 1
            promised = self._promised()
            first = max(self._waiting, key=lambda number: float(promised[number]))
            self._waiting.remove(first)
            return first

    def _promised(self) -> Floats:
        """What each block promises, were it the next.

        Without a bound before the end the slowest blocks of the last pass come first, so that no thread waits long.
        """
        if not self._by_gain:
            return self.pricing.seconds
        best = self.search.best_x
        return np.abs(self.shares) if best is None else self.search.regrets(best, self.multipliers, self.shares)

    def _price(self, number: int) -> None:
        try:
            limit = max(0.1, min(self.limit, self.search.left()))
            answer = self.pricing.price(number, self.multipliers, self.search.control, limit, self.gap)
            self._answers[number] = answer
            self.shares[number] = max(self.shares[number], answer.bound)
        finally:
            with self._lock:
                self._at_work -= 1
                self._lock.notify_all()


def known_at(search: Search, multipliers: Floats) -> Floats | None:
    """Bounds of the blocks known at the multipliers, if the best bound so far comes from there."""
    return search.shares if search.has_shares and np.array_equal(multipliers, search.multipliers) else None
