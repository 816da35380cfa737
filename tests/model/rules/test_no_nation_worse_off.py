"""No nation worse off: no nation pays more, shortfall priced in, than in the national baseline."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, bought, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.model.rules.no_nation_worse_off import RULE

ON = {"no_nation_worse_off": {"on": True}}
NEED = "nation need_by\nAAA 2027\nBBB 2027"
BOTH = "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1"


def against(costs: dict[str, float], **more: str):  # type: ignore[no-untyped-def]
    return make(programs=EAGLE, requirements=NEED, rules=ON, national_costs=costs, **more)


def test_exactly_the_national_cost_is_allowed_and_less_is_not() -> None:
    # Together 120, each at least its unit of 10. Doing without costs each nation 200.
    assert best(against({"AAA": 60, "BBB": 60})).objective_meur == pytest.approx(120)
    assert best(against({"AAA": 109.9, "BBB": 10.1})).objective_meur == pytest.approx(120)
    # 119.9 in all is not enough for the launch, and doing without is dearer still: nothing is allowed.
    assert solve(against({"AAA": 109.8, "BBB": 10.1})).status == "infeasible"


def test_the_check_reports_the_money_beyond_it_shortfall_included() -> None:
    plan = plan_of(BOTH, development={("AAA", "eagle@joint"): 70, ("BBB", "eagle@joint"): 30})
    assert excesses(RULE, against({"AAA": 80.0, "BBB": 40.0}), plan) == {}
    over = excesses(RULE, against({"AAA": 75.0, "BBB": 39.0}), plan)
    assert over == {("AAA",): pytest.approx(5, abs=1e-3), ("BBB",): pytest.approx(1, abs=1e-3)}
    # AAA alone pays 110; BBB is short for two years at 100.
    alone = plan_of("AAA eagle@AAA 2027 1", development={("AAA", "eagle@AAA"): 100})
    assert excesses(RULE, against({"AAA": 110.0, "BBB": 150.0}), alone) == {("BBB",): pytest.approx(50, abs=1e-3)}


def test_costs_are_discounted() -> None:
    # At 100 % the jet of 2027 costs 5 in money of 2026, the year short before it 100.
    scenario = make(
        programs="program\njet", requirements="nation\nAAA", rules=ON, rate=1.0, national_costs={"AAA": 105.0}
    )
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2027 1")) == {}
    tighter = scenario.replace(national_costs={"AAA": 104.0})
    assert excesses(RULE, tighter, plan_of("AAA jet@AAA 2027 1")) == {("AAA",): pytest.approx(1, abs=1e-3)}


def test_a_solve_finds_the_baseline_itself() -> None:
    # Alone, AAA buys kites at 12 and BBB jets at 11. Together jets cost BBB 10, AAA 14 with its dear offer; the joint
    # plan is cheaper in sum only if AAA may lose.
    tables = {
        "programs": "program buyers\njet -\nkite AAA",
        "prices": "program from_units unit_price_meur\njet 1 15\njet 2 8\nkite 1 12",
        "offers": "program nation unit_price_meur\njet AAA 14",
        "requirements": "nation\nAAA\nBBB",
    }
    # Free: both jets, 14 + 8 = 22. Nationally: kite 12 and jet 15. Protected: AAA keeps the kite, 27.
    free, kept = best(make(**tables)), best(make(**tables, rules=ON))
    assert free.objective_meur == pytest.approx(22)
    assert kept.objective_meur == pytest.approx(27)
    assert bought(kept) == {("AAA", "kite"): 1, ("BBB", "jet"): 1}
    assert kept.national_costs == pytest.approx({"AAA": 12.0, "BBB": 15.0})


def test_without_a_baseline_no_rows() -> None:
    assert row_keys(RULE, make(programs=EAGLE, requirements=NEED, rules=ON)) == []
    assert row_keys(RULE, against({"AAA": 1.0})) == [("AAA",)]
    assert not RULE.is_on(make(programs=EAGLE, requirements=NEED))
