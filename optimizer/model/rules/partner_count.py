"""An open development has exactly as many partners as joined, between its fewest and most."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_m count = launch; sum_m m * count = sum_n join; fewest * launch <= sum_n join <= most * launch where flat."""
    for contract in scenario.contracts.values():
        if not contract.open_development:
            continue
        counts = variables.counts(contract)
        launch = variables.launch[contract.id]
        if variables.is_flat(contract):
            fewest, most = contract.partner_counts[0], contract.partner_counts[-1]
            joining = [(variables.join[nation, contract.id], 1.0) for nation in contract.possible_partners]
            yield Row((contract.id, "fewest"), total([*joining, (launch, -float(fewest))]) >= 0)
            if most < len(joining):
                yield Row((contract.id, "most"), total([*joining, (launch, -float(most))]) <= 0)
            continue
        if len(counts) > 1:
            yield Row((contract.id, "one"), total([(v, 1.0) for _, v in counts] + [(launch, -1.0)]) == 0)
        joined = [(variables.join[nation, contract.id], -1.0) for nation in contract.possible_partners]
        yield Row((contract.id,), total([(v, float(m)) for m, v in counts] + joined) == 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Partners missing to the fewest or beyond the most, by contract."""
    for code, contract in ledger.signed.items():
        if contract.open_development:
            joined = len(ledger.partners(code))
            fewest, most = contract.partner_counts[0], contract.partner_counts[-1]
            yield Violation((code,), max(fewest - joined, joined - most), joined)


RULE = Rule(
    name="partner_count",
    sentence="A development has as many partners as joined, between its fewest and its most.",
    kind="physical",
    unit="partners",
    source="fine print 2, 3, 8",
    rows=rows,
    violations=violations,
)
