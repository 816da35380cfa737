"""Barred pairs never buy; delayed pairs buy later."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """None: barred pairs have no decisions, and a delay moves the first year of delivery."""
    return ()


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units bought by barred nations, by (nation, contract)."""
    for (nation, contract), units in ledger.units.items():
        if scenario.export_status(nation, scenario.contracts[contract].program)[0]:
            yield Violation((nation, contract), abs(units), 0)


RULE = Rule(
    name="export_control",
    sentence="No nation buys what a supplier's export control bars it from; delayed exports arrive later.",
    kind="physical",
    unit="units",
    source="export-control regimes; fine print 68",
    rows=rows,
    violations=violations,
)
