"""Development: what launching developments costs, shared elements included."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """sum_a discount(profile) * (D * m^k + element)."""
    cost = []
    for contract in scenario.contracts.values():
        factor = scenario.development_discount[contract.program]
        cost += [(v, by * factor) for v, by in variables.development_cost(contract)]
    for (_, code), paid in variables.element.items():
        cost.append((paid, scenario.development_discount[scenario.contracts[code].program]))
    return cost, 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return sum(
        scenario.development_discount[contract.program] * (ledger.development_cost(code) + ledger.element_cost(code))
        for code, contract in ledger.signed.items()
    )


TERM = Term(
    "development", "cost", "Developing what is launched: cost of one nation alone times partners^k.", expression, value
)
