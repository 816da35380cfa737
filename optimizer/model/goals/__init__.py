"""The goals plans are judged by, one file and one line each; those that are linear may bear a weight."""

from __future__ import annotations

from optimizer.model.goals import interoperability, likeness, objective, outside, priced, types, work_return
from optimizer.model.rule import Goal
from optimizer.scenario import Scenario

GOALS: tuple[Goal, ...] = (
    *priced.GOALS,
    types.GOAL,
    work_return.GOAL,
    interoperability.GOAL,
    outside.GOAL,
    likeness.GOAL,
    objective.GOAL,
)
# Always part of the objective, whatever their weight; the others are when they bear one.
PRICED = tuple(goal.name for goal in priced.GOALS)
OTHERS = (types.GOAL.name, interoperability.GOAL.name, likeness.GOAL.name)


def with_name(name: str) -> Goal:
    """The goal of a name."""
    return next(goal for goal in GOALS if goal.name == name)


def weights_of(scenario: Scenario) -> dict[str, float]:
    """Weight of each goal in the weighted objective; goals that count types or cells only where they bear one."""
    settings = scenario.settings.objective
    weights = {goal: float(getattr(settings, goal)) for goal in (*PRICED, *OTHERS)}
    return {goal: weight for goal, weight in weights.items() if goal in PRICED or weight or goal in settings.order}
