"""Same units: the whole deliveries of an earlier finish in a new plan, decided anew only where others are ordered."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from optimizer.learning import PriceBand
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.solve.blocks import without
from optimizer.solve.cleaning import cleaned
from optimizer.solve.memory import Units
from optimizer.solve.pricing import block_solver

_SECONDS = 3.0
# Units apart from which a nation's order in a contract is another one: a fraction may be rounding only.
_OTHER_UNITS = 0.99
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


def same_units(
    model: Model,
    arrays: Arrays,
    x: Floats,
    earlier: Units,
    changed: Ints,
    *,
    most: float,
    gap: float,
    control: Control,
    seed: int,
) -> Answer:
    """The yes and no of a plan with the whole deliveries of an earlier finish, or with others in some capabilities.

    No exact statement need be built for it: once its price bands are chosen, the compact one is exact but for the years
    in which the spread between bands is paid, and there it is made so.

    Parameters
    ----------
    model, arrays
        The compact statement, and its arrays with the objective that is asked for.
    x
        A point of it: which contracts, partners and price bands, million euro aside.
    earlier
        Units of an earlier finish; those of contracts that `x` does not join are left out.
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
    found = kept_units(model, arrays, x, earlier, seed)
    if found.objective <= most or not len(changed):
        return found if found.objective <= most else _NOTHING
    return other_units(model, arrays, x, earlier, changed, most=most, gap=gap, control=control, seed=seed)


def kept_units(model: Model, arrays: Arrays, x: Floats, earlier: Units, seed: int) -> Answer:
    """The yes and no of a plan with all the whole deliveries of an earlier finish, whatever that costs."""
    counted = _counted(model)
    return cleaned(_exact(model, arrays, x, counted), np.where(counted, _ordered(model, x, earlier), x), seed)


def other_units(
    model: Model,
    arrays: Arrays,
    x: Floats,
    earlier: Units,
    changed: Ints,
    *,
    most: float,
    gap: float,
    control: Control,
    seed: int,
) -> Answer:
    """As `same_units`, the deliveries of the changed capabilities decided anew."""
    counted = _counted(model)
    exact = _exact(model, arrays, x, counted)
    kept = np.where(counted, _ordered(model, x, earlier), x)
    free = counted & np.isin(exact.column_block, changed)
    if not free.any() or control.stop.is_set():
        return _NOTHING
    part, columns = without(exact, np.flatnonzero(exact.integer & ~free), kept)
    answer = block_solver(part, seed).run(gap=gap, time_limit=_SECONDS, control=Control(stop=control.stop))
    if answer.x is None:
        return _NOTHING
    point = np.where(exact.integer, np.round(kept), 0.0)
    point[columns] = answer.x
    if float(exact.cost @ point) > most:
        return _NOTHING
    return cleaned(exact, point, seed)


def changed_orders(model: Model, x: Floats, earlier: Units) -> Ints:
    """Numbers of the capabilities in which a nation's order in some contract of the plan has other units."""
    ordered = _ordered(model, x, earlier)
    changed: set[int] = set()
    for deliveries in model.variables.deliveries.values():
        columns = [model.program.column(delivery.variable) for delivery in deliveries]
        if columns and abs(x[columns].sum() - ordered[columns].sum()) > _OTHER_UNITS:
            changed.add(int(model.arrays.column_block[columns[0]]))
    return np.array(sorted(changed), dtype=np.int64)


def _counted(model: Model) -> NDArray[np.bool_]:
    """Columns that count units: deliveries, and what they come to."""
    counted = np.zeros(model.arrays.columns, dtype=bool)
    for (nation, contract), deliveries in model.variables.deliveries.items():
        counted[[model.program.column(delivery.variable) for delivery in deliveries]] = True
        counted[[model.program.column(variable) for variable, _ in model.variables.units(nation, contract)]] = True
    return counted


def _ordered(model: Model, x: Floats, earlier: Units) -> Floats:
    """The earlier units on the columns that count them, of those contracts that a plan joins."""
    variables, column = model.variables, model.program.column
    ordered = np.zeros(model.arrays.columns)
    for (nation, contract), deliveries in variables.deliveries.items():
        if x[column(variables.join[nation, contract])] < 0.5:
            continue
        units = [earlier.get((nation, contract, delivery.year), 0.0) for delivery in deliveries]
        ordered[[column(delivery.variable) for delivery in deliveries]] = units
        ((total, _),) = variables.units(nation, contract)
        ordered[column(total)] = sum(units)
    return np.clip(ordered, model.arrays.lower, model.arrays.upper)


def chosen_bands(model: Model, x: Floats) -> dict[str, PriceBand]:
    """The price band of each contract that a plan signs."""
    variables, column = model.variables, model.program.column
    return {
        contract.id: max(variables.bands(contract), key=lambda item: x[column(item[1])])[0]
        for contract in model.scenario.contracts.values()
        if x[column(variables.launch[contract.id])] > 0.5
    }


def _exact(model: Model, arrays: Arrays, x: Floats, counted: NDArray[np.bool_]) -> Arrays:
    """The compact statement made exact for a plan's price bands: units whole, spreads paid when they fall due."""
    lengths, index, value = [], [], []
    for spread, due in model.variables.spreads(chosen_bands(model, x)):
        lengths.append(1 + len(due))
        index += [model.program.column(spread), *(model.program.column(variable) for variable, _ in due)]
        value += [-1.0, *(by for _, by in due)]
    none = np.zeros(len(lengths))
    return dataclasses.replace(
        arrays,
        integer=arrays.integer | counted,
        start=np.concatenate([arrays.start, arrays.start[-1] + np.cumsum(lengths, dtype=np.int64)]),
        index=np.concatenate([arrays.index, np.array(index, dtype=np.int64)]),
        value=np.concatenate([arrays.value, np.array(value)]),
        row_lower=np.concatenate([arrays.row_lower, none]),
        row_upper=np.concatenate([arrays.row_upper, none]),
        row_block=np.concatenate([arrays.row_block, np.full(len(lengths), -1, dtype=np.int64)]),
    )
