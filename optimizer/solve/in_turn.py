"""In turn: some numbers at random, each before any comes again."""

from __future__ import annotations

import numpy as np

from optimizer.model.arrays import Ints


class InTurn:
    """Numbers, as of nations, one after another in random order; when all have come they come again in another."""

    def __init__(self, numbers: Ints, random: np.random.Generator) -> None:
        self.numbers = numbers
        self._random = random
        self._waiting: list[int] = []

    def __len__(self) -> int:
        return len(self.numbers)

    def next(self, count: int) -> list[int]:
        """So many of them."""
        return [self._next() for _ in range(count)]

    def come_first(self, numbers: Ints) -> None:
        """Some of them come next, in random order, before those that wait."""
        others = [number for number in self._waiting if number not in numbers]
        self._waiting = [*others, *self._random.permutation(numbers).tolist()]

    def _next(self) -> int:
        if not self._waiting:
            self._waiting = self._random.permutation(self.numbers).tolist()
        return self._waiting.pop()
