"""Development paid: the partners that joined, and grants, pay a development in full."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, excesses, make, plan_of, row_keys

from optimizer.model.rules.development_paid import RULE

NEED = "nation need_by\nAAA 2027\nBBB 2027"
BOTH = "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1"
ROOT = EAGLE.replace(" 0 ", " 0.5 ")


def test_exactly_the_cost_is_allowed_and_a_cent_less_or_more_is_reported() -> None:
    # Two partners with k = 0.5: 100 * 2^0.5 = 141.4213562.
    scenario = make(programs=ROOT, requirements=NEED)

    def paid(second: float) -> dict[tuple[object, ...], float]:
        money = {("AAA", "eagle@joint"): 100.0, ("BBB", "eagle@joint"): second}
        return excesses(RULE, scenario, plan_of(BOTH, development=money))

    assert paid(100 * 2**0.5 - 100) == {}
    assert paid(41) == {("eagle@joint",): 0.4213562}
    assert paid(42) == {("eagle@joint",): 0.5786438}


def test_a_solve_pays_in_full() -> None:
    solution = best(make(programs=ROOT, requirements=NEED))
    assert sum(solution.plan.development.values()) == pytest.approx(100 * 2**0.5)
    assert solution.objective_meur == pytest.approx(100 * 2**0.5 + 20)


def test_money_that_is_not_there_prevents_the_launch() -> None:
    # Only 99.9 in all purses of the development year; both units stay short for two years.
    budgets = "nation year class budget_meur\nAAA 2026 development 50\nBBB 2026 development {}"
    enough = make(programs=EAGLE, requirements=NEED, budgets=budgets.format("50"))
    short = make(programs=EAGLE, requirements=NEED, budgets=budgets.format("49.9"))
    assert best(enough).objective_meur == pytest.approx(120)
    assert best(short).objective_meur == pytest.approx(400)


def test_only_partners_that_joined_pay() -> None:
    nations = "nation\nAAA\nBBB\nCCC"
    need = "nation need_by\nAAA 2027\nBBB 2027\nCCC 2027"
    scenario = make(nations=nations, programs=EAGLE, requirements=need)
    # BBB is a partner that buys nothing, CCC a customer.
    plan = plan_of(
        "AAA eagle@joint 2027 1\nCCC eagle@joint 2027 1",
        development={("AAA", "eagle@joint"): 70, ("BBB", "eagle@joint"): 10, ("CCC", "eagle@joint"): 20},
    )
    assert excesses(RULE, scenario, plan) == {("BBB", "eagle@joint"): 10, ("CCC", "eagle@joint"): 20}


def test_negative_money_is_no_payment() -> None:
    scenario = make(programs=EAGLE, requirements=NEED)
    plan = plan_of(BOTH, development={("AAA", "eagle@joint"): 110, ("BBB", "eagle@joint"): -10})
    assert excesses(RULE, scenario, plan) == {("BBB", "eagle@joint", "negative"): 10}


def test_a_finished_development_costs_nothing_and_has_no_rows() -> None:
    finished = EAGLE.replace(" 100 ", " 0 ")
    scenario = make(programs=finished, requirements=NEED)
    assert row_keys(RULE, scenario) == []
    assert best(scenario).objective_meur == pytest.approx(20)
    assert row_keys(RULE, make(programs="program\njet", requirements=NEED)) == []
