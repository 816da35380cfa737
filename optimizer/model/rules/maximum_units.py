"""All contracts of a line together stay within its most units."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum over contracts and nations of units <= max_units, by program."""
    for program, contracts in scenario.contracts_of.items():
        most = scenario.programs[program].max_units
        if most is not None and contracts:
            units = [item for contract in contracts for item in variables.total_units(contract)]
            yield Row((program,), total(units) <= most)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units beyond the line's most, by program."""
    sold: dict[str, float] = defaultdict(float)
    for contract, units in ledger.totals.items():
        sold[scenario.contracts[contract].program] += units
    for program, units in sold.items():
        most = scenario.programs[program].max_units
        if most is not None:
            yield Violation((program,), units - most, most)


RULE = Rule(
    name="maximum_units",
    sentence="All contracts of a line together stay within the most units it can sell.",
    kind="physical",
    unit="units",
    source="fine print 9",
    rows=rows,
    violations=violations,
)
