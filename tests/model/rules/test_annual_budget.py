"""Annual budget: payments by nation, year and class within budget plus what was carried over."""

from __future__ import annotations

import pytest
from scenario_maker import best, calendar, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.audit import audit
from optimizer.model.rules.annual_budget import RULE

JET = "program\njet"
THREE = "nation quantity\nAAA 3"


def budget(text: str, **more: object):  # type: ignore[no-untyped-def]
    return make(programs=JET, requirements=THREE, budgets=text, **more)


def test_exactly_the_budget_is_allowed_and_one_more_euro_is_not() -> None:
    # Three jets at 10 in 2026. With 29.99 the third is bought in 2027: 30 paid, one unit short for one year at 100.
    assert best(budget("nation year budget_meur\nAAA 2026 30")).objective_meur == pytest.approx(30)
    late = best(budget("nation year budget_meur\nAAA 2026 29.99"))
    assert late.objective_meur == pytest.approx(130)
    assert calendar(late) == {("AAA", 2026): 2, ("AAA", 2027): 1}


def test_the_check_reports_the_money_over() -> None:
    scenario = budget("nation year budget_meur\nAAA 2026 25")
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 3")) == {("AAA", "all", 2026): 5}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2\nAAA jet@AAA 2027 1")) == {}


def test_no_budget_no_rows() -> None:
    assert row_keys(RULE, make(programs=JET, requirements=THREE)) == []


def test_a_share_of_what_is_left_is_carried_to_the_next_year_only() -> None:
    # Jets come in 2027 for 30: 20 of that year and half of the 20 left from 2026. From 2026 nothing reaches 2028.
    late = "program first_delivery\njet 2027"
    need = "nation quantity need_by\nAAA 3 2027"
    enough = "nation year budget_meur carry_over_share\nAAA 2026 20 0.5\nAAA 2027 20 0"
    short = "nation year budget_meur carry_over_share\nAAA 2026 19.9 0.5\nAAA 2027 20 0"
    assert best(make(programs=late, requirements=need, budgets=enough)).objective_meur == pytest.approx(30)
    assert best(make(programs=late, requirements=need, budgets=short)).objective_meur == pytest.approx(130)
    # 30 - (20 + 9.95) is missing.
    scenario = make(programs=late, requirements=need, budgets=short)
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2027 3")) == {("AAA", "all", 2027): 0.05}


def test_what_is_carried_cascades_and_a_year_without_a_row_breaks_the_chain() -> None:
    # 2026: 20 left, all carried; 2027: 20 left of 20 + 0, half carried; 2028: 10 + 0.
    text = "nation year budget_meur carry_over_share\nAAA 2026 20 1\nAAA 2027 0 0.5\nAAA 2028 0 0"
    scenario = make(programs=JET, requirements="nation quantity need_by\nAAA 1 2028", budgets=text)
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2028 1")) == {}
    gap = "nation year budget_meur carry_over_share\nAAA 2026 20 1\nAAA 2028 0 0"
    scenario = make(programs=JET, requirements="nation quantity need_by\nAAA 1 2028", budgets=gap)
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2028 1")) == {("AAA", "all", 2028): 10}


def test_classes_are_limited_each_and_together() -> None:
    # One jet: 10 procurement and 4 joining in 2026, 3 support and 2 operating in every year.
    jet = "program joining_meur support_meur_per_unit_year operating_type_meur_per_year\njet 4 3 2"
    plan = plan_of("AAA jet@AAA 2026 1")

    def over(money_class: str) -> dict[tuple[object, ...], float]:
        text = f"nation year class budget_meur\nAAA 2026 {money_class} 1"
        return excesses(RULE, make(programs=jet, requirements="nation\nAAA", budgets=text), plan)

    assert over("procurement") == {("AAA", "procurement", 2026): 13}
    assert over("support") == {("AAA", "support", 2026): 4}
    assert over("all") == {("AAA", "all", 2026): 18}
    assert over("development") == {}


def test_a_row_of_class_all_replaces_the_budget_of_the_nation_in_its_year_only() -> None:
    nations = "nation budget_meur\nAAA 10\nBBB -"
    scenario = make(
        nations=nations,
        programs=JET,
        requirements=THREE,
        budgets="nation year class budget_meur\nAAA 2027 all 20\nAAA 2028 procurement 5",
    )
    plan = plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2027 2")
    assert excesses(RULE, scenario, plan) == {}
    # In 2028 both rows bind: 10 of all classes and 5 of procurement.
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2028 2")) == {
        ("AAA", "all", 2028): 10,
        ("AAA", "procurement", 2028): 15,
    }


def test_payments_outside_the_horizon_fall_due_in_its_nearest_year() -> None:
    # Half two years before delivery, half three years after: 2026 and 2028.
    jet = "program payment_profile\njet -2:0.5;3:0.5"
    scenario = make(
        programs=jet, requirements="nation\nAAA", budgets="nation year budget_meur\nAAA 2026 4\nAAA 2027 0\nAAA 2028 5"
    )
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2027 1")) == {("AAA", "all", 2026): 1}


def test_development_money_counts_by_its_profile() -> None:
    text = """
    program kind               partners  development_meur  development_profile  suppliers        first_delivery
    eagle   joint_development  AAA;BBB   100               2026:0.7;2027:0.3    AAA:0.5;BBB:0.5  2028
    """
    scenario = make(
        programs=text,
        requirements="nation need_by\nAAA 2028\nBBB 2028",
        budgets="nation year class budget_meur\nAAA 2026 development 20\nAAA 2027 all 20",
    )
    plan = plan_of(
        "AAA eagle@joint 2028 1\nBBB eagle@joint 2028 1",
        development={("AAA", "eagle@joint"): 50, ("BBB", "eagle@joint"): 91.42},
    )
    # 0.7 * 50 - 20 and 0.3 * 50 <= 20.
    assert excesses(RULE, scenario, plan) == {("AAA", "development", 2026): 15}


def test_soft_budgets_are_broken_at_their_price() -> None:
    # Five over in 2026 at 2 a piece is cheaper than a unit short for a year at 100.
    scenario = budget("nation year budget_meur\nAAA 2026 25", rules={"annual_budget": {"soft": True, "price": 2.0}})
    solution = solve(scenario)
    assert solution.objective_meur == pytest.approx(30 + 2 * 5)
    assert solution.relaxation_meur == pytest.approx(10)
    assert solution.objective_difference_meur <= 0.01
    assert audit(scenario, solution.plan).is_clean
    assert any("annual_budget" in warning for warning in solution.warnings)


def test_switched_off_it_binds_nothing() -> None:
    scenario = budget("nation year budget_meur\nAAA 2026 1", rules={"annual_budget": False})
    assert best(scenario).objective_meur == pytest.approx(30)
