"""Production: what the units cost at the price of their contract's band, with all uplifts."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of price * units * discount of the payments, over nations, contracts, years and bands."""
    cost = [item for nation, code in variables.deliveries for item in variables.discounted_production(nation, code)]
    return cost, 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(
        units * ledger.unit_price(nation, code) * scenario.payment_discount[scenario.contracts[code].program][year]
        for (nation, code), by_year in ledger.deliveries.items()
        for year, units in by_year.items()
    )


TERM = Term(
    "production",
    "cost",
    "Producing the units, every unit at the price of its contract's total volume.",
    expression,
    value,
)
