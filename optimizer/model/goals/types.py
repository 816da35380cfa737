"""The goal types: how many types the alliance has at the horizon's end, summed over capabilities."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Goal, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum_c (standing types + types bought that do not stand already)."""
    bought, standing = [], 0.0
    for capability in scenario.capabilities:
        there = scenario.standing_types_of_alliance.get(capability, frozenset())
        standing += len(there)
        bought += [
            (variables.type_used(capability, key), 1.0)
            for key in variables.buyable_types(capability)
            if key not in there
        ]
    return bought, standing


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan: the figure `types` of result.json."""
    return float(sum(len(types) for types in ledger.types.values()))


GOAL = Goal(
    name="types",
    unit="types",
    sentence="Types at the horizon's end, by the declared counting rule, summed over capabilities.",
    value=value,
    expression=expression,
    step=lambda scenario: 1.0,
)
