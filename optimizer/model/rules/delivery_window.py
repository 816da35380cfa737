"""Deliveries fall between a pair's earliest delivery and the end of the line."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """None: delivery decisions exist only inside the window."""
    return ()


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units delivered before the earliest or after the latest year, by (nation, contract, year)."""
    for (nation, contract), by_year in ledger.deliveries.items():
        pair = scenario.pairs[nation, scenario.contracts[contract].program]
        for year, units in by_year.items():
            if year not in pair.years:
                yield Violation((nation, contract, year), abs(units), 0)


RULE = Rule(
    name="delivery_window",
    sentence="Deliveries fall between first delivery, approval and export delay included, and the line's last year.",
    kind="physical",
    unit="units",
    source="fine print 22",
    rows=rows,
    violations=violations,
)
