"""Lagrangian pass: every block priced once at some multipliers, the bound rising block by block."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats
from optimizer.solve.pricing import Pricing, constant_of, legal
from optimizer.solve.search import Search

# What a block not priced yet promises, as a share of its bound (XL seed 2: 0.45 % on the average).
_PROMISED = 5e-3


class LagrangianPass:
    """Blocks at the multipliers, made legal, one after another; `gap` and `limit` (seconds) are for each of them.

    What is known of the blocks' bounds at these multipliers, as from their relaxations, makes a bound of a pass that
    is not yet done: blocks come first then whose part of the best plan is furthest from it, or that cost most.

    Once a `turn` (seconds) is set each block gets as much at first, and then as long again as it has had, whichever
    promises most in a second. The slowest gain next to nothing: on XL seed 2 a quarter of all 120 s gave half of what
    the pass gains at last in the order of cost, and three quarters in turns.
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
        self.turn = np.inf
        self._by_gain = known is not None
        self._spent = np.zeros(blocks)
        self._waiting = list(range(blocks))
        self._answers: list[Answer | None] = [None] * blocks
        self._lock = threading.Condition()
        self._at_work = 0

    @property
    def done(self) -> bool:
        """Whether every block was priced, and none waits for another turn."""
        return not self._waiting and all(answer is not None for answer in self._answers)

    @property
    def seconds(self) -> float:
        """What the blocks have taken."""
        return float(self._spent.sum())

    @property
    def bound(self) -> float:
        """The bound so far; minus infinity while nothing is known of some block."""
        return self.constant + float(self.shares.sum())

    @property
    def answers(self) -> list[Answer]:
        """The answers of all blocks of a pass that is done."""
        return [answer for answer in self._answers if answer is not None]

    @property
    def plans(self) -> list[Floats | None]:
        """The best plan found of each block."""
        both = zip(self._answers, self.search.whole.blocks, strict=True)
        return [None if a is None or a.x is None else a.x[: len(block.columns)] for a, block in both]

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
        if self.turn < np.inf:
            return kept * float(self._in_a_second()[waiting].max())
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
        if self.turn < np.inf:
            return self._in_a_second()
        best = self.search.best_x
        return np.abs(self.shares) if best is None else self.search.regrets(best, self.multipliers, self.shares)

    def _in_a_second(self) -> Floats:
        """What each block promises at most in a second of its next turn."""
        promised = np.array([np.inf if answer is None else answer.objective for answer in self._answers]) - self.shares
        best = self.search.best_x
        if best is not None:
            promised = np.minimum(promised, self.search.regrets(best, self.multipliers, self.shares))
        promised = np.where(np.isfinite(promised), promised, _PROMISED * np.abs(self.shares))
        return np.asarray(np.maximum(promised, 0.0) / np.maximum(self._spent, self.turn))

    def _price(self, number: int) -> None:
        try:
            self._answers[number] = self._priced(number)
        finally:
            with self._lock:
                if self._goes_on(number):
                    self._waiting.append(number)
                self._at_work -= 1
                self._lock.notify_all()

    def _priced(self, number: int) -> Answer:
        control, began, turns = self.search.control, self.search.control.seconds(), self.turn < np.inf
        limit = min(self.limit, self.search.left())
        if turns:
            limit = min(limit - self._spent[number], max(self.turn, self._spent[number]))
        answer = self.pricing.price(number, self.multipliers, control, max(0.1, limit), self.gap, turns)
        self._spent[number] += control.seconds() - began
        if turns:
            self.pricing.seconds[number] = self._spent[number]
        self.shares[number] = max(self.shares[number], answer.bound)
        return answer

    def _goes_on(self, number: int) -> bool:
        """Whether a block that was cut off should have another turn."""
        answer = self._answers[number]
        if self.turn == np.inf or answer is None or answer.status not in ("feasible", "no_plan"):
            return False
        return bool(self._spent[number] < self.limit)


def known_at(search: Search, multipliers: Floats) -> Floats | None:
    """Bounds of the blocks known at the multipliers, if the best bound so far comes from there."""
    return search.shares if search.has_shares and np.array_equal(multipliers, search.multipliers) else None
