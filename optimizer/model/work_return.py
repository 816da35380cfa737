"""Work return over the whole portfolio: what each nation is due for what it pays into contracts, and what it gets."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario


def counts(contract: Contract) -> bool:
    """Whether a contract enters the global balance: pooled ones of any kind, and open developments."""
    return contract.pooled or contract.open_development


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
            if counts(contract):
                due = paid(variables, nation, contract, -kept * scenario.inside_share(contract))
                balance += variables.placed_work(nation, contract) + due
                owed = owed or bool(due)
        if owed:
            yield nation, balance


def due_and_got(scenario: Scenario, ledger: Ledger) -> dict[str, tuple[float, float]]:
    """By nation the work it is due and the work it gets in a finished plan, million euro."""
    due: dict[str, float] = defaultdict(float)
    got: dict[str, float] = defaultdict(float)
    for code, contract in ledger.signed.items():
        if counts(contract):
            for nation in scenario.nations:
                money = ledger.production.get((nation, code), 0.0) + ledger.plan.development.get((nation, code), 0.0)
                due[nation] += scenario.inside_share(contract) * money
                got[nation] += ledger.work.get((nation, code), 0.0)
    return {nation: (meur, got[nation]) for nation, meur in due.items()}
