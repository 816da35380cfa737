"""Around: what may be decided anew near a whole plan, its units a year sooner or later, as a smaller model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.model.arrays import Arrays, Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs
from optimizer.solve.block_solver import decided_with_cuts
from optimizer.solve.blocks import with_only, without
from optimizer.solve.settled import settled

_GAP, _NOTHING = 5e-5, 1e-6
# Rows may stay broken by this share of their values, which counts as kept, and by what solvers leave over.
_SHARE, _SLIVER = 1e-6, 5e-6


class Orders:
    """The columns of units and joins in a restated model, and which units are of the same order a year apart."""

    def __init__(self, model: Model) -> None:
        variables, column = model.variables, model.program.column
        columns = model.arrays.columns
        self._units, self._joins = np.zeros(columns, dtype=bool), np.zeros(columns, dtype=bool)
        self._joins[[column(join) for join in variables.join.values()]] = True
        self.sorts = model.arrays.integer & (model.arrays.column_nation < 0) & ~self._joins
        self.settled = settled_by_units(model)
        one: list[int] = []
        other: list[int] = []
        for deliveries in variables.deliveries.values():
            years = [(column(delivery.variable), delivery.year) for delivery in deliveries]
            for first, year in years:
                self._units[first] = True
                near = [second for second, then in years if abs(then - year) <= 1]
                one += [first] * len(near)
                other += near
        self._beside: tuple[Ints, Ints] = np.array(one, dtype=np.int64), np.array(other, dtype=np.int64)

    def near(self, x: Floats, relaxed: Floats) -> NDArray[np.bool_]:
        """Whole columns that may matter near a plan: units that it or the best point in fractions has within a year.

        With them the nations that have joined in either, and all that nations share.
        """
        used = (x > _NOTHING) | (relaxed > _NOTHING)
        units = self._units & used
        one, other = self._beside
        units[other[units[one]]] = True
        return np.asarray(units | (self._joins & used) | self.sorts)

    def left(self, x: Floats, relaxed: Floats) -> NDArray[np.bool_]:
        """Which nations have left what they joined in the best point in fractions."""
        return np.asarray(self._joins & (x < 0.5) & (relaxed > 0.5))


def settled_by_units(model: Model) -> NDArray[np.bool_]:
    """Columns that a nation's own units in a capability settle: what it has in stock of them, and what it misses."""
    return np.isin([label[0] for label in model.program.labels], ("stock", "short"))


class Around:
    """A model around a whole plan: whole columns that are not `opened` are held, and with them what they settle.

    Units that neither the plan nor the best point in fractions has nearby are nine tenths of a model.
    """

    def __init__(self, arrays: Arrays, opened: NDArray[np.bool_], x: Floats) -> None:
        part, columns = with_only(arrays, opened | ~arrays.integer, x, _SHARE, _SLIVER)
        fixed, point = settled(part)
        self.arrays, left = without(part, np.flatnonzero(fixed), point)
        self.columns = columns[left]

    def anew(self, x: Floats, free: NDArray[np.bool_], *, seed: int, limit: float, control: Control) -> Floats | None:
        """A plan with some of its columns decided anew; none where none is found."""
        here = x[self.columns]
        part, columns = with_only(self.arrays, free[self.columns], here, least=_SLIVER)
        start = here[columns]
        found: Floats | None
        if part.integer.any():
            found = decided_with_cuts(part, seed, gap=_GAP, time_limit=limit, control=control, start=start)
        else:
            answer = Highs(part, relax=True, seed=seed, presolve=True).run(time_limit=limit, control=control)
            found = answer.x if answer.status == "optimal" else None
        if found is None:
            return None
        here[columns] = found
        new = x.copy()
        new[self.columns] = here
        return new
