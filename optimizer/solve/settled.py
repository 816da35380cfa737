"""Settled columns: those that the rows of a model leave no choice once others have been decided."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats

# A row has no room left when its least activity is this near to what it may be at most.
_ROOM = 1e-9
_TIMES = 60


def settled(arrays: Arrays) -> tuple[NDArray[np.bool_], Floats]:
    """Columns that can only be at one bound, and where they are: as in forcing rows (Brearley et al. 1975).

    A contract that is not signed settles its deliveries, these the stock of every year. What the solver's presolve
    would find too, but with 0.5 GB more at XL.
    """
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    column, value = arrays.index, arrays.value
    for _ in range(_TIMES):
        a, b = value * lower[column], value * upper[column]
        least = np.bincount(row, weights=np.minimum(a, b), minlength=arrays.rows).astype(np.float64)
        most = np.bincount(row, weights=np.maximum(a, b), minlength=arrays.rows).astype(np.float64)
        at_least = _same(least, arrays.row_upper)[row]
        at_most = _same(most, arrays.row_lower)[row]
        forced = (at_least | at_most) & (lower[column] < upper[column])
        if not forced.any():
            break
        low = np.where(at_least, value > 0.0, value < 0.0)
        down, up = column[forced & low], column[forced & ~low]
        upper[down] = lower[down]
        lower[up] = upper[up]
    fixed = (lower == upper) & np.isfinite(lower)
    return fixed, np.where(fixed, lower, 0.0)


def _same(activity: Floats, limit: Floats) -> NDArray[np.bool_]:
    finite = np.isfinite(activity) & np.isfinite(limit)
    apart = np.subtract(activity, limit, where=finite, out=np.full(len(limit), np.inf))
    return np.asarray(np.abs(apart) <= _ROOM * np.maximum(1.0, np.abs(np.where(finite, limit, 0.0))))
