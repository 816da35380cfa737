"""Support: what units in service cost every year."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of support * discount * units delivered up to t, over nations, programs and years."""
    cost = []
    for nation, program in scenario.contracts_with:
        support = scenario.programs[program].support_meur_per_unit_year
        if support > 0.0:
            for year in range(scenario.pairs[nation, program].earliest, scenario.last_year + 1):
                stock = variables.stock(nation, program, year)
                if stock is not None:
                    cost.append((stock, support * scenario.discount(year)))
    return cost, 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    money = 0.0
    for (_, program), by_year in ledger.program_units.items():
        support = scenario.programs[program].support_meur_per_unit_year
        in_service = 0.0
        for year in scenario.years:
            in_service += by_year.get(year, 0.0)
            money += support * in_service * scenario.discount(year)
    return money


TERM = Term(
    "support",
    "cost",
    "Supporting new units in service, from the year of delivery to the horizon's end.",
    expression,
    value,
)
