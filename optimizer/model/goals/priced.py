"""The goals that are sums of cost terms, in million euro: cost, shortfall, duplication, preference, change."""

from __future__ import annotations

from functools import partial

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Goal, Weighted
from optimizer.model.terms import TERMS
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(goal: str, scenario: Scenario, variables: Variables) -> Weighted:
    """Sum of the goal's terms."""
    parts = [term.expression(scenario, variables) for term in TERMS if term.goal == goal]
    return [item for weighted, _ in parts for item in weighted], sum(constant for _, constant in parts)


def value(goal: str, scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(term.value(scenario, ledger) for term in TERMS if term.goal == goal)


def _goal(name: str, sentence: str, low: float = 0.0) -> Goal:
    return Goal(
        name=name,
        unit="meur",
        sentence=sentence,
        value=partial(value, name),
        expression=partial(expression, name),
        low=low,
    )


GOALS = (
    _goal("cost", "Discounted cost, shortfall not priced in."),
    _goal("shortfall", "Discounted price of the units missing."),
    _goal("duplication", "Price of every type beyond the first in a capability."),
    _goal("preference", "What preferences are worth, negated.", low=-1e9),
    _goal("change", "Price of the changes to the approved plan."),
)
