"""Pricing: the blocks under multipliers on the coupling rows, the bound they give, and better multipliers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.lp import INFINITY, Answer, Arrays, Control, Floats, Highs
from optimizer.solve.blocks import Cut, implied_rows, stacked
from optimizer.solve.search import Search


class Pricing:
    """The blocks' own problems, implied coupling rows included, priced again and again on kept solver objects."""

    def __init__(self, whole: Cut, seed: int) -> None:
        self.whole = whole
        self.solvers: list[Highs] = []
        self.costs: list[Floats] = []
        self.seconds = np.ones(len(whole.blocks))
        for block, (rows, lower, upper) in zip(whole.blocks, implied_rows(whole), strict=True):
            arrays, _ = stacked(whole, (block,), rows, lower, upper)
            cost = np.zeros(arrays.columns)
            cost[: len(block.columns)] = whole.arrays.cost[block.columns]
            self.costs.append(cost)
            self.solvers.append(Highs(arrays, seed=seed, presolve=True))
        self.plans: list[Floats | None] = [None] * len(whole.blocks)

    def price(self, number: int, multipliers: Floats, control: Control, limit: float, gap: float) -> Answer:
        """One block at the multipliers: its best plan and a valid bound."""
        block, solver = self.whole.blocks[number], self.solvers[number]
        cost = self.costs[number].copy()
        cost[: len(block.columns)] -= block.coupling.priced(multipliers)
        solver.change_cost(cost)
        began = control.seconds()
        answer = solver.run(gap=gap, time_limit=limit, control=Control(stop=control.stop))
        self.seconds[number] = control.seconds() - began
        if answer.x is not None:
            self.plans[number] = answer.x[: len(block.columns)]
        return answer

    def largest_first(self) -> list[int]:
        """Block numbers, the slowest of the last pass first."""
        return [int(k) for k in np.argsort(-self.seconds, kind="stable")]


def legal(whole: Cut, multipliers: Floats) -> Floats:
    """Multipliers clipped to their legal sign, so that any of them gives a valid bound."""
    signed = np.where(np.isinf(whole.lower), np.minimum(multipliers, 0.0), multipliers)
    return np.where(np.isinf(whole.upper), np.maximum(signed, 0.0), signed)


def constant_of(whole: Cut, multipliers: Floats) -> tuple[float, Floats]:
    """The bound's part of the coupling rows and global columns, and multipliers under which it is finite."""
    arrays = whole.arrays
    for _ in range(60):
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
        endless = (reduced < -1e-9) & np.isinf(arrays.upper[whole.globals])
        if not endless.any():
            break
        # A global column that pays to grow without end: lower the prices of the rows that make it do so.
        rows = whole.global_entries.row[np.isin(whole.global_entries.column, np.flatnonzero(endless))]
        multipliers = multipliers.copy()
        multipliers[np.unique(rows)] *= 0.9
    else:
        multipliers = multipliers.copy()
        multipliers[np.unique(whole.global_entries.row)] = 0.0
        reduced = arrays.cost[whole.globals] - whole.global_entries.priced(multipliers)
    with np.errstate(invalid="ignore"):
        at_bound = np.where(
            reduced >= 0.0, reduced * arrays.lower[whole.globals], reduced * arrays.upper[whole.globals]
        )
    columns = float(np.where(np.abs(reduced) > 1e-9, at_bound, 0.0).sum())
    sides = np.where(multipliers > 0.0, whole.lower, np.where(multipliers < 0.0, whole.upper, 0.0))
    return columns + float((multipliers * sides).sum()), multipliers


def lagrangian_pass(
    pricing: Pricing, search: Search, multipliers: Floats, workers: int, gap: float, limit: float
) -> list[Answer] | None:
    """Every block at the multipliers; offers the bound. None when stopped half way."""
    whole = pricing.whole
    constant, multipliers = constant_of(whole, legal(whole, multipliers))
    answers: dict[int, Answer] = {}

    def work(number: int) -> None:
        if not search.over():
            seconds = max(0.1, min(limit, search.left()))
            answers[number] = pricing.price(number, multipliers, search.control, seconds, gap)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, pricing.largest_first()))
    if len(answers) < len(whole.blocks):
        return None
    ordered = [answers[number] for number in range(len(whole.blocks))]
    if all(answer.status == "infeasible" or np.isfinite(answer.bound) for answer in ordered):
        search.offer_bound(constant + sum(answer.bound for answer in ordered), multipliers)
    return ordered


class Master:
    """The master problem over the plans seen (Dantzig-Wolfe), coupling rows elastic at a price."""

    def __init__(self, whole: Cut, price: float) -> None:
        self.whole = whole
        self.price = price
        self.columns: list[tuple[int, float, Floats]] = []

    def add(self, number: int, plan: Floats) -> None:
        """A plan of a block."""
        block = self.whole.blocks[number]
        self.columns.append(
            (number, float(self.whole.arrays.cost[block.columns] @ plan), block.coupling.activity(plan))
        )

    def add_all(self, plans: list[Floats | None]) -> None:
        """The plans of a pass, one per block where there is one."""
        for number, plan in enumerate(plans):
            if plan is not None:
                self.add(number, plan)

    def solve(self, seed: int) -> tuple[Floats, list[Floats]] | None:
        """Multipliers, and the mean activity of each block."""
        whole, arrays = self.whole, self.whole.arrays
        rows, blocks, plans = len(whole.rows), len(whole.blocks), len(self.columns)
        row, column, value = [], [], []
        for number, (block, _, activity) in enumerate(self.columns):
            at = np.flatnonzero(np.abs(activity) > 1e-12)
            row += [at, np.array([rows + block])]
            column += [np.full(len(at) + 1, number)]
            value += [activity[at], np.ones(1)]
        row.append(whole.global_entries.row)
        column.append(plans + whole.global_entries.column)
        value.append(whole.global_entries.value)
        base = plans + len(whole.globals)
        row += [np.arange(rows), np.arange(rows)]
        column += [base + np.arange(2 * rows)]
        value += [np.ones(rows), -np.ones(rows)]
        at_row, at_column, by = np.concatenate(row), np.concatenate(column), np.concatenate(value)
        order = np.argsort(at_row, kind="stable")
        start = np.concatenate([[0], np.cumsum(np.bincount(at_row, minlength=rows + blocks))]).astype(np.int64)
        count = base + 2 * rows
        model = Arrays(
            cost=np.concatenate(
                [[c for _, c, _ in self.columns], arrays.cost[whole.globals], np.full(2 * rows, self.price)]
            ),
            offset=0.0,
            lower=np.concatenate([np.zeros(plans), arrays.lower[whole.globals], np.zeros(2 * rows)]),
            upper=np.concatenate([np.full(plans, INFINITY), arrays.upper[whole.globals], np.full(2 * rows, INFINITY)]),
            integer=np.zeros(count, dtype=bool),
            start=start,
            index=at_column[order].astype(np.int64),
            value=by[order],
            row_lower=np.concatenate([whole.lower, np.ones(blocks)]),
            row_upper=np.concatenate([whole.upper, np.ones(blocks)]),
            column_block=np.zeros(count, dtype=np.int64),
            row_block=np.zeros(rows + blocks, dtype=np.int64),
        )
        answer = Highs(model, relax=True, seed=seed).run(time_limit=30.0)
        if answer.status != "optimal" or answer.x is None or answer.row_dual is None:
            return None
        mean = [np.zeros(rows) for _ in range(blocks)]
        for (block, _, activity), weight in zip(self.columns, answer.x, strict=False):
            mean[block] += weight * activity
        return answer.row_dual[:rows], mean
