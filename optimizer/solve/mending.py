"""Mending: a merged plan made feasible by paying for broken coupling rows, then improved in neighborhoods."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from optimizer.model.lp import Arrays, Control, Floats, Ints
from optimizer.solve.blocks import elastic, stacked, without
from optimizer.solve.pricing import block_solver
from optimizer.solve.search import Search

_VIOLATION = 1e-6
_UNUSED = 1e-4
_SWEEP_GAP, _SWEEP_SECONDS = 5e-3, 6.0
_RECONCILE_GAP, _RECONCILE_SECONDS = 1e-3, 15.0


class Mending:
    """Plans of the whole model changed a part at a time; `price` is paid for each unit a coupling row breaks by."""

    def __init__(self, search: Search, price: Floats, seed: int) -> None:
        self.search = search
        self.whole = search.whole
        self.price = price
        self.seed = seed

    def merged(self, plans: list[Floats | None]) -> Floats:
        """The blocks' plans as one point, global columns left at zero."""
        x = np.zeros(self.whole.arrays.columns)
        for block, plan in zip(self.whole.blocks, plans, strict=True):
            if plan is not None:
                x[block.columns] = plan
        return x

    def broken(self, x: Floats) -> Floats:
        """By how much each coupling row is broken."""
        whole = self.whole
        values = whole.arrays.row_values(x)[whole.rows]
        beyond = np.maximum(np.maximum(whole.lower - values, values - whole.upper), 0.0)
        return np.where(beyond > _VIOLATION * np.maximum(1.0, np.abs(values)), beyond, 0.0)

    def worth(self, x: Floats) -> float:
        """Cost of a point, broken rows included."""
        return float(self.whole.arrays.cost @ x) + float(self.price @ self.broken(x))

    def offer(self, x: Floats) -> bool:
        """Offer a point when it keeps every coupling row."""
        if self.broken(x).any():
            return False
        self.search.offer_plan(x, float(self.whole.arrays.cost @ x))
        return True

    def reconcile(self, x: Floats) -> Floats | None:
        """Keep every yes and no of a point and decide all else anew, all blocks and coupling rows together."""
        arrays = self.whole.arrays
        decided = np.flatnonzero(arrays.integer & (arrays.upper <= 1.0))
        part, columns = without(elastic(arrays, self.whole.rows, self.price), decided, self._with_slacks(x))
        answer = self._run(part, None, _RECONCILE_GAP, _RECONCILE_SECONDS)
        if answer is None:
            return None
        new = x.copy()
        new[decided] = np.round(new[decided])
        inside = columns < arrays.columns
        new[columns[inside]] = answer[inside]
        return new

    def _with_slacks(self, x: Floats) -> Floats:
        return np.concatenate([x, np.zeros(2 * len(self.whole.rows))])

    def free(self, members: list[int], x: Floats, *, gap: float, limit: float) -> Floats | None:
        """The best plans of some blocks and the global columns in their rows, all else held."""
        whole = self.whole
        held = whole.arrays.row_values(x)[whole.rows] - whole.global_entries.activity(x[whole.globals])
        for number in members:
            held -= whole.blocks[number].coupling.activity(x[whole.blocks[number].columns])
        found = self._part(members, held, gap=gap, limit=limit, start=x)
        if found is None:
            return None
        new = x.copy()
        new[found[0]] = found[1]
        return new

    def sweep(self, mean: list[Floats], used: list[Floats] | None, workers: int) -> Floats | None:
        """One plan per block, each within what the others leave: their plans where known, else their mean plans.

        Given plans that say so, a block chooses only from what it `used` in them; where that leaves no plan, from all.
        """
        whole = self.whole
        activities = [block.coupling.activity(plan) for block, plan in zip(whole.blocks, mean, strict=True)]
        x = np.zeros(whole.arrays.columns)
        order = np.argsort([-float(self.price @ np.abs(part)) for part in activities], kind="stable")

        def decide(number: int) -> Floats | None:
            block = whole.blocks[number]
            others = np.sum(activities, axis=0) - activities[number]
            found = None
            if used is not None:
                unused = whole.arrays.integer[block.columns] & (used[number] < _UNUSED)
                found = self._part(
                    [number], others, gap=_SWEEP_GAP, limit=_SWEEP_SECONDS, start=None, shut=block.columns[unused]
                )
            if found is None:
                found = self._part([number], others, gap=_SWEEP_GAP, limit=_SWEEP_SECONDS, start=None)
            return None if found is None else found[1][: len(block.columns)]

        with ThreadPoolExecutor(workers) as pool:
            for first in range(0, len(order), workers):
                batch = [int(number) for number in order[first : first + workers]]
                plans = list(pool.map(decide, batch))
                for number, plan in zip(batch, plans, strict=True):
                    if plan is None or self.search.over():
                        return None
                    x[whole.blocks[number].columns] = plan
                    activities[number] = whole.blocks[number].coupling.activity(plan)
        return x

    def _part(
        self,
        members: list[int],
        held: Floats,
        *,
        gap: float,
        limit: float,
        start: Floats | None,
        shut: Ints | None = None,
    ) -> tuple[Ints, Floats] | None:
        """Columns and values of the best plan of some blocks beside what the coupling rows hold of the others."""
        whole = self.whole
        blocks = tuple(whole.blocks[number] for number in members)
        rows = np.unique(np.concatenate([block.touched for block in blocks]))
        lower, upper = whole.lower[rows] - held[rows], whole.upper[rows] - held[rows]
        model, columns = stacked(whole, blocks, rows, lower, upper)
        if shut is not None:
            at = np.isin(columns, shut)
            model.upper[at] = np.maximum(model.lower[at], 0.0)
        first: Floats | None = None
        if start is not None and not self.broken(start).any():
            first = start[columns]
        else:
            model = elastic(model, model.rows - len(rows) + np.arange(len(rows)), self.price[rows])
            if start is not None:
                values = model.row_values(np.append(start[columns], np.zeros(2 * len(rows))))[-len(rows) :]
                first = np.concatenate(
                    [start[columns], np.maximum(lower - values, 0.0), np.maximum(values - upper, 0.0)]
                )
        answer = self._run(model, first, gap, limit)
        return None if answer is None else (columns, answer[: len(columns)])

    def _run(self, model: Arrays, start: Floats | None, gap: float, limit: float) -> Floats | None:
        search = self.search
        solver = block_solver(model, self.seed)
        if start is not None:
            solver.start_from(start)
        seconds = max(0.1, min(limit, search.left()))
        return solver.run(gap=gap, time_limit=seconds, control=Control(stop=search.control.stop)).x
