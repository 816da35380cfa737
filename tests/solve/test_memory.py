"""What a memory leaves to the next solve's finish."""

from __future__ import annotations

from scenario_maker import make

from optimizer.solve.memory import Finish, Memory


def test_a_finish_starts_from_the_finished_plan_of_the_nearest_scenario() -> None:
    base = make(programs="program\njet\nkite", requirements="nation quantity\nAAA 3")
    free = base.with_rule("annual_budget", on=False)
    other = base.replace(settings={"discount_rate": 0.09}).with_rule("type_limit", on=False)
    memory, units = Memory(), {("AAA", "jet@AAA", 2026): 2}
    assert memory.earlier_finish(base) is None
    memory.learn_finish(base, units, 1e-4)
    # A plan of a scenario that differs more came later, and is not taken.
    memory.learn_finish(other, {}, 0.0)
    assert memory.earlier_finish(free) == Finish(base, units, 1e-4)
    assert memory.earlier_finish(other) == Finish(other, {}, 0.0)
