"""The goal outside: the share of component value from outside the bloc in what the bloc's members buy."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.outside import beyond, outside_and_bought
from optimizer.model.rows import total
from optimizer.model.rule import Goal, Row, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

BLOC = "EU"


def _bloc(scenario: Scenario) -> frozenset[str]:
    return frozenset(scenario.members(str(setting(scenario, "outside_content", "bloc", BLOC))))


def value(scenario: Scenario, ledger: Ledger) -> float:
    """Outside component value over all component value; 0 where nothing is bought."""
    outside, bought = outside_and_bought(scenario, ledger, _bloc(scenario))
    return max(0.0, outside / bought) if bought > 0.0 else 0.0


def limit_rows(scenario: Scenario, variables: Variables, most: float) -> Iterable[Row]:
    """sum of outside(p) * production <= limit * sum of production, over the bloc's members."""
    yield Row((), total(beyond(scenario, variables, _bloc(scenario), most)) <= 0)


def limit_violations(scenario: Scenario, ledger: Ledger, most: float) -> Iterable[Violation]:
    """Outside component value beyond the share, million euro."""
    outside, bought = outside_and_bought(scenario, ledger, _bloc(scenario))
    yield Violation((), outside - most * bought, bought)


GOAL = Goal(
    name="outside",
    unit="share",
    sentence="Share of component value from outside the bloc (rules.outside_content.bloc) in what its members buy.",
    value=value,
    limit_rows=limit_rows,
    limit_violations=limit_violations,
)
