"""Mending: a merged plan made feasible block by block with the coupling rows in view, then improved."""

from __future__ import annotations

import numpy as np

from optimizer.model.lp import INFINITY, Arrays, Control, Floats, Highs
from optimizer.solve.blocks import stacked, without
from optimizer.solve.search import Search

_VIOLATION = 1e-6
_SWEEP_SECONDS = 5.0
_RECONCILE_GAP, _RECONCILE_SECONDS = 1e-3, 15.0


class Mending:
    """A merged plan made feasible block by block with the coupling rows in view, then improved in neighborhoods."""

    def __init__(self, search: Search, seed: int) -> None:
        self.search = search
        self.whole = search.whole
        self.seed = seed

    def activity(self, plans: list[Floats]) -> list[Floats]:
        """Activity of each block's plan in the coupling rows."""
        return [b.coupling.activity(plan) for b, plan in zip(self.whole.blocks, plans, strict=True)]

    def free(
        self,
        members: list[int],
        plans: list[Floats],
        activities: list[Floats],
        *,
        elastic: Floats | None,
        gap: float,
        limit: float,
    ) -> tuple[list[Floats] | None, Floats, float]:
        """The best plans of some blocks, the others held; also the global columns touched, and the slack used."""
        whole = self.whole
        blocks = tuple(whole.blocks[k] for k in members)
        rows = np.unique(np.concatenate([block.touched for block in blocks]))
        held = np.zeros(len(whole.rows))
        for number, activity in enumerate(activities):
            if number not in members:
                held += activity
        model, columns = stacked(
            whole,
            blocks,
            rows,
            whole.lower[rows] - held[rows],
            whole.upper[rows] - held[rows],
            elastic=None if elastic is None else elastic[rows],
        )
        solver = Highs(model, seed=self.seed, presolve=True)
        own = sum(len(block.columns) for block in blocks)
        if elastic is None and self.search.best_x is not None:
            solver.start_from(self.search.best_x[columns])
        answer = solver.run(
            gap=gap, time_limit=max(0.1, min(limit, self.search.left())), control=Control(stop=self.search.control.stop)
        )
        if answer.x is None:
            return None, np.zeros(0), INFINITY
        new, at = [], 0
        for block in blocks:
            new.append(answer.x[at : at + len(block.columns)])
            at += len(block.columns)
        slack = float(answer.x[len(columns) :].sum()) if elastic is not None else 0.0
        return new, answer.x[own : len(columns)], slack

    def settle(self, plans: list[Floats]) -> bool:
        """Best global columns for the plans; offers the plan when every coupling row holds."""
        whole, arrays = self.whole, self.whole.arrays
        held = np.sum(self.activity(plans), axis=0)
        x = np.zeros(arrays.columns)
        for block, plan in zip(whole.blocks, plans, strict=True):
            x[block.columns] = plan
        room = _VIOLATION * np.maximum(1.0, np.abs(held))
        if len(whole.globals):
            entries = whole.global_entries
            order = np.argsort(entries.row, kind="stable")
            start = np.concatenate([[0], np.cumsum(np.bincount(entries.row, minlength=len(whole.rows)))])
            count = len(whole.globals)
            model = Arrays(
                cost=arrays.cost[whole.globals],
                offset=0.0,
                lower=arrays.lower[whole.globals],
                upper=arrays.upper[whole.globals],
                integer=np.zeros(count, dtype=bool),
                start=start.astype(np.int64),
                index=entries.column[order],
                value=entries.value[order],
                row_lower=whole.lower - held - room,
                row_upper=whole.upper - held + room,
                column_block=np.zeros(count, dtype=np.int64),
                row_block=np.zeros(len(whole.rows), dtype=np.int64),
            )
            answer = Highs(model, relax=True, seed=self.seed).run(time_limit=20.0)
            if answer.x is None:
                return False
            x[whole.globals] = answer.x
        else:
            if ((held < whole.lower - room) | (held > whole.upper + room)).any():
                return False
        self.search.offer_plan(x, float(arrays.cost @ x))
        return True

    def reconcile(self, plans: list[Floats]) -> bool:
        """Keep every yes and no of the plans and decide all else anew, all blocks and coupling rows together."""
        whole, arrays = self.whole, self.whole.arrays
        x = np.zeros(arrays.columns)
        for block, plan in zip(whole.blocks, plans, strict=True):
            x[block.columns] = plan
        decided = np.flatnonzero(arrays.integer & (arrays.upper <= 1.0))
        part, columns = without(arrays, decided, x)
        answer = Highs(part, seed=self.seed, presolve=True).run(
            gap=_RECONCILE_GAP,
            time_limit=max(0.1, min(_RECONCILE_SECONDS, self.search.left())),
            control=Control(stop=self.search.control.stop),
        )
        if answer.x is None:
            return False
        x[decided] = np.round(x[decided])
        x[columns] = answer.x
        self.search.offer_plan(x, float(arrays.cost @ x))
        return True

    def sweep(
        self, plans: list[Floats], expected: list[Floats], price: Floats, gap: float
    ) -> tuple[list[Floats], bool]:
        """Visit blocks from expensive to cheap; those not yet visited count with their expected activity."""
        whole = self.whole
        value = [abs(float(whole.arrays.cost[b.columns] @ p)) for b, p in zip(whole.blocks, plans, strict=True)]
        activities = list(expected)
        plans = list(plans)
        slack_left = 0.0
        for number in np.argsort(-np.array(value), kind="stable"):
            if self.search.over():
                return plans, False
            k = int(number)
            new, _, slack = self.free([k], plans, activities, elastic=price, gap=gap, limit=_SWEEP_SECONDS)
            if new is not None:
                plans[k] = new[0]
                slack_left = max(slack_left, slack)
            activities[k] = whole.blocks[k].coupling.activity(plans[k])
        return plans, slack_left <= _VIOLATION * 10
