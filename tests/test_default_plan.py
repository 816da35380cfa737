"""The main job on the default data: proven within the asked gap, audited, the same plan every time."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer import load_scenario, solve

DATA = Path(__file__).parent.parent / "data"


@pytest.mark.slow
def test_the_joint_plan_is_proven_audited_and_the_same_twice() -> None:
    scenario = load_scenario(DATA)
    first = solve(scenario, gap=0.005, time_limit=250)
    assert (first.status, first.termination) == ("feasible", "gap")
    assert first.gap is not None and first.gap <= 0.005
    assert first.findings == ()
    assert first.objective_difference_meur <= 0.01
    assert first.strategy == "decomposed"
    second = solve(scenario, gap=0.005, time_limit=250)
    assert second.plan == first.plan
