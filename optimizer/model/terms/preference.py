"""Preference: what nations' likes and dislikes of programs are worth to them; never paid."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """-sum of preference * units, over nations and programs."""
    cost = []
    for nation, program in scenario.contracts_with:
        worth = scenario.pairs[nation, program].preference_meur
        if worth != 0.0:
            cost += [(v, -worth * by) for v, by in variables.program_units(nation, program)]
    return cost, 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return -sum(
        scenario.pairs[key].preference_meur * sum(by_year.values()) for key, by_year in ledger.program_units.items()
    )


TERM = Term(
    "preference", "preference", "What a nation's preference for or against a program is worth to it.", expression, value
)
