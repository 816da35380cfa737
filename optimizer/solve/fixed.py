"""What a unit of each limit is worth while every yes-or-no choice and every total of a plan stays as it is."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from optimizer.measures.ledger import Ledger
from optimizer.model.arrays import Floats
from optimizer.model.build import build, weights_of
from optimizer.model.highs import Highs
from optimizer.model.rows import Variable
from optimizer.plan import Plan
from optimizer.scenario import Scenario


def duals_with_decisions_fixed(scenario: Scenario, plan: Plan) -> dict[tuple[Any, ...], float]:
    """Objective saved per unit by which a row is loosened, by row label; empty where the linear program has no answer.

    Contracts, partners, price bands and totals are those of the plan; only calendars, money and work can move. What
    other choices would be worth is not in these numbers.
    """
    model = build(scenario, whole_deliveries=False, tightened=False)
    ledger, variables, program = Ledger(scenario, plan), model.variables, model.program
    lower, upper = model.arrays.lower.copy(), model.arrays.upper.copy()

    def fix(variable: Variable, value: float) -> None:
        column = program.column(variable)
        lower[column] = upper[column] = value

    for code, launch in variables.launch.items():
        fix(launch, float(code in ledger.signed))
    for (nation, code), join in variables.join.items():
        bought = ledger.units.get((nation, code), 0.0)
        fix(join, float(bought > 0.0))
        for variable, _ in variables.units(nation, code):
            fix(variable, bought)
    for code, contract in scenario.contracts.items():
        total = ledger.totals.get(code, 0.0)
        signed = code in ledger.signed
        for band, chosen in variables.bands(contract):
            fix(chosen, float(signed and band.first <= total <= band.last))
        if contract.open_development and not variables.is_flat(contract):
            joined = len(ledger.partners(code)) if signed else 0
            for count, chosen in variables.counts(contract):
                fix(chosen, float(signed and count == joined))
    cost, _ = model.cost_of(weights_of(scenario))
    arrays = dataclasses.replace(model.arrays, lower=lower, upper=upper, cost=cost)
    answer = Highs(arrays, relax=True, presolve=False).run(time_limit=60.0)
    if answer.x is None or answer.row_dual is None:
        return {}
    price: Floats = np.abs(answer.row_dual)
    return {label: float(price[row]) for row, label in enumerate(program.row_labels())}
