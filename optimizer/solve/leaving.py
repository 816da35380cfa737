"""Leaving: what a nation cannot hold of all it signed once its units are whole, told by its own rows alone."""

from __future__ import annotations

import dataclasses
from typing import Mapping

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Ints, slices
from optimizer.model.control import Control
from optimizer.solve.block_solver import block_solver

# Any plan will do to tell that there is one; a plan that leaves something should leave little.
_ANY, _GAP, _SECONDS = 1.0, 0.01, 2.0


def given_up(arrays: Arrays, signed: Mapping[int, Ints], seed: int, control: Control) -> NDArray[np.bool_]:
    """Which signed columns of a nation, by its number, it gives up because its own rows leave no other way.

    A ship and a fleet of drones may each fit a nation's budgets, and both in fractions, but not both in whole units.
    """
    found = np.zeros(arrays.columns, dtype=bool)
    for number, rows in enumerate(_own_rows(arrays)):
        held = np.zeros(arrays.columns, dtype=bool)
        held[signed.get(number, np.zeros(0, dtype=np.int64))] = True
        held &= arrays.lower > 0.5
        if control.stop.is_set():
            break
        entries, _ = arrays.entries_of(rows)
        columns = np.unique(arrays.index[entries])
        part = slices(arrays, columns, rows)
        alone = block_solver(part, seed).run(gap=_ANY, time_limit=_SECONDS, control=control)
        if alone.status != "infeasible":
            continue
        loose = dataclasses.replace(part, lower=np.where(held[columns], 0.0, part.lower))
        without = block_solver(loose, seed).run(gap=_GAP, time_limit=_SECONDS, control=control)
        if without.x is not None:
            found[columns[held[columns] & (without.x < 0.5)]] = True
    return found


def _own_rows(arrays: Arrays) -> list[Ints]:
    """For each nation the rows of what it decides in whole in which no other nation decides anything."""
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    nation = arrays.column_nation[arrays.index]
    decided = nation >= 0
    least, most = np.full(arrays.rows, np.iinfo(np.int64).max), np.full(arrays.rows, -1)
    np.minimum.at(least, row[decided], nation[decided])
    np.maximum.at(most, row[decided], nation[decided])
    whole = np.bincount(row[decided & arrays.integer[arrays.index]], minlength=arrays.rows) > 0
    nations = int(arrays.column_nation.max(initial=-1)) + 1
    return [np.flatnonzero((least == number) & (most == number) & whole) for number in range(nations)]
