"""Goals stay within limits: an analyst's ceiling on cost, on types, on any other goal, or on the objective."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.goals import GOALS
from optimizer.model.rule import Goal, Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def _limits(scenario: Scenario) -> Iterable[tuple[Goal, float]]:
    for goal in GOALS:
        most = setting(scenario, "goal_limit", goal.name, None)
        if most is not None:
            yield goal, float(most)


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """goal <= limit, by goal that has one; for shares, part - limit * whole <= 0."""
    for goal, most in _limits(scenario):
        yield from goal.rows(scenario, variables, most)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """What a goal has beyond its limit; for return and outside the money beyond the share."""
    for goal, most in _limits(scenario):
        yield from goal.violations(scenario, ledger, most)


RULE = Rule(
    name="goal_limit",
    sentence="No goal goes beyond the limit that the analyst sets for it.",
    kind="policy",
    unit="units of the goal (million euro for return and outside)",
    source="epsilon constraint (Haimes, Lasdon and Wismer 1971)",
    rows=rows,
    violations=violations,
    named_only=True,
    price=100.0,
    parameters=tuple(
        Parameter(goal.name, None, f"most {goal.unit}: {goal.sentence[0].lower()}{goal.sentence[1:-1]}", low=goal.low)
        for goal in GOALS
    ),
)
