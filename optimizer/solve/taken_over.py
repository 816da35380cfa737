"""Taken over: an earlier finished plan, kept but for the capabilities that changed, where the bound allows it."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats, Ints
from optimizer.model.build import Model
from optimizer.model.control import Control
from optimizer.solve.again import MOST_FREE, Recall, bound_again
from optimizer.solve.blocks import Cut, cut
from optimizer.solve.finish import NEAR_SHARE, Finished, ended, finish_gap
from optimizer.solve.kept import Label, row_labels
from optimizer.solve.memory import Memory, point_of
from optimizer.solve.same_units import NONE, SameUnits
from optimizer.solve.search import Search
from optimizer.solve.strategy import SEARCH_SHARE, strategy_of, weighted


@dataclass(frozen=True)
class TakenOver:
    """A plan taken over, finished, with the answer that has the bound it is measured by."""

    answer: Answer
    done: Finished
    multipliers: dict[Label, float]
    gap: float
    """How far the plan that was searched for was from its bound, relative."""

    def leave(self, model: Model, memory: Memory) -> None:
        """Leave it to the solves to come."""
        assert self.answer.x is not None
        memory.learn(model, self.answer.x, self.multipliers)
        memory.learn_finish(model.scenario, self.done.plan.deliveries, self.gap)


def taken_over(model: Model, control: Control, deadline: float, memory: Memory | None) -> TakenOver | None:
    """The nearest earlier plan in this model; None for a search.

    All of it is kept where that does; else capabilities whose problem is another one take their own best plan at the
    earlier multipliers, and the others keep their whole deliveries. Money is decided anew. That is the answer only
    where it comes as near to the bound as the earlier one was, but for what a finish may cost, or well within the gap.
    """
    asked, order = model.scenario.settings.solver, model.scenario.settings.objective.order
    if memory is None or len(order) > 1 or model.variables.whole_deliveries or strategy_of(model) != "decomposed":
        return None
    trace, kept, gap = memory.nearest(model.scenario), memory.kept_of(model), finish_gap(asked.gap)
    earlier = memory.earlier_finish(model.scenario)
    if trace is None or earlier is None or kept is None or kept.bounds or gap == 0.0:
        return None
    arrays = weighted(model)
    offset = arrays.offset
    whole = cut(dataclasses.replace(arrays, integer=arrays.decisions))
    search = Search(whole, control, SEARCH_SHARE * asked.gap, deadline)
    point = point_of(trace, model)
    recall = Recall(memory, row_labels(model), kept=kept, multipliers=trace.multipliers)
    # What the earlier plan comes to now does not depend on the bound, so both are found side by side.
    same = SameUnits(model, arrays, point, earlier.units, asked.seed)
    with ThreadPoolExecutor(1) as pool:
        as_it_was = pool.submit(lambda: _kept(same))
        changed = bound_again(recall, search, workers=asked.threads, seed=asked.seed)
        found, nations = as_it_was.result()
    if changed is None or not np.isfinite(search.bound):
        return None
    # The most that it may come to: an objective is within a gap when the bound is, relative to the objective.
    near = max(gap, NEAR_SHARE * asked.gap, min(earlier.gap + gap, search.gap))
    most = search.bound + near * abs(search.bound + offset)
    if found.x is None and len(nations):
        found = same.changed(NONE, nations, most=most, gap=gap, control=control)
    if found.objective > most:
        few = len(changed) <= MOST_FREE * len(whole.blocks)
        own = _with_own_plans(point, recall, whole, changed) if few else None
        if own is None or control.stop.is_set():
            return None
        numbers = np.array([whole.blocks[number].number for number in changed], dtype=np.int64)
        anew = SameUnits(model, arrays, own, earlier.units, asked.seed)
        found = anew.changed(numbers, most=most, gap=gap, control=control)
    if found.x is None or control.stop.is_set():
        return None
    done = ended(model, found.x, asked.seed, arrays)
    answer = Answer("feasible", found.x, done.objective, search.bound + offset)
    return TakenOver(answer, done, recall.found, earlier.gap)


def _kept(same: SameUnits) -> tuple[Answer, Ints]:
    """All of the earlier deliveries, and the nations that would have to decide theirs anew."""
    found = same.kept()
    return found, same.breaking() if found.x is None else NONE


def _with_own_plans(point: Floats, recall: Recall, whole: Cut, changed: list[int]) -> Floats | None:
    """The point with the plans that changed capabilities were just given; None where one has none."""
    point = point.copy()
    for number in changed:
        block = whole.blocks[number]
        own = recall.fresh.get(block.number)
        if own is None:
            return None
        point[block.columns] = own[: len(block.columns)]
    return point
