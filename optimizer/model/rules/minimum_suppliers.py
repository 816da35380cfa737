"""A capability that is bought at all is bought from enough lead nations."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Contract, Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum of leads >= minimum * bought, by capability; a lead counts when it launches, bought when anything is."""
    contracts: dict[str, list[Contract]] = defaultdict(list)
    for contract in scenario.contracts.values():
        contracts[contract.capability].append(contract)
    for capability, offered in contracts.items():
        least = scenario.capabilities[capability].min_suppliers
        if least <= 1:
            continue
        by_lead: dict[str, list[Contract]] = defaultdict(list)
        for contract in offered:
            by_lead[scenario.programs[contract.program].lead].append(contract)
        leads = []
        for lead, led in sorted(by_lead.items()):
            used = variables.program.variable(("lead", capability, lead), 0, 1, block=capability)
            leads.append((used, 1.0))
            launches = [(variables.launch[contract.id], -1.0) for contract in led]
            variables.program.define(("lead", capability, lead), total([(used, 1.0), *launches]) <= 0)
        bought = variables.program.variable(("bought", capability), 0, 1, block=capability)
        for contract in offered:
            variables.program.define(
                ("bought", capability, contract.id),
                total([(variables.launch[contract.id], 1.0), (bought, -1.0)]) <= 0,
            )
        yield Row((capability,), total([*leads, (bought, -float(least))]) >= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Lead nations missing, by capability."""
    leads: dict[str, set[str]] = defaultdict(set)
    for contract in ledger.signed.values():
        leads[contract.capability].add(scenario.programs[contract.program].lead)
    for capability, found in leads.items():
        least = scenario.capabilities[capability].min_suppliers
        yield Violation((capability,), least - len(found), least)


RULE = Rule(
    name="minimum_suppliers",
    sentence="A capability that is bought comes from at least so many lead nations.",
    kind="policy",
    unit="lead nations",
    source="security of supply; fine print 59",
    rows=rows,
    violations=violations,
    price=100.0,
)
