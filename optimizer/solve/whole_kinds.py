"""Kinds: what neighborhoods of whole deliveries decide anew; the kind that gains most in a second has most turns."""

from __future__ import annotations

import numpy as np

from optimizer.solve.amount import Amount
from optimizer.solve.pace import Pace

# How many whole columns a neighborhood decides anew at first, at least and at most, and by what that grows where it was
# in vain and shrinks where it was late (at M and L 30 or 60 at first, or 1.6, differ no more than seeds do).
_FIRST, _FEWEST, _MOST, _MORE, _FEWER = 40.0, 15.0, 2000.0, 1.25, 0.75
# Turns from which a pace is told; the other kind comes after so many of the better one.
_RECENT, _OTHERS = 4, 7


class Kind:
    """Some nations, every other time with some capabilities too (`crossed`); `alone`, what others pay is held."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.crossed = True
        self.pace = Pace(_RECENT)
        self._amounts = [Amount(_FIRST, _FEWEST, _MOST, _MORE, _FEWER) for _ in range(2)]

    @property
    def amount(self) -> Amount:
        """How many whole columns."""
        return self._amounts[self.crossed]


class Kinds:
    """Nations alone first, as long as they gain most; the other kind has its turn in between."""

    def __init__(self) -> None:
        self._kinds = [Kind(alone=True), Kind(alone=False)]
        self._asked = 0

    def next(self) -> Kind:
        """The kind whose turn it is."""
        self._asked += 1
        paces = [float(kind.pace) for kind in self._kinds]
        best = int(np.argmax([pace if pace < np.inf else 0.0 for pace in paces]))
        kind = self._kinds[best if self._asked % (_OTHERS + 1) else 1 - best]
        kind.crossed = not kind.crossed
        return kind
