"""Lines that must not close get their least work in every year."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.industry import sector_work_by_year
from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_a share * payments of a due in t >= minimum, by (nation, sector, year)."""
    for row in scenario.tables.industry:
        if not row.min_work_meur_per_year:
            continue
        due: dict[int, Weights] = defaultdict(list)
        for contract in scenario.contracts.values():
            share = scenario.shares[contract.program].get(row.nation, 0.0)
            if share <= 0.0 or scenario.capabilities[contract.capability].sector != row.sector:
                continue
            for nation in contract.nations:
                for year, payments in variables.production_due(nation, contract).items():
                    due[year].extend((v, share * by) for v, by in payments)
                for year, variable in variables.price_spread(nation, contract.capability).items():
                    due[year].append((variable, share))
                if (nation, contract.id) in variables.development:
                    money = variables.development[nation, contract.id]
                    for year, part in scenario.development_profile[contract.program].items():
                        due[year].append((money, share * part))
        for year in scenario.years:
            yield Row((row.nation, row.sector, year), total(due[year]) >= row.min_work_meur_per_year)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Work missing in a year, million euro."""
    for row in scenario.tables.industry:
        if not row.min_work_meur_per_year:
            continue
        for year, work in sector_work_by_year(ledger, row.nation, row.sector).items():
            least = row.min_work_meur_per_year
            yield Violation((row.nation, row.sector, year), least - work, least)


RULE = Rule(
    name="sustaining_rate",
    sentence="A nation's industrial sector gets at least its sustaining work in every year.",
    kind="policy",
    unit="million euro per year",
    source="minimum sustaining rate; fine print 61",
    rows=rows,
    violations=violations,
    price=1.0,
)
