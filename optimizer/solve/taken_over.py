"""Taken over: an earlier finished plan, kept but for the capabilities that changed, where the bound allows it."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Floats
from optimizer.model.build import Model
from optimizer.model.control import Control, Stopped
from optimizer.solve.again import MOST_FREE, Recall, bound_again
from optimizer.solve.blocks import Cut, cut
from optimizer.solve.finish import Finished, ended, finish_gap, restated
from optimizer.solve.kept import row_labels
from optimizer.solve.memory import Memory, point_of
from optimizer.solve.same_units import same_units
from optimizer.solve.search import Search
from optimizer.solve.strategy import SEARCH_SHARE, strategy_of, weights_at_once


def taken_over(
    model: Model, control: Control, deadline: float, memory: Memory | None
) -> tuple[Answer, Finished] | None:
    """The nearest earlier plan in this model, and the answer with the bound that it is measured by; None for a search.

    Capabilities whose problem is another one take their own best plan at the earlier multipliers; all others keep their
    whole deliveries, and money is decided anew. That is the answer only where it comes as near to the bound as a finish
    would bring a plan of a search.
    """
    asked, order = model.scenario.settings.solver, model.scenario.settings.objective.order
    if memory is None or len(order) > 1 or model.variables.whole_deliveries or strategy_of(model) != "decomposed":
        return None
    trace, kept, gap = memory.nearest(model.scenario), memory.kept_of(model), finish_gap(asked.gap)
    if trace is None or kept is None or kept.bounds or gap == 0.0:
        return None
    weights = weights_at_once(model.scenario)
    cost, offset = model.cost_of(weights)
    arrays = dataclasses.replace(model.arrays, cost=cost, offset=offset)
    whole = cut(dataclasses.replace(arrays, integer=arrays.decisions))
    search = Search(whole, control, SEARCH_SHARE * asked.gap, deadline)
    recall = Recall(memory, row_labels(model), kept=kept, multipliers=trace.multipliers)
    changed = bound_again(recall, search, workers=asked.threads, seed=asked.seed)
    if changed is None or len(changed) > MOST_FREE * len(whole.blocks) or not np.isfinite(search.bound):
        return None
    point = _with_own_plans(point_of(trace, model), recall, whole, changed)
    if point is None or control.stop.is_set():
        return None
    try:
        exact, _ = restated(model, point, weights, {}, 0.0, stop=control.stop)
    except Stopped:
        return None
    earlier = memory.earlier_finish(exact)
    if earlier is None:
        return None
    # The most that it may come to: an objective is within a gap when the bound is, relative to the objective.
    most = search.bound + offset + gap * abs(search.bound + offset) - exact.arrays.offset
    numbers = np.array([whole.blocks[number].number for number in changed], dtype=np.int64)
    found = same_units(exact, earlier, numbers, most=most, gap=gap, control=control, seed=asked.seed)
    if found.x is None:
        return None
    done = ended(exact, found.x, asked.seed)
    memory.learn(model, point, recall.found)
    memory.learn_finish(exact, found.x)
    return Answer("feasible", found.x, done.objective, search.bound + offset), done


def _with_own_plans(point: Floats, recall: Recall, whole: Cut, changed: list[int]) -> Floats | None:
    """The point with the plans that changed capabilities were just given; None where one has none."""
    for number in changed:
        block = whole.blocks[number]
        own = recall.fresh.get(block.number)
        if own is None:
            return None
        point[block.columns] = own[: len(block.columns)]
    return point
