"""Payments of a nation, by year and class of money, stay within its budget plus what was carried over."""

from __future__ import annotations

from typing import Iterable

from optimizer.measures.ledger import Ledger
from optimizer.model.purchases import Weights
from optimizer.model.rows import total
from optimizer.model.rule import Row, Rule, Violation
from optimizer.model.variables import Variables
from optimizer.scenario import Scenario


def rows(scenario: Scenario, variables: Variables) -> Iterable[Row]:
    """paid[t] + left[t] <= budget[t] + share[t-1] * left[t-1], by (nation, class, year)."""
    for (nation, money_class), budgets in scenario.budgets.items():
        payments = variables.payments(nation, money_class)
        carried: Weights = []
        for year in scenario.years:
            budget = budgets.get(year)
            if budget is None:
                carried = []
                continue
            left: Weights = []
            if budget.carry_over_share > 0.0 and year + 1 in budgets:
                left = [(variables.program.variable(("left", nation, money_class, year), 0, None), 1.0)]
            if payments[year] or left or carried:
                yield Row(
                    (nation, money_class, year),
                    total(payments[year] + left + [(v, -by) for v, by in carried]) <= budget.budget_meur,
                )
            carried = [(v, budget.carry_over_share) for v, _ in left]


def violations(scenario: Scenario, ledger: Ledger) -> Iterable[Violation]:
    """Money over budget and carried money, each year's excess counted once."""
    for (nation, money_class), budgets in scenario.budgets.items():
        carried = 0.0
        for year in scenario.years:
            budget = budgets.get(year)
            if budget is None:
                carried = 0.0
                continue
            available = budget.budget_meur + carried
            paid = ledger.paid(nation, year, money_class)
            yield Violation((nation, money_class, year), paid - available, available)
            carried = budget.carry_over_share * max(0.0, available - paid)


RULE = Rule(
    name="annual_budget",
    sentence="What a nation pays in a year, by class of money, stays within its budget plus what it carried over.",
    kind="policy",
    unit="million euro",
    source="yearly appropriations; fine print 49-52",
    rows=rows,
    violations=violations,
    price=1.0,
)
