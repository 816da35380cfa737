"""A new plan changes no more of the approved plan than allowed."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.changes import changed_pairs, changed_units
from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Parameter, Row, Rule, Violation, setting
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario

MEASURES = ("units", "pairs")


def _by_pairs(scenario: Scenario) -> bool:
    return str(setting(scenario, "change_limit", "measure", MEASURES[0])) == "pairs"


def _limit(scenario: Scenario) -> float:
    return float(setting(scenario, "change_limit", "most", 0.0))


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """sum of |units - previous|, or of pairs whose units differ, over nations and programs <= most."""
    previous = scenario.previous_units
    if not previous:
        return
    by_pairs = _by_pairs(scenario)
    changes: Weights = []
    for key in scenario.contracts_with:
        changes += variables.is_changed(*key) if by_pairs else variables.changed_units(*key)
    gone = {key: units for key, units in previous.items() if key not in scenario.contracts_with}
    lost = sum(units > 0 for units in gone.values()) if by_pairs else sum(gone.values())
    yield Row(("all",), total(changes) <= _limit(scenario) - lost)


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Units, or pairs of nation and program, changed beyond the limit."""
    if scenario.previous_units:
        changes = changed_pairs(ledger) if _by_pairs(scenario) else changed_units(ledger)
        yield Violation(("all",), changes - _limit(scenario), _limit(scenario))


RULE = Rule(
    name="change_limit",
    sentence="No more of the approved plan is changed than allowed.",
    kind="policy",
    unit="units or pairs",
    source="persistence (Brown, Dell and Wood 1997); fine print 54",
    rows=rows,
    violations=violations,
    named_only=True,
    price=10.0,
    parameters=(
        Parameter("measure", MEASURES[0], "what is counted: units, or pairs of nation and program", choices=MEASURES),
        Parameter("most", 0.0, "most of them that may differ from previous.csv"),
    ),
)
