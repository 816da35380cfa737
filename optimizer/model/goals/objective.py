"""The goal objective: the goals weighted as the scenario weights them, with the price of soft rules broken."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Goal, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

# The rule that limits goals; what breaking it costs is no part of the objective it limits.
LIMITS = "goal_limit"


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of weight * goal + price of soft rules broken, the rule that limits goals left out."""
    from optimizer.model.goals import weights_of, with_name

    items, constant = [(variables.relaxation(), 1.0)], 0.0
    for name, weight in weights_of(scenario).items():
        if weight != 0.0:
            weighted, more = with_name(name).weighted(scenario, variables)
            items += [(variable, weight * by) for variable, by in weighted]
            constant += weight * more
    return items, constant


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    from optimizer.model.goals import weights_of, with_name
    from optimizer.model.rules import active

    priced = sum(
        rule.slack_price(scenario) * max(0.0, violation.amount)
        for rule in active(scenario)
        if rule.is_soft(scenario) and rule.name != LIMITS
        for violation in rule.violations(scenario, ledger)
    )
    weights = weights_of(scenario).items()
    return priced + sum(w * with_name(name).value(scenario, ledger) for name, w in weights if w != 0.0)


GOAL = Goal(
    name="objective",
    unit="meur",
    sentence="The scenario's own weighted objective.",
    value=value,
    expression=expression,
    low=-1e9,
)
