"""Work placed: the work of an open development lies in its pool, each nation within its work limits."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.model.rules.work_placed import RULE

NEED = "nation need_by\nAAA 2027\nBBB 2027"
BOTH = "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1"
A, B = ("AAA", "eagle@joint"), ("BBB", "eagle@joint")


def placed(work: dict[tuple[str, str], float], programs: str = EAGLE, **more: str) -> dict[tuple[object, ...], float]:
    return excesses(RULE, make(programs=programs, requirements=NEED, **more), plan_of(BOTH, work=work))


def test_exactly_the_limit_is_allowed_and_more_is_reported() -> None:
    # Value 100 + 2 * 10 = 120; a nation may have 1.5 times its half: 90.
    assert placed({A: 90, B: 30}) == {}
    assert placed({A: 91, B: 29}) == {("AAA", "eagle@joint"): 1}


def test_all_of_it_must_be_placed() -> None:
    assert placed({A: 60, B: 59}) == {("eagle@joint",): 1}
    assert placed({A: 61, B: 60}) == {("eagle@joint",): 1}
    assert placed({}) == {("eagle@joint",): 120}


def test_what_arises_outside_the_pool_is_not_placed_in_it() -> None:
    # A quarter of 120 is made abroad: 90 inside.
    programs = EAGLE.replace("AAA:0.5;BBB:0.5", "AAA:0.5;BBB:0.25;USA:0.25")
    assert placed({A: 50, B: 40}, programs) == {}
    # BBB's limit is 1.5 * 0.25 * 120 = 45.
    assert placed({A: 44, B: 46}, programs) == {("BBB", "eagle@joint"): 1}


def test_offers_set_the_limits() -> None:
    offers = {"offers": "program nation work_limit work_minimum\neagle AAA 0.6 -\neagle BBB - 0.45"}
    assert placed({A: 66, B: 54}, **offers) == {}
    # AAA at most 72, BBB at least 54.
    assert placed({A: 75, B: 45}, **offers) == {("AAA", "eagle@joint"): 3, ("BBB", "eagle@joint"): 9}


def test_a_nation_without_share_and_offer_gets_nothing() -> None:
    programs = EAGLE.replace("AAA:0.5;BBB:0.5", "AAA:1")
    assert placed({A: 120}, programs) == {}
    assert placed({A: 119, B: 1}, programs) == {("BBB", "eagle@joint"): 1}


def test_joining_is_not_needed_to_get_work() -> None:
    scenario = make(programs=EAGLE, requirements=NEED)
    plan = plan_of("AAA eagle@joint 2027 1", work={A: 55, B: 55})
    assert excesses(RULE, scenario, plan) == {}


def test_work_of_other_contracts_or_nations_is_misplaced() -> None:
    scenario = make(programs="program\njet", requirements="nation\nAAA\nBBB")
    plan = plan_of("AAA jet@joint 2026 1", work={("AAA", "jet@joint"): 5})
    assert excesses(RULE, scenario, plan) == {("AAA", "jet@joint"): 5}


def test_limits_that_leave_work_over_prevent_the_launch() -> None:
    def cost(limit: str) -> float | None:
        offers = f"program nation work_limit\neagle AAA 0.5\neagle BBB {limit}"
        return solve(make(programs=EAGLE, requirements=NEED, offers=offers)).objective_meur

    assert cost("0.5") == pytest.approx(120)
    # A hundredth of the joint work has no place. AAA launches alone, where half of the work arises inside, within its
    # limit: 110, and BBB is short for two years.
    assert cost("0.49") == pytest.approx(110 + 200)


def test_the_solver_places_the_work() -> None:
    # The two limits leave one way only: 12 and 108 of 120.
    offers = "program nation work_limit\neagle AAA 0.1\neagle BBB 0.9"
    solution = best(make(programs=EAGLE, requirements=NEED, offers=offers))
    assert solution.plan.work == pytest.approx({A: 12.0, B: 108.0})


def test_no_open_development_no_rows() -> None:
    assert row_keys(RULE, make(programs="program\njet", requirements="nation\nAAA\nBBB")) == []
    assert len(row_keys(RULE, make(programs=EAGLE, requirements=NEED))) == 3
