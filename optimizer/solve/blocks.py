"""Blocks: the model cut by capability, each block carrying what the coupling rows imply for it alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import INFINITY, Arrays, Floats, Ints, on_columns

# Activities beyond this are no bound at all.
_ENDLESS = 1e14
_SLIVER = 1e-6


def _sums(at: Ints, *, weights: Floats, size: int) -> Floats:
    """Sum of the weights that fall on each number."""
    return np.bincount(at, weights=weights, minlength=size).astype(np.float64)


@dataclass(frozen=True)
class Entries:
    """Sparse entries of some coupling rows over some columns, both numbered locally."""

    row: Ints
    column: Ints
    value: Floats
    rows: int
    columns: int

    def activity(self, x: Floats) -> Floats:
        """What a point adds to each coupling row."""
        return _sums(self.row, weights=self.value * x[self.column], size=self.rows)

    def priced(self, multipliers: Floats) -> Floats:
        """What the multipliers add to the cost of each column."""
        return _sums(self.column, weights=self.value * multipliers[self.row], size=self.columns)

    def range(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """Least and greatest activity of each row within column bounds."""
        low, high = lower[self.column], upper[self.column]
        with np.errstate(invalid="ignore"):
            a, b = self.value * low, self.value * high
        return (
            _sums(self.row, weights=np.minimum(a, b), size=self.rows),
            _sums(self.row, weights=np.maximum(a, b), size=self.rows),
        )


@dataclass(frozen=True)
class Block:
    """One capability: its columns and rows in the whole model, and its entries in the coupling rows."""

    number: int
    columns: Ints
    rows: Ints
    coupling: Entries
    touched: Ints
    """Coupling rows the block has entries in, and those tied to them through global columns."""


@dataclass(frozen=True)
class Cut:
    """The whole model cut into blocks, coupling rows and global columns (those of no capability)."""

    arrays: Arrays
    rows: Ints
    lower: Floats
    upper: Floats
    globals: Ints
    global_entries: Entries
    blocks: tuple[Block, ...]


def cut(arrays: Arrays) -> Cut:
    """Cut a model by capability."""
    coupling = np.flatnonzero(arrays.row_block < 0)
    free = np.flatnonzero(arrays.column_block < 0)
    entry_row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    position = np.full(arrays.rows, -1, dtype=np.int64)
    position[coupling] = np.arange(len(coupling))
    is_coupling = position[entry_row] >= 0
    rows, columns, values = position[entry_row[is_coupling]], arrays.index[is_coupling], arrays.value[is_coupling]
    owner = arrays.column_block[columns]
    place = np.zeros(arrays.columns, dtype=np.int64)
    place[free] = np.arange(len(free))
    numbers = [int(b) for b in np.unique(arrays.column_block[arrays.column_block >= 0])]
    owned = {b: np.flatnonzero(arrays.column_block == b) for b in numbers}
    for mine in owned.values():
        place[mine] = np.arange(len(mine))

    def entries(number: int, count: int) -> Entries:
        at = owner == number
        return Entries(rows[at], place[columns[at]], values[at], len(coupling), count)

    global_entries = entries(-1, len(free))
    by_row, by_column = _incidence(global_entries)
    blocks = []
    for number in numbers:
        part = entries(number, len(owned[number]))
        blocks.append(
            Block(
                number,
                owned[number],
                np.flatnonzero(arrays.row_block == number),
                part,
                _closure(np.unique(part.row), by_row, by_column),
            )
        )
    return Cut(
        arrays, coupling, arrays.row_lower[coupling], arrays.row_upper[coupling], free, global_entries, tuple(blocks)
    )


def dearest_units(arrays: Arrays) -> Floats:
    """By the number of each block the most that one of its columns moves in a coupling row."""
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    block = arrays.column_block[arrays.index]
    shared = (arrays.row_block[row] < 0) & (block >= 0)
    dearest = np.zeros(int(arrays.column_block.max(initial=-1)) + 1)
    np.maximum.at(dearest, block[shared], np.abs(arrays.value[shared]))
    return dearest


def _incidence(entries: Entries) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    by_row: dict[int, list[int]] = {}
    by_column: dict[int, list[int]] = {}
    for row, column in zip(entries.row.tolist(), entries.column.tolist(), strict=True):
        by_row.setdefault(row, []).append(column)
        by_column.setdefault(column, []).append(row)
    return by_row, by_column


def _closure(rows: Ints, by_row: dict[int, list[int]], by_column: dict[int, list[int]]) -> Ints:
    """The rows and all rows tied to them through global columns."""
    found = set(rows.tolist())
    stack = list(found)
    while stack:
        for column in by_row.get(stack.pop(), ()):
            for row in by_column[column]:
                if row not in found:
                    found.add(row)
                    stack.append(row)
    return np.array(sorted(found), dtype=np.int64)


def implied_rows(whole: Cut) -> list[tuple[Ints, Floats, Floats]]:
    """Per block the coupling rows it can break by itself, with what the other blocks can at best leave to it.

    Adding them to a block's own problem is valid and lifts the Lagrangian bound: without them a block may buy what no
    budget could ever pay.
    """
    arrays = whole.arrays
    ranges = [b.coupling.range(arrays.lower[b.columns], arrays.upper[b.columns]) for b in whole.blocks]
    all_low = np.sum([low for low, _ in ranges], axis=0) if ranges else np.zeros(len(whole.rows))
    all_high = np.sum([high for _, high in ranges], axis=0) if ranges else np.zeros(len(whole.rows))
    by_row, by_column = _incidence(whole.global_entries)
    implied = []
    for block, (low, high) in zip(whole.blocks, ranges, strict=True):
        with np.errstate(invalid="ignore"):
            others_low = np.nan_to_num(all_low - low, nan=-INFINITY)
            others_high = np.nan_to_num(all_high - high, nan=INFINITY)
            upper = np.where(others_low > -_ENDLESS, whole.upper - others_low, INFINITY)
            lower = np.where(others_high < _ENDLESS, whole.lower - others_high, -INFINITY)
        mine = np.zeros(len(whole.rows), dtype=bool)
        mine[block.coupling.row] = True
        binds = mine & (
            ((high > upper - _SLIVER) & (upper < _ENDLESS)) | ((low < lower + _SLIVER) & (lower > -_ENDLESS))
        )
        rows = _closure(np.flatnonzero(binds), by_row, by_column)
        implied.append((rows, lower[rows], upper[rows]))
    return implied


def stacked(whole: Cut, members: tuple[Block, ...], rows: Ints, lower: Floats, upper: Floats) -> tuple[Arrays, Ints]:
    """Some blocks together with some coupling rows and the global columns in them, as a model of its own.

    Columns: the blocks' own, then the global columns of the rows; rows: the blocks' own, then the coupling rows. The
    second value numbers the whole model's columns.
    """
    arrays = whole.arrays
    in_rows = np.full(len(whole.rows), -1, dtype=np.int64)
    in_rows[rows] = np.arange(len(rows))
    kept = in_rows[whole.global_entries.row] >= 0
    used = np.unique(whole.global_entries.column[kept])
    columns = np.concatenate([*(block.columns for block in members), whole.globals[used]])
    position = np.full(arrays.columns, -1, dtype=np.int64)
    position[columns] = np.arange(len(columns))
    own_rows = np.concatenate([block.rows for block in members])
    picked = np.concatenate([own_rows, whole.rows[rows]])
    flat, row = arrays.entries_of(picked)
    column = position[arrays.index[flat]]
    keep = column >= 0
    part = on_columns(
        arrays,
        columns,
        counts=np.bincount(row[keep], minlength=len(picked)),
        index=column[keep].astype(np.int64),
        value=arrays.value[flat][keep],
        row_lower=np.concatenate([arrays.row_lower[own_rows], lower]),
        row_upper=np.concatenate([arrays.row_upper[own_rows], upper]),
        row_block=np.zeros(len(picked), dtype=np.int64),
    )
    nations = arrays.column_nation[columns] if len(arrays.column_nation) else arrays.column_nation
    return replace(part, column_block=np.zeros(len(columns), dtype=np.int64), column_nation=nations), columns


def elastic(arrays: Arrays, rows: Ints, price: Floats) -> Arrays:
    """The model with two more columns per given row, what is missing and what is too much, each at the row's price."""
    count, columns = len(rows), arrays.columns
    row = np.concatenate([np.repeat(np.arange(arrays.rows), np.diff(arrays.start)), rows, rows])
    column = np.concatenate([arrays.index, columns + np.arange(2 * count)])
    value = np.concatenate([arrays.value, np.ones(count), -np.ones(count)])
    order = np.argsort(row, kind="stable")
    below, above = np.isfinite(arrays.row_lower[rows]), np.isfinite(arrays.row_upper[rows])
    return replace(
        arrays,
        cost=np.concatenate([arrays.cost, price, price]),
        lower=np.concatenate([arrays.lower, np.zeros(2 * count)]),
        upper=np.concatenate([arrays.upper, np.where(below, INFINITY, 0.0), np.where(above, INFINITY, 0.0)]),
        integer=np.concatenate([arrays.integer, np.zeros(2 * count, dtype=bool)]),
        start=np.concatenate([[0], np.cumsum(np.bincount(row, minlength=arrays.rows))]).astype(np.int64),
        index=column[order].astype(np.int64),
        value=value[order],
        column_block=np.concatenate([arrays.column_block, np.full(2 * count, -1, dtype=np.int64)]),
    )


