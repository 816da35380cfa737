"""Component value from outside a bloc stays within a share of what the bloc's members buy."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.outside import beyond, outside_and_bought
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

BLOC, MAX_SHARE = "EU", 0.35


def _bloc(scenario: Scenario) -> frozenset[str]:
    return frozenset(scenario.members(str(setting(scenario, "outside_content", "bloc", BLOC))))


def _limit(scenario: Scenario) -> float:
    return float(setting(scenario, "outside_content", "max_share", MAX_SHARE))


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum of outside(p) * production <= max_share * sum of production, over the bloc's members."""
    bought = beyond(scenario, variables, _bloc(scenario), _limit(scenario))
    if any(by > 0.0 for _, by in bought):
        yield Row(("all",), total(bought) <= 0)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Outside component value beyond the share, million euro."""
    outside, bought = outside_and_bought(scenario, ledger, _bloc(scenario))
    yield Violation(("all",), outside - _limit(scenario) * bought, bought)


RULE = Rule(
    name="outside_content",
    sentence="Component value from outside the bloc stays within a share of what its members buy.",
    kind="policy",
    unit="million euro",
    source="EU content limits (EDIP, SAFE); fine print 60",
    rows=rows,
    violations=violations,
    named_only=True,
    price=1.0,
    parameters=(
        Parameter("bloc", BLOC, "bloc whose members and content count"),
        Parameter("max_share", MAX_SHARE, "largest share of value from outside", high=1.0),
    ),
)
