"""Strategy: the whole model or capability by capability, goal after goal, from what earlier solves left."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays, Floats
from optimizer.model.build import Model, weights_of
from optimizer.model.control import Control
from optimizer.model.solvers import solve_with_pulp
from optimizer.scenario import Scenario
from optimizer.solve.again import Recall
from optimizer.solve.both import solve_both
from optimizer.solve.decomposed import solve_decomposed
from optimizer.solve.kept import row_labels
from optimizer.solve.memory import Memory, point_of
from optimizer.solve.whole import solve_whole, with_row
from optimizer.tolerances import STAGE_SLACK_MEUR

# Up to this many columns the whole model is the faster way to a proof; beyond, capabilities are taken apart.
WHOLE_UP_TO_COLUMNS = 12_000
# Share of the asked gap the search of a decomposed model must reach: the finish needs the rest.
SEARCH_SHARE = 0.8

# What earlier goals of an order may at most come to, by goal.
Held = dict[str, float]


def search(
    model: Model, control: Control, deadline: float, memory: Memory | None
) -> tuple[Answer, dict[str, float], Arrays, Held]:
    """Search the weighted objective, or the goals of the order one after another.

    The answer with the objective's constant in it, the weights of the last stage, its model, and what it had to hold.
    """
    order = model.scenario.settings.objective.order
    if len(order) <= 1:
        weights, arrays = weights_at_once(model.scenario), weighted(model)
        answer = _remembering(model, arrays, control, deadline, memory)
        return _shifted(answer, arrays.offset), weights, arrays, {}
    arrays = model.arrays
    answer, weights, stage = Answer("no_plan", None, float("inf"), -float("inf")), {order[0]: 1.0}, arrays
    asked = model.scenario.settings.solver
    held: Held = {}
    for number, goal in enumerate(order):
        weights = {goal: 1.0}
        cost, offset = model.cost_of(weights)
        stage = dataclasses.replace(arrays, cost=cost, offset=offset)
        share = (deadline - control.seconds()) / (len(order) - number)
        found = _run(model, stage, control, control.seconds() + share, start=answer.x)
        if found.x is None:
            return found, weights, stage, held
        answer = _shifted(found, offset)
        if number + 1 < len(order):
            held[goal] = answer.objective + abs(answer.objective) * asked.gap + STAGE_SLACK_MEUR
            arrays = with_row(arrays, cost, -np.inf, held[goal] - offset)
    return answer, weights, stage, held


def weights_at_once(scenario: Scenario) -> dict[str, float]:
    """Weights of a search in one stage: those of the objective, or one on the only goal of its order."""
    alone: dict[str, float] = {goal: 1.0 for goal in scenario.settings.objective.order}
    return alone or weights_of(scenario)


def weighted(model: Model) -> Arrays:
    """The model with the objective of a search in one stage."""
    cost, offset = model.cost_of(weights_at_once(model.scenario))
    return dataclasses.replace(model.arrays, cost=cost, offset=offset)


def _shifted(answer: Answer, offset: float) -> Answer:
    """The answer with the objective's constant added back."""
    return dataclasses.replace(answer, objective=answer.objective + offset, bound=answer.bound + offset)


def _remembering(model: Model, arrays: Arrays, control: Control, deadline: float, memory: Memory | None) -> Answer:
    """Run from what earlier solves left, and leave what this one found."""
    if memory is None:
        return _run(model, arrays, control, deadline)
    trace = memory.nearest(model.scenario)
    recall = Recall(memory, row_labels(model), kept=memory.kept_of(model))
    if trace is not None:
        recall.point = point_of(trace, model)
        recall.multipliers = trace.multipliers
    answer = _run(model, arrays, control, deadline, start=recall.point, recall=recall)
    if answer.x is not None and answer.is_plan:
        memory.learn(model, answer.x, recall.found)
        if recall.kept is not None:
            is_limited = model.arrays.rows > recall.kept.model.arrays.rows
            recall.kept.learn(answer.x, None if is_limited else recall.known(arrays.cost, answer.bound))
    return answer


def _run(
    model: Model,
    arrays: Arrays,
    control: Control,
    deadline: float,
    start: Floats | None = None,
    recall: Recall | None = None,
) -> Answer:
    asked = model.scenario.settings.solver
    left = max(0.05, deadline - control.seconds())
    if asked.name != "highs":
        return solve_with_pulp(arrays, asked.name, gap=asked.gap, time_limit=left, threads=asked.threads)
    if strategy_of(model) == "decomposed":
        if not model.variables.whole_deliveries:
            # Nations' totals come out whole but for a few, and the finish makes all units whole. A relaxation, so its
            # bound holds; whole totals in the search take several times as long (M: 30 s for 9 s).
            arrays = dataclasses.replace(arrays, integer=arrays.decisions)
        return solve_decomposed(
            arrays,
            gap=SEARCH_SHARE * asked.gap,
            time_limit=left,
            control=control,
            seed=asked.seed,
            workers=asked.threads,
            recall=recall,
        )
    solve = solve_both if asked.strategy == "auto" and asked.threads > 1 and _blocks(model) > 1 else solve_whole
    return solve(arrays, gap=asked.gap, time_limit=left, control=control, seed=asked.seed, start=start)


def strategy_of(model: Model) -> str:
    """The asked strategy; `auto` picks by size, and keeps models whole that fall into no blocks."""
    asked = model.scenario.settings.solver
    if asked.name != "highs" or asked.strategy == "whole":
        return "whole"
    if asked.strategy == "decomposed":
        return "decomposed" if _blocks(model) > 1 else "whole"
    return "decomposed" if _blocks(model) > 2 and model.arrays.columns > WHOLE_UP_TO_COLUMNS else "whole"


def _blocks(model: Model) -> int:
    """How many capabilities have columns."""
    return len(np.unique(model.arrays.column_block[model.arrays.column_block >= 0]))
