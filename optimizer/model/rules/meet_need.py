"""Every requirement is covered by deliveries, fleets and priced shortfall, every year from its need date on."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_p effect * stock(grade >= g) + in stock + short >= required, by (nation, capability, year, grade)."""
    for (nation, capability), needs in scenario.national_needs.items():
        for year in scenario.years:
            due = [need for need in needs if max(need.row.need_by, scenario.first_year) <= year]
            for grade in sorted({need.row.min_grade for need in due}):
                rows_due = [need for need in due if need.row.min_grade >= grade]
                required = sum(need.row.quantity for need in rows_due)
                missing = required - scenario.in_stock(nation, capability, year, grade)
                if missing > 0.0:
                    covered = _coverage(scenario, variables, nation, capability, year, grade)
                    short = [item for need in rows_due for item in variables.short(need, year)]
                    yield Row((nation, capability, year, grade), total(covered + short) >= missing)
    for need in scenario.bloc_needs:
        row = need.row
        for year in range(max(row.need_by, scenario.first_year), scenario.last_year + 1):
            lent = []
            for nation in need.members:
                contribution = variables.contribution(nation, need, year)
                lent.append((contribution, 1.0))
                covered = _coverage(scenario, variables, nation, row.capability, year, row.min_grade)
                in_stock = scenario.in_stock(nation, row.capability, year, row.min_grade)
                yield Row(
                    (row.nation, row.capability, need.index, year, nation),
                    total([(contribution, 1.0)] + [(v, -by) for v, by in covered]) <= in_stock,
                )
            required = row.quantity - scenario.bloc_contracted(need)
            yield Row(
                (row.nation, row.capability, need.index, year), total(lent + variables.short(need, year)) >= required
            )


def _coverage(scenario: Scenario, variables: Variables, nation: str, capability: str, year: int, grade: int) -> Weights:
    """Required units in service from new deliveries of at least a grade."""
    covered = []
    for program in scenario.programs_of[capability]:
        row = scenario.programs[program]
        stock = variables.stock(nation, program, year) if row.grade >= grade else None
        if stock is not None:
            covered.append((stock, row.effect_per_unit))
    return covered


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Required units missing beyond what a row allows."""
    for (index, year), units in ledger.shortfalls.items():
        need = scenario.needs[index]
        yield Violation(
            (need.row.nation, need.row.capability, index, year), units - need.shortfall_cap, need.row.quantity
        )


RULE = Rule(
    name="meet_need",
    sentence="Deliveries, fleets in service and priced shortfall cover every requirement from its need date on.",
    kind="physical",
    unit="required units",
    source="capability planning practice; fine print 30-36",
    rows=rows,
    violations=violations,
)
