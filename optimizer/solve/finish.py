"""The finish: whole units per year, then development payments as near to shares by units as the rules allow."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer.model.build import Model
from optimizer.model.lp import Answer, Arrays, Control, Floats, Highs

# Integer decisions of a plan are whole to this tolerance before they are rounded.
_INTEGRAL = 1e-5
_FINISH_SECONDS = 60.0


def delivery_columns(model: Model) -> np.ndarray:
    """Columns of the yearly deliveries."""
    return np.array(
        sorted(model.program.column(d.variable) for items in model.variables.deliveries.values() for d in items),
        dtype=np.int64)


def fixed(arrays: Arrays, x: Floats, columns: np.ndarray) -> Arrays:
    """The model with some columns fixed at their rounded values."""
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    values = np.clip(np.round(x[columns]), lower[columns], upper[columns])
    lower[columns] = values
    upper[columns] = values
    return dataclasses.replace(arrays, lower=lower, upper=upper)


def whole_deliveries(model: Model, arrays: Arrays, x: Floats, control: Control, seed: int) -> Answer:
    """The best plan with whole yearly deliveries that keeps the structure of `x`: launches, joins, bands, totals."""
    deliveries = delivery_columns(model)
    integer = arrays.integer.copy()
    structure = np.flatnonzero(integer & ~np.isin(np.arange(arrays.columns), deliveries))
    integer[deliveries] = True
    kept = dataclasses.replace(fixed(arrays, x, structure), integer=integer)
    answer = Highs(kept, seed=seed).run(gap=1e-7, time_limit=_FINISH_SECONDS, control=control)
    if answer.x is None and answer.status == "infeasible":
        binaries = structure[arrays.upper[structure] <= 1.0]
        looser = dataclasses.replace(fixed(arrays, x, binaries), integer=integer)
        answer = Highs(looser, seed=seed, presolve=True).run(gap=1e-6, time_limit=_FINISH_SECONDS, control=control)
    return answer


def share_by_units(model: Model, arrays: Arrays, x: Floats, seed: int) -> Floats:
    """Development payments and work moved as near as the rules allow to shares by units, all else kept.

    Minimizes the sum of |payment - cost * units share| over partners; the objective cannot change, because a
    development falls due by its program's profile whoever pays it.
    """
    scenario, variables, program = model.scenario, model.variables, model.program
    targets: dict[int, float] = {}
    for contract in scenario.contracts.values():
        if not contract.open_development:
            continue
        columns = {n: program.column(variables.development[n, contract.id]) for n in contract.possible_partners}
        cost = sum(x[column] for column in columns.values())
        if cost <= 1e-9:
            continue
        units = {
            n: sum(by * x[program.column(v)] for v, by in variables.units(n, contract.id)) for n in columns}
        ordered = sum(units.values())
        for nation, column in columns.items():
            targets[column] = cost * units[nation] / ordered if ordered > 0 else 0.0
    if not targets:
        return x
    free = set(targets)
    free |= {program.column(v) for v in variables.work().values()}
    for number, label in enumerate(program.labels):
        if label[0] == "left":
            free.add(number)
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    held = np.array(sorted(set(range(arrays.columns)) - free), dtype=np.int64)
    lower[held] = x[held]
    upper[held] = x[held]
    count = arrays.columns
    over = len(targets)
    rows_index, rows_value, starts = [arrays.index], [arrays.value], list(arrays.start)
    row_lower, row_upper = list(_slackened(arrays, x, -1)), list(_slackened(arrays, x, 1))
    for position, (column, target) in enumerate(targets.items()):
        for sign in (1.0, -1.0):
            rows_index.append(np.array([column, count + position], dtype=np.int64))
            rows_value.append(np.array([sign, -1.0]))
            starts.append(starts[-1] + 2)
            row_lower.append(-np.inf)
            row_upper.append(sign * target)
    extended = Arrays(
        cost=np.concatenate([np.zeros(count), np.ones(over)]), offset=0.0,
        lower=np.concatenate([lower, np.zeros(over)]), upper=np.concatenate([upper, np.full(over, np.inf)]),
        integer=np.zeros(count + over, dtype=bool), start=np.array(starts, dtype=np.int64),
        index=np.concatenate(rows_index), value=np.concatenate(rows_value),
        row_lower=np.array(row_lower), row_upper=np.array(row_upper),
        column_block=np.full(count + over, -1, dtype=np.int64),
        row_block=np.full(len(row_lower), -1, dtype=np.int64),
    )
    answer = Highs(extended, relax=True, seed=seed).run(time_limit=_FINISH_SECONDS)
    return x if answer.x is None or answer.status != "optimal" else answer.x[:count]


def _slackened(arrays: Arrays, x: Floats, side: int) -> Floats:
    """Row bounds widened to what `x` itself attains, so that rounding noise in `x` cannot make it infeasible."""
    values = arrays.row_values(x)
    return np.minimum(arrays.row_lower, values) if side < 0 else np.maximum(arrays.row_upper, values)
