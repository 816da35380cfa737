"""Shortfall: the price of units missing, year by year."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of price * priority * discount * short, over requirement rows and years."""
    cost = []
    for (index, year), variable in variables.shortfalls.items():
        row = scenario.needs[index].row
        price = (scenario.capabilities[row.capability].shortfall_meur_per_unit_year or 0.0) * row.priority
        cost.append((variable, price * scenario.discount(year)))
    return cost, 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(
        ledger.shortfall_price(need) * units * scenario.discount(year)
        for (need, year), units in ledger.shortfalls.items()
    )


TERM = Term(
    "shortfall",
    "shortfall",
    "Required units missing, every year from the need date on, at their price.",
    expression,
    value,
)
