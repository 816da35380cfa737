"""Duplication: the price of every type beyond the first in a capability."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum_c extra_type price * max(0, types - 1); fleets that stay count as types."""
    cost, constant = [], 0.0
    for capability, row in scenario.capabilities.items():
        if row.extra_type_meur <= 0.0:
            continue
        standing = scenario.standing_types_of_alliance.get(capability, frozenset())
        bought = [
            (variables.type_used(capability, key), 1.0)
            for key in variables.buyable_types(capability)
            if key not in standing
        ]
        if standing:
            constant += row.extra_type_meur * (len(standing) - 1)
            cost += [(v, row.extra_type_meur) for v, _ in bought]
        elif len(bought) > 1:
            extra = variables.program.variable(("extra_types", capability), 0, len(bought) - 1, block=capability)
            variables.program.define(("extra_types", capability), total([*bought, (extra, -1.0)]) <= 1)
            cost.append((extra, row.extra_type_meur))
    return cost, constant


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(
        row.extra_type_meur * max(0, len(ledger.types[capability]) - 1)
        for capability, row in scenario.capabilities.items()
    )


TERM = Term(
    "duplication",
    "duplication",
    "Every type beyond the first in a capability, alliance-wide, at its price.",
    expression,
    value,
)
