"""A model of two capabilities that share a budget, small enough to be solved by hand."""

from __future__ import annotations

import numpy as np

from optimizer.model.arrays import Arrays


def two_blocks(budget: float) -> Arrays:
    """Two capabilities, one unit each at cost 1 or shortfall at cost 5; a unit takes 1 of a budget both share.

    Columns: buy 0, short 0 (block 0), buy 1, short 1 (block 1). Rows: buy + short >= 1 twice, then the budget.
    """
    return Arrays(
        cost=np.array([1.0, 5.0, 1.0, 5.0]),
        offset=0.0,
        lower=np.zeros(4),
        upper=np.ones(4),
        integer=np.array([True, False, True, False]),
        start=np.array([0, 2, 4, 6]),
        index=np.array([0, 1, 2, 3, 0, 2]),
        value=np.ones(6),
        row_lower=np.array([1.0, 1.0, -np.inf]),
        row_upper=np.array([np.inf, np.inf, budget]),
        column_block=np.array([0, 0, 1, 1]),
        row_block=np.array([0, 1, -1]),
    )
