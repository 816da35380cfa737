"""Joining: what introducing a program costs a nation."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Pair, Scenario


def _cost(scenario: Scenario, pair: Pair) -> float:
    """Introduction in the earliest delivery year, and operating the type from then on, discounted."""
    operating = sum(scenario.discount(year) for year in range(pair.earliest, scenario.last_year + 1))
    return pair.joining_meur * scenario.discount(pair.earliest) + pair.operating_meur_per_year * operating


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of (joining + operating) * join, over nations and contracts."""
    return [
        (join, _cost(scenario, scenario.pairs[nation, scenario.contracts[code].program]))
        for (nation, code), join in variables.join.items()
    ], 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(
        _cost(scenario, scenario.pairs[nation, scenario.contracts[code].program]) for nation, code in ledger.units
    )


TERM = Term(
    "joining", "cost", "Introducing a program in a nation, and operating the type every year.", expression, value
)
