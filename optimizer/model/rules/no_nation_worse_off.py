"""No nation pays more, shortfall priced in, than in the national baseline."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario
from optimizer.tolerances import BASELINE_RELATIVE


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """discounted payments + priced shortfall <= national cost, by nation; none where there is no baseline."""
    for nation, cost in (scenario.national_costs or {}).items():
        paid = variables.discounted_payments(nation)
        short = []
        for (index, year), variable in variables.shortfalls.items():
            row = scenario.needs[index].row
            if row.nation == nation:
                price = (scenario.capabilities[row.capability].shortfall_meur_per_unit_year or 0.0) * row.priority
                short.append((variable, price * scenario.discount(year)))
        yield Row((nation,), total(paid + short) <= cost * (1.0 + BASELINE_RELATIVE))


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Money beyond the national baseline, discounted million euro."""
    for nation, cost in (scenario.national_costs or {}).items():
        now = ledger.nation_cost[nation] + ledger.nation_shortfall_cost[nation]
        yield Violation((nation,), now - cost * (1.0 + BASELINE_RELATIVE), cost)


RULE = Rule(
    name="no_nation_worse_off",
    sentence="No nation pays more, shortfall priced in, than if every nation bought alone.",
    kind="policy",
    unit="million euro",
    source="individual rationality; fine print 63",
    rows=rows,
    violations=violations,
    named_only=True,
    price=1.0,
)
