"""Same units: the whole deliveries of an earlier finish in a new plan, decided anew only where others are ordered."""

from __future__ import annotations

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.solve.blocks import without
from optimizer.solve.cleaning import cleaned
from optimizer.solve.pricing import block_solver

_SECONDS = 3.0
# Units apart from which a nation's order in a contract is another one: a fraction may be rounding only.
_OTHER_UNITS = 0.99
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


def same_units(
    model: Model, earlier: Floats, changed: Ints, *, most: float, gap: float, control: Control, seed: int
) -> Answer:
    """The whole deliveries of an earlier finish, or those decided anew in some capabilities.

    Parameters
    ----------
    earlier
        Whole numbers of an earlier finish, on the columns of the restated model.
    changed
        Numbers of the capabilities to be decided anew where all of the earlier finish does not do.
    most
        The greatest objective at which this will do, million euro, without the model's constant.
    gap
        Relative gap for what is decided anew.

    Returns
    -------
    Answer
        Clean of the solver's noise; without a point where this does not do, and deliveries are to be made whole as if
        for the first time.
    """
    arrays = model.arrays
    found = cleaned(arrays, earlier, seed)
    if found.objective <= most:
        return found
    free = arrays.integer & np.isin(arrays.column_block, changed)
    if not free.any() or control.stop.is_set():
        return _NOTHING
    part, columns = without(arrays, np.flatnonzero(arrays.integer & ~free), earlier)
    answer = block_solver(part, seed).run(gap=gap, time_limit=_SECONDS, control=Control(stop=control.stop))
    if answer.x is None:
        return _NOTHING
    point = np.where(arrays.integer, np.round(earlier), 0.0)
    point[columns] = answer.x
    if float(arrays.cost @ point) > most:
        return _NOTHING
    return cleaned(arrays, point, seed)


def changed_orders(model: Model, start: Floats, earlier: Floats) -> Ints:
    """Numbers of the capabilities in which a nation's order in some contract has other units.

    `start` has deliveries in fractions, `earlier` whole ones, both on the columns of the restated model.
    """
    column = model.program.column
    changed: set[int] = set()
    for deliveries in model.variables.deliveries.values():
        columns = [column(delivery.variable) for delivery in deliveries]
        if columns and abs(start[columns].sum() - earlier[columns].sum()) > _OTHER_UNITS:
            changed.add(int(model.arrays.column_block[columns[0]]))
    return np.array(sorted(changed), dtype=np.int64)
