"""No nation buys too small a fleet of a type."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """units >= minimum fleet * join, by (nation, program)."""
    for nation, program in scenario.contracts_with:
        least = scenario.capabilities[scenario.programs[program].capability].min_fleet_units
        if least > 1:
            units = variables.program_units(nation, program)
            joined = [(v, -float(least)) for v, _ in variables.joins(nation, program)]
            yield Row((nation, program), total(units + joined) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units missing to the smallest fleet, by (nation, program)."""
    for (nation, program), by_year in ledger.program_units.items():
        least = scenario.capabilities[scenario.programs[program].capability].min_fleet_units
        yield Violation((nation, program), least - sum(by_year.values()), least)


RULE = Rule(
    name="minimum_fleet",
    sentence="A nation that buys a program buys at least the smallest fleet worth fielding.",
    kind="policy",
    unit="units",
    source="fine print 48",
    rows=rows,
    violations=violations,
    price=100.0,
)
