"""A signed contract reaches the line's minimum order."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_n units >= minimum order * launch, by contract."""
    for contract in scenario.contracts.values():
        least = scenario.minimum_total(contract.program)
        if least > 1:
            launch = variables.launch[contract.id]
            yield Row((contract.id,), total([*variables.total_units(contract), (launch, -float(least))]) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units by which a signed contract falls short of the minimum order."""
    for contract, units in ledger.totals.items():
        least = scenario.minimum_total(scenario.contracts[contract].program)
        yield Violation((contract,), least - units, least)


RULE = Rule(
    name="minimum_order",
    sentence="A signed contract orders at least the line's minimum.",
    kind="physical",
    unit="units",
    source="fine print 9, 26",
    rows=rows,
    violations=violations,
)
