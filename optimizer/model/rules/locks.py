"""The analyst's own required, forbidden and fixed choices."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario
from optimizer.tables.schema import Lock


def _key(lock: Lock) -> tuple[str, ...]:
    return (*((lock.nation,) if lock.nation else ()), lock.program, lock.action)


def _contracts(scenario: Scenario, lock: Lock) -> tuple[Contract, ...]:
    """The contracts a lock speaks of: those of its program, or the one it names (analyses lock single contracts)."""
    one = scenario.contracts.get(lock.program)
    return scenario.contracts_of.get(lock.program, ()) if one is None else (one,)


def _is_outside(lock: Lock, year: int) -> bool:
    """Whether a delivery in a year breaks the lock's first or last year."""
    return (lock.first_delivery is not None and year < lock.first_delivery) or (
        lock.last_delivery is not None and year > lock.last_delivery
    )


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """chosen >= 1 and units >= n (require), chosen = 0 (forbid), units = n (fix), none in other years, by lock."""
    for lock in scenario.tables.locks:
        contracts = _contracts(scenario, lock)
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
        outside = [
            (delivery.variable, 1.0)
            for contract in contracts
            for nation in contract.nations
            if lock.nation in (None, nation)
            for delivery in variables.deliveries[nation, contract.id]
            if _is_outside(lock, delivery.year)
        ]
        if outside:
            yield Row((*_key(lock), "years"), total(outside) <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units missing to a required choice, bought of a forbidden one, away from a fixed one, or in other years."""
    for lock in scenario.tables.locks:
        by_year: dict[int, float] = defaultdict(float)
        codes = {contract.id for contract in _contracts(scenario, lock)}
        for (nation, code), deliveries in ledger.deliveries.items():
            if code in codes and lock.nation in (None, nation):
                for year, units in deliveries.items():
                    by_year[year] += units
        bought = sum(by_year.values())
        if lock.action == "forbid":
            yield Violation(_key(lock), bought, 0)
        elif lock.action == "fix":
            yield Violation(_key(lock), abs(bought - (lock.units or 0)), lock.units or 0)
        else:
            yield Violation(_key(lock), max(lock.units or 0, 1) - bought, lock.units or 1)
        if lock.first_delivery is not None or lock.last_delivery is not None:
            outside = sum(units for year, units in by_year.items() if _is_outside(lock, year))
            yield Violation((*_key(lock), "years"), outside, 0)


RULE = Rule(
    name="locks",
    sentence="What the analyst requires, forbids or fixes is kept.",
    kind="lock",
    unit="units",
    source="fine print 70",
    rows=rows,
    violations=violations,
)
