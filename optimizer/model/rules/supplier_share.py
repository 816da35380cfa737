"""No nation leans on one foreign supplier for more than a share of what it buys."""

from __future__ import annotations

from collections import defaultdict
from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

MAX_SHARE = 0.6


def _limit(scenario: Scenario) -> float:
    return float(setting(scenario, "supplier_share", "max_share", MAX_SHARE))


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum_a share[s] * production <= max_share * sum_a production, by (buyer, supplier)."""
    limit = _limit(scenario)
    for nation, contracts in sorted(variables.contracts_of_nation.items()):
        suppliers = {s for contract in contracts for s, share in scenario.shares[contract.program].items() if share > 0}
        for supplier in sorted(suppliers - {nation}):
            leaning: Weights = [
                (
                    variables.production(nation, contract.id),
                    scenario.shares[contract.program].get(supplier, 0.0) - limit,
                )
                for contract in contracts
            ]
            if any(by > 0.0 for _, by in leaning):
                yield Row((nation, supplier), total(leaning) <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Production payments that lean on one supplier beyond the share, million euro."""
    limit = _limit(scenario)
    bought: dict[str, float] = defaultdict(float)
    leaning: dict[tuple[str, str], float] = defaultdict(float)
    for (nation, code), meur in ledger.production.items():
        bought[nation] += meur
        for supplier, share in scenario.shares[scenario.contracts[code].program].items():
            if supplier != nation:
                leaning[nation, supplier] += share * meur
    for (nation, supplier), meur in leaning.items():
        yield Violation((nation, supplier), meur - limit * bought[nation], bought[nation])


RULE = Rule(
    name="supplier_share",
    sentence="No nation takes more than a share of its purchases from one foreign supplier.",
    kind="policy",
    unit="million euro",
    source="security of supply; fine print 58",
    rows=rows,
    violations=violations,
    named_only=True,
    price=1.0,
    parameters=(Parameter("max_share", MAX_SHARE, "largest share of one supplier", high=1.0),),
)
