"""The analyst's own required, forbidden and fixed choices."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.lp import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario
from optimizer.tables.schema import Lock


def _key(lock: Lock) -> tuple[str, ...]:
    return (*((lock.nation,) if lock.nation else ()), lock.program, lock.action)


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """chosen >= 1 and units >= n (require), chosen = 0 (forbid), units = n (fix), by lock."""
    for lock in scenario.tables.locks:
        contracts = scenario.contracts_of.get(lock.program, ())
        if lock.nation:
            chosen = variables.joins(lock.nation, lock.program)
            units = variables.program_units(lock.nation, lock.program)
        else:
            chosen = [(variables.launch[contract.id], 1.0) for contract in contracts]
            units = [item for contract in contracts for item in variables.total_units(contract)]
        if lock.action == "forbid":
            yield Row(_key(lock), total(chosen) <= 0)
        elif lock.action == "fix":
            yield Row(_key(lock), total(units) == (lock.units or 0))
        else:
            yield Row(_key(lock), total(chosen) >= 1)
            if lock.units:
                yield Row((*_key(lock), "units"), total(units) >= lock.units)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units missing to a required choice, bought of a forbidden one, or away from a fixed one."""
    for lock in scenario.tables.locks:
        bought = sum(
            units
            for (nation, code), units in ledger.units.items()
            if scenario.contracts[code].program == lock.program and lock.nation in (None, nation)
        )
        if lock.action == "forbid":
            yield Violation(_key(lock), bought, 0)
        elif lock.action == "fix":
            yield Violation(_key(lock), abs(bought - (lock.units or 0)), lock.units or 0)
        else:
            yield Violation(_key(lock), max(lock.units or 0, 1) - bought, lock.units or 1)


RULE = Rule(
    name="locks",
    sentence="What the analyst requires, forbids or fixes is kept.",
    kind="lock",
    unit="units",
    source="fine print 70",
    rows=rows,
    violations=violations,
)
