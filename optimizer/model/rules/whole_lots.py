"""A contract's total comes in whole lots."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_n units = lot * whole number, by contract."""
    for contract in scenario.contracts.values():
        lot = scenario.programs[contract.program].lot_units
        if lot > 1:
            lots = variables.program.variable(
                ("lots", contract.id), 0, contract.max_total // lot, integer=True, block=contract.capability
            )
            yield Row((contract.id,), total([*variables.total_units(contract), (lots, -float(lot))]) == 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Distance of a contract's total from the nearest whole number of lots."""
    for contract, units in ledger.totals.items():
        lot = scenario.programs[scenario.contracts[contract].program].lot_units
        if lot > 1:
            yield Violation((contract,), abs(units - lot * round(units / lot)), lot)


RULE = Rule(
    name="whole_lots",
    sentence="The total of a contract comes in whole lots.",
    kind="physical",
    unit="units",
    source="fine print 9, 40",
    rows=rows,
    violations=violations,
)
