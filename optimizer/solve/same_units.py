"""Same units: the whole deliveries of an earlier finish in a new plan, decided anew only where others are ordered."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optimizer.learning import PriceBand
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.model.highs import Highs, tells_of_a_bound
from optimizer.solve.block_solver import block_solver
from optimizer.solve.blocks import elastic, without
from optimizer.solve.cleaning import cleaned
from optimizer.solve.memory import Units

_SECONDS = 3.0
# Units apart from which a nation's order in a contract is another one: a fraction may be rounding only.
_OTHER_UNITS = 0.99
# A row is broken by more than this, million euro as a rule.
_BROKEN = 1e-6
NONE: Ints = np.zeros(0, dtype=np.int64)
_NOTHING = Answer("no_plan", None, np.inf, -np.inf)


class SameUnits:
    """The yes and no of a plan with the whole deliveries of an earlier finish, or with others in some capabilities.

    No exact statement need be built for it: once its price bands are chosen, the compact one is exact but for the years
    in which the spread between bands is paid, and there it is made so. Its answers are clean of the solver's noise.

    Parameters
    ----------
    model, arrays
        The compact statement, and its arrays with the objective that is asked for.
    x
        A point of it: which contracts, partners and price bands, million euro aside.
    earlier
        Units of an earlier finish; those of contracts that `x` does not join are left out.
    """

    def __init__(self, model: Model, arrays: Arrays, x: Floats, earlier: Units, seed: int) -> None:
        self._counted = _counted(model)
        self._exact = _exact(model, arrays, x, self._counted)
        self._point = np.where(self._counted, _ordered(model, x, earlier), x)
        self._seed = seed
        # What the exact statement has beyond those of the model says what spreads come to.
        self._shared_rows = arrays.rows

    def kept(self) -> Answer:
        """All of the earlier deliveries, whatever that costs."""
        return cleaned(self._exact, self._point, self._seed)

    def breaking(self) -> Ints:
        """Numbers of the nations whose earlier deliveries break rows that capabilities share, as budgets are.

        None where money alone cannot make up for what is broken.
        """
        exact = self._exact
        rows = np.flatnonzero(exact.row_block[: self._shared_rows] < 0)
        loose = elastic(dataclasses.replace(exact, cost=np.zeros(exact.columns)), rows, np.ones(len(rows)))
        part, columns = without(loose, np.flatnonzero(loose.integer), np.append(self._point, np.zeros(2 * len(rows))))
        answer = Highs(part, relax=True, seed=self._seed, presolve=True).run(time_limit=_SECONDS)
        if answer.x is None or answer.status != "optimal":
            return NONE
        x = np.zeros(loose.columns)
        x[columns] = answer.x
        by = x[exact.columns :].reshape(2, len(rows)).sum(axis=0)
        at, _ = exact.entries_of(rows[by > _BROKEN])
        nations = np.unique(exact.column_nation[exact.index[at]])
        return nations[nations >= 0]

    def changed(
        self,
        capabilities: Ints,
        nations: Ints = NONE,
        *,
        most: float,
        gap: float,
        control: Control,
        enough: float = -np.inf,
    ) -> Answer:
        """The deliveries of some capabilities and nations, by number, decided anew.

        That is to a relative gap, or so that it is `enough`. Without a point where that costs more than `most`, million
        euro without the model's constant: deliveries are to be made whole as if for the first time.
        """
        exact = self._exact
        free = np.isin(exact.column_block, capabilities) | np.isin(exact.column_nation, nations)
        free &= self._counted
        if not free.any() or control.stop.is_set():
            return _NOTHING
        part, columns = without(exact, np.flatnonzero(exact.integer & ~free), self._point)
        point = np.where(exact.integer, np.round(self._point), 0.0)
        point[columns] = 0.0
        kept = float(exact.cost @ point)

        def hopeless(best: float, bound: float) -> bool:
            del best
            return tells_of_a_bound(bound) and kept + bound > most

        answer = block_solver(part, self._seed).run(
            gap=gap,
            time_limit=_SECONDS,
            control=Control(stop=control.stop),
            enough=enough - kept,
            watch=hopeless,
        )
        if answer.x is None:
            return _NOTHING
        point[columns] = answer.x
        return cleaned(exact, point, self._seed) if float(exact.cost @ point) <= most else _NOTHING

    def within(
        self, most: float, capabilities: Ints, *, gap: float, control: Control, enough: float = -np.inf
    ) -> Answer:
        """All of the earlier deliveries where these cost no more than `most`, else some capabilities decided anew.

        With them the nations that the earlier deliveries let spend more than they have.
        """
        found = self.kept()
        if found.objective <= most:
            return found
        nations = NONE if found.x is not None else self.breaking()
        return self.changed(capabilities, nations, most=most, gap=gap, control=control, enough=enough)


def nearest_units(model: Model, x: Floats, earlier: Sequence[Units]) -> Units:
    """For each capability the units of the earlier finish whose orders are most like a plan's, the first of equals.

    A plan between two others has mostly what one or the other ordered.
    """
    if len(earlier) == 1:
        return earlier[0]
    apart: dict[int, list[float]] = {}
    keys: dict[int, list[tuple[str, str]]] = {}
    for (nation, contract), deliveries in model.variables.deliveries.items():
        if not deliveries or x[model.program.column(model.variables.join[nation, contract])] < 0.5:
            continue
        columns = [model.program.column(delivery.variable) for delivery in deliveries]
        capability = int(model.arrays.column_block[columns[0]])
        keys.setdefault(capability, []).append((nation, contract))
        total, sums = float(x[columns].sum()), apart.setdefault(capability, [0.0] * len(earlier))
        for number, units in enumerate(earlier):
            off = abs(total - sum(units.get((nation, contract, d.year), 0.0) for d in deliveries))
            sums[number] += off if off > _OTHER_UNITS else 0.0
    chosen = {key: earlier[int(np.argmin(apart[capability]))] for capability, of in keys.items() for key in of}
    return {
        (*key, d.year): units[(*key, d.year)]
        for key, units in chosen.items()
        for d in model.variables.deliveries[key]
        if (*key, d.year) in units
    }


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
