"""A built model with a plan's decisions fixed: what the rows say of a plan, for comparison with what the checks say."""

from __future__ import annotations

import dataclasses

import numpy as np

from optimizer import Plan, Scenario
from optimizer.measures.ledger import Ledger
from optimizer.model.answer import Answer
from optimizer.model.arrays import Arrays
from optimizer.model.build import Model, build
from optimizer.model.highs import Highs
from optimizer.model.rules import RULES
from optimizer.model.terms import TERMS

# Rows are widened by this much where a solver's plan is fixed, so that its rounding does not make it infeasible.
ROUNDING = 2e-6


def only(*names: str) -> frozenset[str]:
    """Every rule but these, to be lifted from a model."""
    return frozenset(rule.name for rule in RULES) - frozenset(names)


def fix(model: Model, plan: Plan, slack: float) -> Arrays | None:
    """The model's arrays with deliveries, development, elements and work fixed; None where a decision has no column.

    Everything else is left to the rows: launches, joins, bands, counts, shortfalls and helpers.
    """
    arrays, variables, column = model.arrays, model.variables, model.program.column
    ledger = Ledger(model.scenario, plan)
    values: dict[int, float] = {}
    left = {key: units for key, units in plan.deliveries.items() if units}
    for (nation, code), deliveries in variables.deliveries.items():
        band = ledger.band(code) if code in ledger.totals else None
        for delivery in deliveries:
            key = (nation, code, delivery.year)
            chosen = band is not None and delivery.band.first == band.first
            values[column(delivery.variable)] = left.pop(key) if chosen and key in left else 0.0
    money = (
        (variables.development, dict(plan.development)),
        (variables.element, dict(plan.elements)),
        (variables.work(), dict(plan.work)),
    )
    for decisions, given in money:
        for key, variable in decisions.items():
            values[column(variable)] = given.pop(key, 0.0)
        if any(meur != 0.0 for meur in given.values()):
            return None
    if left:
        return None
    columns = np.array(sorted(values), dtype=np.int64)
    fixed = np.array([values[number] for number in columns])
    if (fixed > arrays.upper[columns] + ROUNDING).any() or (fixed < arrays.lower[columns] - ROUNDING).any():
        return None
    lower, upper = arrays.lower.copy(), arrays.upper.copy()
    lower[columns], upper[columns] = fixed, fixed
    return dataclasses.replace(
        arrays, lower=lower, upper=upper, row_lower=arrays.row_lower - slack, row_upper=arrays.row_upper + slack
    )


def answer(model: Model, plan: Plan, cost: np.ndarray, slack: float = 0.0) -> Answer | None:
    """The solver's answer for the rest of the model with the plan fixed; None where a decision has no column."""
    arrays = fix(model, plan, slack)
    if arrays is None:
        return None
    return Highs(dataclasses.replace(arrays, cost=cost), presolve=False).run(gap=0.0)


def is_feasible(model: Model, plan: Plan) -> bool:
    """Whether the model's rows allow the plan."""
    found = answer(model, plan, np.zeros(model.arrays.columns), ROUNDING)
    return found is not None and found.status == "optimal"


def in_model(scenario: Scenario, plan: Plan, name: str) -> float:
    """What a term's expression costs at least in the model of physical rules when the plan is fixed."""
    model = build(scenario, whole_deliveries=True, without=only(*(r.name for r in RULES if r.kind == "physical")))
    term = next(term for term in TERMS if term.name == name)
    # The helpers of the terms stand in the built model already, so the expression is read off the goal it belongs to;
    # every other term of that goal is taken off by its value.
    cost, constant = model.goals[term.goal]
    found = answer(model, plan, cost)
    assert found is not None, "the plan has a decision that the model does not know"
    assert found.status == "optimal", f"the plan breaks a physical rule, or the solver failed: {found}"
    ledger = Ledger(scenario, plan)
    others = sum(t.value(scenario, ledger) for t in TERMS if t.goal == term.goal and t.name != name)
    return found.objective + constant - others
