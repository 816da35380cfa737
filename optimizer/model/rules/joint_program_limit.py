"""A nation enters no more joint contracts than it can staff."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum of joins of pooled contracts <= limit, by nation."""
    for nation, row in scenario.nations.items():
        if row.max_joint_programs is not None:
            joined = [
                (variables.join[nation, contract.id], 1.0)
                for contract in variables.contracts_of_nation.get(nation, ())
                if contract.pooled
            ]
            # Where they are few the row says nothing, but contracts of other capabilities may come to it.
            if joined:
                yield Row((nation,), total(joined) <= row.max_joint_programs)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Joint contracts beyond the limit, by nation."""
    joined: dict[str, int] = defaultdict(int)
    for nation, code in ledger.units:
        joined[nation] += scenario.contracts[code].pooled
    for nation, count in joined.items():
        most = scenario.nations[nation].max_joint_programs
        if most is not None:
            yield Violation((nation,), count - most, most)


RULE = Rule(
    name="joint_program_limit",
    sentence="A nation enters no more joint contracts than it can staff.",
    kind="policy",
    unit="contracts",
    source="fine print 64",
    rows=rows,
    violations=violations,
    price=100.0,
)
