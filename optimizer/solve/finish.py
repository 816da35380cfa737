"""The finish: whole units per year, then development payments as near to shares by units as the rules allow."""

from __future__ import annotations

import dataclasses
import threading

import numpy as np

from optimizer.model.build import Model
from optimizer.model.lp import Answer, Arrays, Control, Floats, Highs
from optimizer.solve.blocks import cut
from optimizer.solve.decomposed import Mending, Search

# Integer decisions of a plan are whole to this tolerance before they are rounded.
_INTEGRAL = 1e-5
_FINISH_SECONDS, _BLOCK_SECONDS = 30.0, 5.0
_FINISH_ROUNDS = 2


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


def whole_deliveries(
    model: Model, arrays: Arrays, x: Floats, *, gap: float, stop: threading.Event, seed: int
) -> Answer:
    """The best plan with whole yearly deliveries that keeps the structure of `x`: launches, joins, bands, totals.

    Capabilities whose deliveries are whole already keep them at first; only where that finds no plan are all freed,
    and then the totals too.
    """
    deliveries = delivery_columns(model)
    is_delivery = np.zeros(arrays.columns, dtype=bool)
    is_delivery[deliveries] = True
    structure = np.flatnonzero(arrays.integer & ~is_delivery)
    integer = arrays.integer.copy()
    integer[deliveries] = True
    broken = deliveries[np.abs(x[deliveries] - np.round(x[deliveries])) > _INTEGRAL]
    open_blocks = np.unique(arrays.column_block[broken])
    settled = deliveries[~np.isin(arrays.column_block[deliveries], open_blocks)]
    binaries = structure[arrays.upper[structure] <= 1.0]
    if len(open_blocks) > 1:
        kept = dataclasses.replace(fixed(arrays, x, np.concatenate([binaries, settled])), integer=integer)
        by_block = _block_by_block(kept, open_blocks, x, gap=gap, seed=seed)
        if by_block is not None:
            return _nation_by_nation(model, kept, by_block, gap=gap, stop=stop, seed=seed)
    answer = Answer("no_plan", None, np.inf, -np.inf)
    for held in (np.concatenate([structure, settled]), structure, binaries):
        kept = dataclasses.replace(fixed(arrays, x, held), integer=integer)
        answer = Highs(kept, seed=seed).run(
            gap=gap, time_limit=_FINISH_SECONDS, control=Control(stop=threading.Event()))
        if answer.x is not None or stop.is_set():
            break
    return answer


def _block_by_block(kept: Arrays, open_blocks: np.ndarray, x: Floats, *, gap: float, seed: int) -> Answer | None:
    """Whole deliveries capability by capability, the others held, the coupling rows in view; None where that fails.

    The second round finds room that the first could not see, because its later blocks were not yet whole.
    """
    whole = cut(kept)
    search = Search(whole, Control(), gap=0.0, deadline=_FINISH_SECONDS)
    mending = Mending(search, seed)
    plans = [x[block.columns] for block in whole.blocks]
    activities = mending.activity(plans)
    numbers = [number for number, block in enumerate(whole.blocks) if block.number in open_blocks]
    for _ in range(_FINISH_ROUNDS):
        for number in numbers:
            new, _, _ = mending.free(
                [number], plans, activities, elastic=None, gap=max(gap, 1e-6), limit=_BLOCK_SECONDS)
            if new is not None:
                plans[number] = new[0]
                activities[number] = whole.blocks[number].coupling.activity(new[0])
            elif search.best_x is None:
                return None
        if not mending.settle(plans):
            return None
    if search.best_x is None:
        return None
    return Answer("feasible", search.best_x, search.best, -np.inf)


def _nation_by_nation(
    model: Model, kept: Arrays, start: Answer, *, gap: float, stop: threading.Event, seed: int
) -> Answer:
    """Better whole deliveries of one nation at a time across all capabilities: budgets bind nations, not blocks."""
    assert start.x is not None
    x, best = start.x, start.objective
    nation_of = np.array([
        label[1] if label[0] in ("deliver", "units") else "" for label in model.program.labels], dtype=object)
    choice = kept.integer & (nation_of != "")
    rest = kept.integer & ~choice
    control = Control(stop=stop)
    lost = True
    while lost and control.seconds() < _FINISH_SECONDS and not stop.is_set():
        lost = False
        for nation in model.scenario.nations:
            mine = choice & (nation_of == nation)
            if not mine.any() or control.seconds() > _FINISH_SECONDS or stop.is_set():
                continue
            held = np.flatnonzero(rest | (choice & ~mine))
            part, columns = without(fixed(kept, x, held), held, x)
            solver = Highs(part, seed=seed, presolve=True)
            solver.start_from(x[columns])
            answer = solver.run(gap=max(gap, 1e-6), time_limit=_BLOCK_SECONDS, control=control)
            if answer.x is None:
                continue
            candidate = x.copy()
            candidate[columns] = answer.x
            objective = float(kept.cost @ candidate)
            if objective < best - 1e-7 * abs(best):
                x, best, lost = candidate, objective, True
    return Answer("feasible", x, best, -np.inf)


def without(arrays: Arrays, held: np.ndarray, x: Floats) -> tuple[Arrays, np.ndarray]:
    """The model with some columns taken out at their values in `x`; also the numbers of the columns that stay."""
    stays = np.ones(arrays.columns, dtype=bool)
    stays[held] = False
    columns = np.flatnonzero(stays)
    at = np.where(stays, 0.0, np.where(arrays.integer, np.round(x), x))
    moved = arrays.row_values(at)
    position = np.cumsum(stays) - 1
    row = np.repeat(np.arange(arrays.rows), np.diff(arrays.start))
    keep = stays[arrays.index]
    used = np.bincount(row[keep], minlength=arrays.rows) > 0
    number = np.cumsum(used) - 1
    counts = np.bincount(number[row[keep]], minlength=int(used.sum()))
    return Arrays(
        cost=arrays.cost[columns], offset=0.0, lower=arrays.lower[columns], upper=arrays.upper[columns],
        integer=arrays.integer[columns], start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        index=position[arrays.index[keep]].astype(np.int64), value=arrays.value[keep],
        row_lower=(arrays.row_lower - moved)[used], row_upper=(arrays.row_upper - moved)[used],
        column_block=arrays.column_block[columns], row_block=arrays.row_block[used],
    ), columns


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
