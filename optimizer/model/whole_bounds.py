"""Whole bounds: the most whole units that the rows leave room for, which a relaxation of the units would not see."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats, Ints

# What is carried over from year to year is bounded year after year.
_ROUNDS = 30
# Slack of a count, and of a bound that is lowered at all.
_SLIVER, _NOTHING, _ENDLESS = 1e-6, 1e-9, 1e14


def with_whole_bounds(arrays: Arrays, whole: NDArray[np.bool_]) -> Arrays:
    """The model with lower upper bounds on columns that are whole in every plan, be they whole here or not.

    A yearly budget of 100 pays for no unit of which 130 fall due in one year; in fractions it would buy one over the
    years. Each row is looked at by itself, with all else at its least (activity-based tightening, Savelsbergh 1994).
    """
    upper = arrays.upper.copy()
    row_of = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    rows: Ints = np.arange(arrays.rows)
    for _ in range(_ROUNDS):
        most = _most(arrays, rows, upper, whole)
        lowered = most < upper - _SLIVER * np.clip(np.abs(most), 1.0, _ENDLESS)
        if not lowered.any():
            break
        upper[lowered] = most[lowered]
        touched = np.zeros(arrays.rows, dtype=bool)
        touched[row_of[lowered[arrays.index]]] = True
        rows = np.flatnonzero(touched)
    return dataclasses.replace(arrays, upper=np.where(whole, upper, arrays.upper))


def _most(arrays: Arrays, rows: Ints, upper: Floats, whole: NDArray[np.bool_]) -> Floats:
    """The most that each column can be by some rows, each taken alone, but not less than its least."""
    most = upper.copy()
    for sign, limits in ((1.0, arrays.row_upper), (-1.0, -arrays.row_lower)):
        limited = rows[np.isfinite(limits[rows])]
        at, place = arrays.entries_of(limited)
        limit, column, value = limits[limited], arrays.index[at], sign * arrays.value[at]
        least = value * np.where(value > 0.0, arrays.lower[column], upper[column])
        endless = ~(np.abs(least) < _ENDLESS)
        room = limit - np.bincount(place, np.where(endless, 0.0, least), len(limited))
        known = np.bincount(place, endless, len(limited)) == 0
        here = known[place] & (value > _NOTHING)
        by_row = (room[place[here]] + least[here]) / value[here]
        by_row = np.where(whole[column[here]], np.floor(by_row + _SLIVER), by_row)
        np.minimum.at(most, column[here], by_row)
    return np.maximum(most, np.minimum(arrays.lower, upper))
