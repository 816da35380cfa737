"""Amount: how much a neighborhood decides anew, more where the last one was quick and less where it was late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.solve.blocks import Block


@dataclass
class Amount:
    """A number that follows how long the last neighborhoods took, between a least and a greatest."""

    now: float
    least: float
    most: float
    more: float
    fewer: float
    """Factors by which it grows and shrinks."""

    def learn(self, quick: bool, late: bool) -> None:
        """More next time where it was quick, fewer where it was late."""
        if quick or late:
            self.now = min(self.most, max(self.least, self.now * (self.fewer if late else self.more)))


def filled(blocks: Sequence[Block], choices: Sequence[tuple[NDArray[np.bool_], float]]) -> NDArray[np.bool_]:
    """Columns of some blocks: choice after choice, block after block, each while there are fewer than its number.

    The last block to be taken is taken as a whole, so there may be a few more.
    """
    free = np.zeros(len(choices[0][0]), dtype=bool)
    count = 0.0
    for choice, most in choices:
        for block in blocks:
            new = block.columns[choice[block.columns] & ~free[block.columns]]
            if count < most:
                free[new] = True
                count += len(new)
    return free
