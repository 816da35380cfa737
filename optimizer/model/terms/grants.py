"""Grants: what co-funding pays; counted against cost."""

from __future__ import annotations

from optimizer.measures.ledger import Ledger
from optimizer.model.rule import Term, Weighted
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def expression(scenario: Scenario, variables: Variables) -> Weighted:
    """Empty: co-funding instruments are not modeled yet, so no plan holds a grant."""
    return [], 0.0


def value(scenario: Scenario, ledger: Ledger) -> float:
    """The same on a finished plan."""
    return -sum(
        meur * scenario.development_discount[scenario.contracts[code].program]
        for (code, _), meur in ledger.plan.grants.items()
        if code in ledger.signed
    )


TERM = Term("grants", "cost", "What co-funding instruments pay, counted against cost.", expression, value)
