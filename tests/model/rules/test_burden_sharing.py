"""Burden sharing: a nation's share of joint development money within a band around its share of GDP."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.burden_sharing import RULE

NATIONS = "nation gdp_meur\nAAA 300\nBBB 100"
NEED = "nation need_by\nAAA 2027\nBBB 2027"
BOTH = "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1"


def shared(tolerance: float, budget: str = "nation year class budget_meur\nBBB 2026 development 20", **more: str):  # type: ignore[no-untyped-def]
    return make(
        nations=NATIONS,
        programs=EAGLE,
        requirements=NEED,
        budgets=budget,
        rules={"burden_sharing": {"tolerance": tolerance}},
        **more,
    )


def test_exactly_the_band_is_allowed_and_a_narrower_one_is_not() -> None:
    # BBB's fair part of 100 is 25, and it has 20: inside a band of 20 %, outside one of 19 %.
    assert bought(best(shared(0.20))) == {("AAA", "eagle"): 1, ("BBB", "eagle"): 1}
    assert ("BBB", "eagle") not in bought(best(shared(0.19)))


def test_the_check_reports_money_outside_the_band() -> None:
    plan = plan_of(BOTH, development={("AAA", "eagle@joint"): 85, ("BBB", "eagle@joint"): 15})
    # With 10 %: AAA at most 82.5 of 100, BBB at least 22.5.
    assert excesses(RULE, shared(0.1), plan) == {("joint", "AAA", "most"): 2.5, ("joint", "BBB", "least"): 7.5}
    fair = plan_of(BOTH, development={("AAA", "eagle@joint"): 77.5, ("BBB", "eagle@joint"): 22.5})
    assert excesses(RULE, shared(0.1), fair) == {}


def test_the_default_band_is_half() -> None:
    scenario = make(nations=NATIONS, programs=EAGLE, requirements=NEED, rules={"burden_sharing": {"on": True}})
    plan = plan_of(BOTH, development={("AAA", "eagle@joint"): 90, ("BBB", "eagle@joint"): 10})
    # BBB at least half of 25.
    assert excesses(RULE, scenario, plan) == {("joint", "BBB", "least"): 2.5}


def test_it_is_off_unless_named() -> None:
    assert not RULE.is_on(make(programs=EAGLE, requirements=NEED))
    assert RULE.is_on(shared(0.1))
    assert not RULE.is_on(shared(0.1).with_rule("burden_sharing", on=False))


def test_no_joint_development_no_rows() -> None:
    rules = {"burden_sharing": {"on": True}}
    assert row_keys(RULE, make(nations=NATIONS, programs="program\njet", requirements=NEED, rules=rules)) == []
    assert row_keys(RULE, make(nations=NATIONS, programs=EAGLE, requirements=NEED, rules=rules, mode="national")) == []
    assert row_keys(RULE, make(programs=EAGLE, requirements=NEED, rules=rules)) == []  # no GDP is known
    assert len(row_keys(RULE, shared(0.1))) == 4


def test_own_contracts_do_not_count() -> None:
    plan = plan_of("AAA eagle@AAA 2027 1", development={("AAA", "eagle@AAA"): 100})
    assert excesses(RULE, shared(0.0), plan) == {}


def test_a_wide_band_lets_one_pay_all() -> None:
    # Upper edge (1 + 1) * 75 % of 100 and lower edge 0: BBB's empty purse is no obstacle.
    scenario = shared(1.0, "nation year class budget_meur\nBBB 2026 development 0")
    assert best(scenario).objective_meur == pytest.approx(120)


def test_soft_money_outside_the_band_costs_its_price() -> None:
    # BBB pays 20 where 25 are fair, AAA 80 instead of 75: ten outside at 0.1.
    soft = shared(0.0).with_rule("burden_sharing", soft=True, price=0.1)
    solution = best(soft)
    assert solution.objective_meur == pytest.approx(121)
    assert solution.relaxation_meur == pytest.approx(1)
