"""The goal return: the largest part of the work it is due that any nation misses, over the whole portfolio."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.rows import total
from optimizer.model.rule import Goal, Row, Violation
from optimizer.model.variables import Variables
from optimizer.model.work_return import balances, due_and_got
from optimizer.scenario import Scenario
from optimizer.tolerances import RECONCILE_MEUR


def value(scenario: Scenario, ledger: Ledger) -> float:
    """max over nations of (due - work) / due, at least 0; who is due next to nothing does not count."""
    balance = due_and_got(scenario, ledger).values()
    return max((1.0 - got / due for due, got in balance if due > RECONCILE_MEUR and got < due), default=0.0)


def limit_rows(scenario: Scenario, variables: Variables, most: float) -> Iterable[Row]:
    """work >= (1 - limit) * inside share * paid, by nation."""
    for nation, balance in balances(scenario, variables, 1.0 - most):
        yield Row((nation,), total(balance) >= 0)


def limit_violations(scenario: Scenario, ledger: Ledger, most: float) -> Iterable[Violation]:
    """Work missing to what a nation is due, million euro."""
    for nation, (due, got) in due_and_got(scenario, ledger).items():
        yield Violation((nation,), (1.0 - most) * due - got, due)


GOAL = Goal(
    name="return",
    unit="share",
    sentence="Largest deviation from fair return: the part of the work a nation is due that it misses.",
    value=value,
    limit_rows=limit_rows,
    limit_violations=limit_violations,
)
