"""Joined partners and grants pay a development in full."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_n dev = D * m^k; dev <= most * join, by contract and partner."""
    for contract in scenario.contracts.values():
        if not contract.open_development:
            continue
        paid = [(variables.development[nation, contract.id], 1.0) for nation in contract.possible_partners]
        cost = variables.development_cost(contract)
        yield Row((contract.id,), total(paid + [(v, -by) for v, by in cost]) == 0)
        for nation in contract.possible_partners:
            money = variables.development[nation, contract.id]
            join = variables.join[nation, contract.id]
            yield Row((nation, contract.id), total([(money, 1.0), (join, -(money.upBound or 0.0))]) <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Development money missing or too much by contract, of nations that are no joined partner, or negative."""
    for code, contract in ledger.signed.items():
        if contract.open_development:
            cost = ledger.development_cost(code)
            paid = sum(meur for (_, a), meur in ledger.plan.development.items() if a == code)
            granted = sum(meur for (a, _), meur in ledger.plan.grants.items() if a == code)
            yield Violation((code,), abs(paid + granted - cost), cost)
    for (nation, code), meur in ledger.plan.development.items():
        yield Violation((nation, code, "negative"), -meur, 0)
        contract_ = ledger.signed.get(code)
        if contract_ is None or not contract_.open_development or nation not in ledger.partners(code):
            yield Violation((nation, code), abs(meur), 0)


RULE = Rule(
    name="development_paid",
    sentence="The partners that joined, and grants, pay a development in full.",
    kind="physical",
    unit="million euro",
    source="fine print 41",
    rows=rows,
    violations=violations,
)
