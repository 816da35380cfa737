"""No nation takes more of a capability than it asked for, rounded up to whole units."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_p effect * units <= asked, by (nation, capability)."""
    bought: dict[tuple[str, str], Weights] = defaultdict(list)
    for nation, program in scenario.contracts_with:
        row = scenario.programs[program]
        bought[nation, row.capability].extend(
            (variable, by * row.effect_per_unit) for variable, by in variables.program_units(nation, program)
        )
    for key, units in bought.items():
        yield Row(key, total(units) <= scenario.most_required_units[key])


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Required units taken beyond what was asked for, and units beyond what a nation may take of one program."""
    bought: dict[tuple[str, str], float] = defaultdict(float)
    for (nation, program), by_year in ledger.program_units.items():
        row = scenario.programs[program]
        units = sum(by_year.values())
        bought[nation, row.capability] += units * row.effect_per_unit
        most = scenario.max_units[nation, program]
        yield Violation((nation, program), units - most, most)
    for key, units in bought.items():
        most_required = scenario.most_required_units[key]
        yield Violation(key, units - most_required, most_required)


RULE = Rule(
    name="no_excess",
    sentence="No nation takes more than it asked for plus the extra units it allows.",
    kind="physical",
    unit="required units",
    source="fine print 33",
    rows=rows,
    violations=violations,
)
