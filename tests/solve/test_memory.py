"""What a memory leaves to the next solve's finish."""

from __future__ import annotations

import numpy as np
from scenario_maker import make

from optimizer.model.build import build
from optimizer.solve.memory import Memory


def test_a_finish_starts_from_the_finished_plan_of_the_nearest_scenario() -> None:
    base = make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3")
    free = base.with_rule("annual_budget", on=False)
    other = base.replace(settings={"discount_rate": 0.09}).with_rule("type_limit", on=False)
    memory, model = Memory(), build(base, whole_deliveries=True)
    assert memory.earlier_finish(base) is None
    plan = np.zeros(model.arrays.columns)
    (nation, contract), (delivery, *_) = next(iter(model.variables.deliveries.items()))
    plan[model.program.column(delivery.variable)] = 2.0
    memory.learn_finish(model, plan)
    # A plan of a scenario that differs more came later, and is not taken.
    memory.learn_finish(build(other, whole_deliveries=True), np.zeros(model.arrays.columns))
    assert memory.earlier_finish(free) == {(nation, contract, delivery.year): 2.0}
    assert memory.earlier_finish(other) == {}
