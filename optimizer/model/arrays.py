"""A model as arrays, the form solvers take, and parts of it; knows no solver."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INFINITY = float("inf")


@dataclass(frozen=True)
class Arrays:
    """A whole model as arrays: minimize cost @ x + offset, row_lower <= A x <= row_upper, lower <= x <= upper.

    A is stored row by row: row i has columns `index[start[i]:start[i+1]]` with values `value[...]`.
    `column_block` and `row_block` number the capability a column or row belongs to; -1 couples capabilities.
    `column_nation` numbers the nation that decides on a column, -1 where several do; empty in parts of a model.
    """

    cost: Floats
    offset: float
    lower: Floats
    upper: Floats
    integer: NDArray[np.bool_]
    start: Ints
    index: Ints
    value: Floats
    row_lower: Floats
    row_upper: Floats
    column_block: Ints
    row_block: Ints
    column_nation: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def yes_or_no(self) -> NDArray[np.bool_]:
        """Columns that are zero or one."""
        return self.integer & (self.upper <= 1.0)

    @property
    def decisions(self) -> NDArray[np.bool_]:
        """Columns that are yes or no, and whole numbers that nations share, as lots; not what one nation counts."""
        if not len(self.column_nation):
            return self.yes_or_no
        return self.yes_or_no | (self.integer & (self.column_nation < 0))

    def objective(self, x: Floats) -> float:
        """Objective of a point, constant included."""
        return float(self.cost @ x) + self.offset

    def entries_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """Where the entries of some rows stand, row after row, and for each the place of its row among `rows`."""
        lengths = self.start[rows + 1] - self.start[rows]
        ends = np.cumsum(lengths)
        within = np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
        return np.repeat(self.start[rows], lengths) + within, np.repeat(np.arange(len(rows)), lengths)

    def row_values(self, x: Floats) -> Floats:
        """A x."""
        if self.rows == 0:
            return np.zeros(0)
        products = np.append(self.value * x[self.index], 0.0)
        sums = np.add.reduceat(products, np.minimum(self.start[:-1], len(self.value)))
        return np.where(self.start[1:] > self.start[:-1], sums, 0.0)

    def keeps(self, x: Floats, room: float, *, within_blocks: bool = False) -> bool:
        """Whether a point keeps every row, within `room` as a share of the row's value and at least as it stands.

        Or every row of a single block, whatever it breaks of those that blocks share.
        """
        values = self.row_values(x)
        most = room * np.maximum(1.0, np.abs(values))
        kept = (values >= self.row_lower - most) & (values <= self.row_upper + most)
        return bool(kept[self.row_block >= 0].all() if within_blocks else kept.all())


def on_columns(
    arrays: Arrays,
    columns: Ints,
    *,
    counts: Ints,
    index: Ints,
    value: Floats,
    row_lower: Floats,
    row_upper: Floats,
    row_block: Ints,
) -> Arrays:
    """Some columns of a model with other rows, of `counts` entries each; the objective's constant stays behind."""
    return Arrays(
        cost=arrays.cost[columns],
        offset=0.0,
        lower=arrays.lower[columns],
        upper=arrays.upper[columns],
        integer=arrays.integer[columns],
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        index=index,
        value=value,
        row_lower=row_lower,
        row_upper=row_upper,
        column_block=arrays.column_block[columns],
        row_block=row_block,
    )


def slices(arrays: Arrays, columns: Ints, rows: Ints) -> Arrays:
    """The model restricted to some columns and rows; entries in other columns are dropped."""
    position = np.full(arrays.columns, -1, dtype=np.int64)
    position[columns] = np.arange(len(columns))
    entries, row = arrays.entries_of(np.asarray(rows, dtype=np.int64))
    index = position[arrays.index[entries]]
    keep = index >= 0
    return on_columns(
        arrays,
        columns,
        counts=np.bincount(row[keep], minlength=len(rows)),
        index=index[keep],
        value=arrays.value[entries][keep],
        row_lower=arrays.row_lower[rows],
        row_upper=arrays.row_upper[rows],
        row_block=arrays.row_block[rows],
    )
