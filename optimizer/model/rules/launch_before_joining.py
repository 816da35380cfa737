"""A nation buys only from a contract that is signed and that it joined, and from one contract per program."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """join <= units <= U * join; join <= launch <= sum join; one contract per (nation, program)."""
    for contract in scenario.contracts.values():
        launch = variables.launch[contract.id]
        joins = [(variables.join[nation, contract.id], 1.0) for nation in contract.nations]
        if len(joins) > 1:
            yield Row((contract.id,), total([(launch, 1.0)] + [(v, -by) for v, by in joins]) <= 0)
        for nation in contract.nations:
            join = variables.join[nation, contract.id]
            most = scenario.pairs[nation, contract.program].max_units
            units = variables.units(nation, contract.id)
            yield Row((nation, contract.id, "most"), total([*units, (join, -float(most))]) <= 0)
            yield Row((nation, contract.id, "least"), total([*units, (join, -1.0)]) >= 0)
            if len(joins) > 1:
                yield Row((nation, contract.id), total([(join, 1.0), (launch, -1.0)]) <= 0)
    for (nation, program), contracts in scenario.contracts_with.items():
        if len(contracts) > 1:
            yield Row((nation, program), total(variables.joins(nation, program)) <= 1)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Contracts beyond the first from which a nation buys one program; units taken are always of joined contracts."""
    contracts: dict[tuple[str, str], int] = defaultdict(int)
    for nation, contract in ledger.units:
        contracts[nation, scenario.contracts[contract].program] += 1
    for key, count in contracts.items():
        yield Violation(key, count - 1, 1)


RULE = Rule(
    name="launch_before_joining",
    sentence="A nation buys only from signed contracts it has joined, and from one contract per program.",
    kind="physical",
    unit="contracts",
    source="fine print 5, 6",
    rows=rows,
    violations=violations,
)
