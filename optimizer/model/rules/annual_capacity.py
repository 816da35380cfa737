"""Deliveries of a line in a year, all pools together, fit its capacity."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum over nations of deliveries <= capacity, by (program, year)."""
    buyers: dict[str, list[str]] = defaultdict(list)
    for nation, program in scenario.contracts_with:
        buyers[program].append(nation)
    for program, nations in buyers.items():
        capacity = scenario.programs[program].annual_capacity_units
        if capacity is None:
            continue
        for year in scenario.years:
            delivered = [item for nation in nations for item in variables.delivered(nation, program, year)]
            if delivered:
                yield Row((program, year), total(delivered) <= capacity)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units beyond the line's capacity, by (program, year)."""
    made: dict[tuple[str, int], float] = defaultdict(float)
    for (_, program), by_year in ledger.program_units.items():
        for year, units in by_year.items():
            made[program, year] += units
    for (program, year), units in made.items():
        capacity = scenario.programs[program].annual_capacity_units
        if capacity is not None:
            yield Violation((program, year), units - capacity, capacity)


RULE = Rule(
    name="annual_capacity",
    sentence="Deliveries of a line in a year, all pools together, fit its capacity.",
    kind="physical",
    unit="units per year",
    source="fine print 9",
    rows=rows,
    violations=violations,
)
