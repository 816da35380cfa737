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
    start = np.zeros(model.arrays.columns)
    assert memory.earlier_finish(model) is None
    column = int(np.flatnonzero(model.arrays.integer)[0])
    plan = start.copy()
    plan[column] = 1.0
    memory.learn_finish(model, plan)
    # A plan of a scenario that differs more came later, and is not taken.
    memory.learn_finish(build(other, whole_deliveries=True), start)
    near, far = (memory.earlier_finish(build(scenario, whole_deliveries=True)) for scenario in (free, other))
    assert near is not None and near[column] == 1.0
    assert far is not None and not far.any()
