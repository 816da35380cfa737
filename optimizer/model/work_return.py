"""Work return over the whole portfolio: what each nation is due for what it pays into contracts, as rows."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.industry import counts_for_balance, due_and_got
from optimizer.model.purchases import Weights
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario


def paid(variables: Variables, nation: str, contract: Contract, share: float) -> Weights:
    """What a nation pays into a contract, times a share."""
    if nation not in contract.nations:
        return []
    weights = [(variables.production(nation, contract.id), share)]
    if (nation, contract.id) in variables.development:
        weights.append((variables.development[nation, contract.id], share))
    return weights


def balances(scenario: Scenario, variables: Variables, kept: float) -> Iterable[tuple[str, Weights]]:
    """By nation that can pay into a contract: work placed in it less a part of what it is due."""
    for nation in scenario.nations:
        balance: Weights = []
        owed = False
        for contract in scenario.contracts.values():
            if counts_for_balance(contract):
                due = paid(variables, nation, contract, -kept * scenario.inside_share(contract))
                balance += variables.placed_work(nation, contract) + due
                owed = owed or bool(due)
        if owed:
            yield nation, balance


__all__ = ["balances", "due_and_got", "paid"]
