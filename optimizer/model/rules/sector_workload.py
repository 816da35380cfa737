"""Work in a nation's industrial sector lies between its sovereign minimum and its capacity over the horizon."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """min <= sum of work in the sector <= max, by (nation, sector)."""
    for row in scenario.tables.industry:
        if row.min_work_meur is None and row.max_work_meur is None:
            continue
        work = [
            item
            for contract in scenario.contracts.values()
            if scenario.capabilities[contract.capability].sector == row.sector
            for item in variables.placed_work(row.nation, contract)
        ]
        if row.min_work_meur:
            yield Row((row.nation, row.sector, "least"), total(work) >= row.min_work_meur)
        if row.max_work_meur is not None and work:
            yield Row((row.nation, row.sector, "most"), total(work) <= row.max_work_meur)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Work missing to the minimum or beyond the capacity, million euro."""
    for row in scenario.tables.industry:
        work = sum(
            meur
            for (nation, code), meur in ledger.work.items()
            if nation == row.nation and scenario.capabilities[scenario.contracts[code].capability].sector == row.sector
        )
        if row.min_work_meur is not None:
            yield Violation((row.nation, row.sector, "least"), row.min_work_meur - work, row.min_work_meur)
        if row.max_work_meur is not None:
            yield Violation((row.nation, row.sector, "most"), work - row.max_work_meur, row.max_work_meur)


RULE = Rule(
    name="sector_workload",
    sentence="Work in a nation's industrial sector stays between its sovereign minimum and its capacity.",
    kind="policy",
    unit="million euro",
    source="industrial base policy; fine print 61",
    rows=rows,
    violations=violations,
    price=1.0,
)