def without(arrays: Arrays, held: Ints, x: Floats) -> tuple[Arrays, Ints]:
    """The model with some columns taken out at their values in `x`; also the numbers of the columns that stay.

    A row that the columns taken out fill alone goes with them where it holds, and stays as an empty row that no point
    can satisfy where it does not.
    """
    stays = np.ones(arrays.columns, dtype=bool)
    stays[held] = False
    columns = np.flatnonzero(stays)
    moved = arrays.row_values(np.where(stays, 0.0, np.where(arrays.integer, np.round(x), x)))
    position = np.cumsum(stays) - 1
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    keep = stays[arrays.index]
    room = _SLIVER * np.maximum(1.0, np.abs(moved))
    broken = (moved < arrays.row_lower - room) | (moved > arrays.row_upper + room)
    used = (np.bincount(row[keep], minlength=arrays.rows) > 0) | broken
    number = np.cumsum(used) - 1
    part = on_columns(
        arrays,
        columns,
        counts=np.bincount(number[row[keep]], minlength=int(used.sum())),
        index=position[arrays.index[keep]].astype(np.int64),
        value=arrays.value[keep],
        row_lower=(arrays.row_lower - moved)[used],
        row_upper=(arrays.row_upper - moved)[used],
        row_block=arrays.row_block[used],
    )
    return part, columns


def with_only(
    arrays: Arrays, free: NDArray[np.bool_], x: Floats, share: float = 0.0, least: float = 1e-6
) -> tuple[Arrays, Ints]:
    """The model with only some columns, all others at their values in `x`; also the numbers of those columns.

    Where much is held there may be no room for what solvers leave over. So rows are as wide as `x` needs that breaks
    them by no more than this share of their values, or by the least; and those that no free column stands in are left
    out.
    """
    at = arrays.row_values(x)
    room = np.maximum(least, share * np.abs(at))
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    stands = np.bincount(row[free[arrays.index]], minlength=arrays.rows) > 0
    lower = np.minimum(arrays.row_lower, np.maximum(at, arrays.row_lower - room))
    upper = np.maximum(arrays.row_upper, np.minimum(at, arrays.row_upper + room))
    roomy = replace(arrays, row_lower=np.where(stands, lower, -INFINITY), row_upper=np.where(stands, upper, INFINITY))
    return without(roomy, np.flatnonzero(~free), x)
