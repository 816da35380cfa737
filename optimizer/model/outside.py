"""Outside content: how much of the component value of what a bloc's members buy comes from outside the bloc."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def outside_share(scenario: Scenario, program: str, bloc: frozenset[str]) -> float:
    """Share of a program's component value from outside the bloc."""
    return 1.0 - sum(share for nation, share in scenario.shares[program].items() if nation in bloc)


def beyond(scenario: Scenario, variables: Variables, bloc: frozenset[str], limit: float) -> Weights:
    """Component value from outside less a share of all that the members buy."""
    return [
        (variables.production(nation, contract.id), outside_share(scenario, contract.program, bloc) - limit)
        for contract in scenario.contracts.values()
        for nation in contract.nations
        if nation in bloc
    ]


def outside_and_bought(scenario: Scenario, ledger: Ledger, bloc: frozenset[str]) -> tuple[float, float]:
    """Component value from outside, and all that the members buy, in a finished plan, million euro."""
    bought = outside = 0.0
    for (nation, code), meur in ledger.production.items():
        if nation in bloc:
            bought += meur
            outside += outside_share(scenario, scenario.contracts[code].program, bloc) * meur
    return outside, bought
