"""Rows of a model put in order: entries sorted and summed, parallel rows merged, each row's block found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Floats, Ints
from optimizer.tolerances import SOLVER_FEASIBILITY


def merged(
    lengths: Ints, at: Ints, by: Floats, low: Floats, high: Floats
) -> tuple[Ints, Ints, Floats, Floats, Floats, Ints]:
    """Rows with sorted columns and no zeros; parallel rows merged; rows that hold without any column left out.

    The last value numbers the rows that stay.
    """
    rows = len(lengths)
    row, at, by = _sorted_entries(np.repeat(np.arange(rows), lengths), at, by)
    counts = np.bincount(row, minlength=rows).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    some = counts > 0
    first = np.zeros(rows)
    first[some] = by[start[:-1][some]]
    # A random projection of the scaled row tells candidates apart; candidates are compared entry by entry.
    weight = np.random.default_rng(0).random(int(at.max(initial=0)) + 1)
    scaled = weight[at] * by / np.where(some, first, 1.0)[row]
    print_of = np.bincount(row, weights=scaled, minlength=rows).astype(np.float64)
    lead = np.full(rows, -1, dtype=np.int64)
    lead[some] = at[start[:-1][some]]
    stays = some | (low > SOLVER_FEASIBILITY) | (high < -SOLVER_FEASIBILITY)
    order = np.lexsort((print_of, lead, counts))
    order = order[some[order]]
    near = _neighbors(order, counts, lead, print_of)
    known = -1
    for place in np.flatnonzero(near).tolist():
        number = int(order[place])
        if not near[place - 1]:
            known = int(order[place - 1])
        if _alike(print_of[known], print_of[number]) and _parallel(start, at, by, known, number):
            factor = first[known] / first[number]
            one, other = low[number] * factor, high[number] * factor
            low[known], high[known] = max(low[known], min(one, other)), min(high[known], max(one, other))
            stays[number] = False
        else:
            known = number
    picked = stays[row]
    counts = counts[stays]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return start, at[picked], by[picked], low[stays], high[stays], np.flatnonzero(stays)


def _sorted_entries(row: Ints, at: Ints, by: Floats) -> tuple[Ints, Ints, Floats]:
    """Entries by row and column, those of the same place summed, zeros left out."""
    # Rows are in order already, and a stable sort is quick with what nearly is.
    order = np.argsort(row * (int(at.max(initial=0)) + 1) + at, kind="stable")
    row, at, by = row[order], at[order], by[order]
    if len(row) > 1:
        first = np.concatenate([[True], (row[1:] != row[:-1]) | (at[1:] != at[:-1])])
        if not first.all():
            row, at, by = row[first], at[first], np.add.reduceat(by, np.flatnonzero(first))
    keep = by != 0.0
    return row[keep], at[keep], by[keep]


def _neighbors(order: Ints, counts: Ints, lead: Ints, print_of: Floats) -> NDArray[np.bool_]:
    """Which rows of an order may be parallel to the one before."""
    near = np.zeros(len(order), dtype=bool)
    if len(order) > 1:
        before, after = order[:-1], order[1:]
        near[1:] = (counts[before] == counts[after]) & (lead[before] == lead[after])
        near[1:] &= _alike(print_of[before], print_of[after])
    return near


def _alike(one: Floats, other: Floats) -> NDArray[np.bool_]:
    """Whether projections of rows are the same but for noise."""
    return np.abs(one - other) <= 1e-9 * np.maximum(1.0, np.abs(other))


def _parallel(start: Ints, at: Ints, by: Floats, one: int, other: int) -> bool:
    """Whether two rows of equal length have the same columns and proportional values."""
    a, b = slice(start[one], start[one + 1]), slice(start[other], start[other + 1])
    if (at[a] != at[b]).any():
        return False
    scaled = by[b] / by[b][0]
    return bool((np.abs(by[a] / by[a][0] - scaled) <= 1e-12 + 1e-12 * np.abs(scaled)).all())


def blocks_of_rows(start: Ints, at: Ints, blocks: Ints) -> Ints:
    """The block all columns of a row belong to, or -1."""
    rows = len(start) - 1
    if rows == 0:
        return np.zeros(0, dtype=np.int64)
    some = start[1:] > start[:-1]
    least, most = np.full(rows, -1, dtype=np.int64), np.full(rows, -1, dtype=np.int64)
    if some.any():
        least[some] = np.minimum.reduceat(blocks[at], start[:-1][some])
        most[some] = np.maximum.reduceat(blocks[at], start[:-1][some])
    return np.where(least == most, least, -1)
