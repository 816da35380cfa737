"""No nation carries more than its permitted share of an alliance-level target."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """None: the share bounds what a nation can lend to a target (coverage.bloc_cap)."""
    return ()


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """None: what a nation lends is counted only up to its share, and the rest shows as shortfall."""
    return ()


RULE = Rule(
    name="half_rule",
    sentence="No nation carries more than its permitted share of an alliance-level target.",
    kind="policy",
    unit="required units",
    source="NATO 50 % principle; fine print 36, 37",
    rows=rows,
    violations=violations,
)
