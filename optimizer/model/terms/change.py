"""Change: the price of moving away from the approved plan."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import Variable
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def _unit_price(scenario: Scenario, program: str) -> float:
    row = scenario.known_programs.get(program)
    return 0.0 if row is None else row.unit_cost_meur


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum of unit cost * |units - previous|, over nations and programs; nothing without previous.csv."""
    previous = scenario.previous_units
    if not previous:
        return [], 0.0
    cost: list[tuple[Variable, float]] = []
    constant = 0.0
    for key in scenario.contracts_with:
        price = _unit_price(scenario, key[1])
        if price > 0.0:
            cost += [(variable, price * by) for variable, by in variables.changed_units(*key)]
    for key, before in previous.items():
        if key not in scenario.contracts_with:
            constant += _unit_price(scenario, key[1]) * before
    return cost, constant


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    previous = scenario.previous_units
    if not previous:
        return 0.0
    keys = set(previous) | set(ledger.program_units)
    return sum(
        _unit_price(scenario, key[1]) * abs(sum(ledger.program_units.get(key, {}).values()) - previous.get(key, 0))
        for key in sorted(keys)
    )


TERM = Term("change", "change", "Units changed from the approved plan, at the program's unit cost.", expression, value)
