"""Outside content: how much of the component value of what a bloc's members buy comes from outside the bloc."""

from __future__ import annotations

from optimizer.measures.industry import outside_and_bought, outside_share
from optimizer.model.purchases import Weights
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def beyond(scenario: Scenario, variables: Variables, bloc: frozenset[str], limit: float) -> Weights:
    """Component value from outside less a share of all that the members buy."""
    return [
        (variables.production(nation, contract.id), outside_share(scenario, contract.program, bloc) - limit)
        for contract in scenario.contracts.values()
        for nation in contract.nations
        if nation in bloc
    ]


__all__ = ["beyond", "outside_and_bought", "outside_share"]
