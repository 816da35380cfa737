"""Rows that tighten the relaxation: they remove no plan, and bring the relaxation nearer to the best one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from reference.scenarios import write_random
from scenario_maker import make

from optimizer import Scenario, load_scenario
from optimizer.model.arrays import Arrays
from optimizer.model.build import build, weights_of
from optimizer.model.highs import Highs


def priced(scenario: Scenario, *, tightened: bool, whole_deliveries: bool = True) -> Arrays:
    model = build(scenario, whole_deliveries=whole_deliveries, tightened=tightened)
    cost, offset = model.cost_of(weights_of(scenario))
    return replace(model.arrays, cost=cost, offset=offset)


def relaxed(arrays: Arrays) -> float:
    return Highs(arrays, relax=True, presolve=False).run().objective + arrays.offset


@pytest.mark.parametrize("whole_deliveries", [True, False])
@pytest.mark.parametrize("seed", [3, 11, 29, 47, 83])
def test_no_plan_is_lost_and_the_relaxation_never_falls(tmp_path: Path, seed: int, whole_deliveries: bool) -> None:
    write_random(tmp_path, seed, size="small")
    scenario = load_scenario(tmp_path)
    loose = priced(scenario, tightened=False, whole_deliveries=whole_deliveries)
    tight = priced(scenario, tightened=True, whole_deliveries=whole_deliveries)
    found = [Highs(arrays, presolve=False).run(gap=0.0, time_limit=20.0) for arrays in (loose, tight)]
    room = 1e-6 * max(1.0, abs(found[0].objective))
    if whole_deliveries:
        assert {answer.status for answer in found} in ({"optimal"}, {"infeasible"})
    else:  # in fractions there are plans that are none in whole units
        exact = priced(scenario, tightened=False)
        best = Highs(exact, presolve=False).run(gap=0.0, time_limit=20.0)
        assert best.x is None or found[1].objective + tight.offset <= best.objective + exact.offset + room
    if found[1].x is not None:
        more = found[1].objective - found[0].objective
        assert -room <= more and (more <= room or not whole_deliveries)
        assert relaxed(tight) >= relaxed(loose) - 1e-6 * max(1.0, abs(relaxed(loose)))


def test_half_a_contract_has_half_a_line() -> None:
    # A line makes one jet a year and two are needed at once. Fractions would sign half of the development for half of
    # its cost and still use all of its line; whole plans sign it or not.
    scenario = make(
        programs="""
program  kind               partners  development_meur  annual_capacity_units  suppliers
jet      off_the_shelf      -         -                 1                      AAA:1
eagle    joint_development  AAA;BBB   60                1                      AAA:0.5;BBB:0.5
""",
        requirements="nation quantity\nAAA 1\nBBB 1",
    )
    loose, tight = priced(scenario, tightened=False), priced(scenario, tightened=True)
    best = [Highs(arrays, presolve=False).run(gap=0.0).objective + arrays.offset for arrays in (loose, tight)]
    assert best[0] == pytest.approx(best[1])
    assert relaxed(loose) < relaxed(tight) - 1.0
    assert relaxed(tight) <= best[1] + 1e-6


def test_a_budget_too_small_for_a_unit_in_every_year_buys_none() -> None:
    # A ship of 80, all due in its year, against 60 a year: in fractions two years buy one, which is better than none.
    scenario = make(
        programs="program unit_cost_meur suppliers\nship 80 AAA:1",
        requirements="nation quantity\nAAA 1",
        budgets="nation year class budget_meur\nAAA 2026 all 60\nAAA 2027 all 60\nAAA 2028 all 60",
    )
    loose, tight = (priced(scenario, tightened=t, whole_deliveries=False) for t in (False, True))
    exact = priced(scenario, tightened=False)
    best = Highs(exact, presolve=False).run(gap=0.0).objective + exact.offset
    assert relaxed(loose) < best - 1.0
    assert relaxed(tight) == pytest.approx(best)
