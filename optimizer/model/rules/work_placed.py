"""The work of an open development is placed in its pool, each nation within its work limits."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """minimum * value <= work <= limit * value; sum of work inside the pool = inside share * value."""
    for contract in scenario.contracts.values():
        if not contract.open_development:
            continue
        value = variables.value(contract)
        placed = []
        for nation in contract.pool:
            least, most = scenario.work_limits(contract, nation)
            work = variables.placed_work(nation, contract)
            placed.extend(work)
            if work:
                yield Row((nation, contract.id, "most"), total([*work, (value, -most)]) <= 0)
            if least > 0.0:
                yield Row((nation, contract.id, "least"), total([*work, (value, -least)]) >= 0)
        yield Row((contract.id,), total([*placed, (value, -scenario.inside_share(contract))]) == 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Work beyond a nation's limit or below its minimum, and work missing or too much in the pool."""
    for code, contract in ledger.signed.items():
        if not contract.open_development:
            continue
        value = ledger.value(code)
        placed = 0.0
        for nation in contract.pool:
            least, most = scenario.work_limits(contract, nation)
            work = ledger.plan.work.get((nation, code), 0.0)
            placed += work
            yield Violation((nation, code), max(work - most * value, least * value - work), value)
        yield Violation((code,), abs(placed - scenario.inside_share(contract) * value), value)
    for (nation, code), work in ledger.plan.work.items():
        contract_ = ledger.signed.get(code)
        if contract_ is None or not contract_.open_development or nation not in contract_.pool:
            yield Violation((nation, code), abs(work), 0)


RULE = Rule(
    name="work_placed",
    sentence="The work of a development equals its value less what falls outside the pool, within each work limit.",
    kind="physical",
    unit="million euro",
    source="workshare practice; fine print 55, 56",
    rows=rows,
    violations=violations,
)
