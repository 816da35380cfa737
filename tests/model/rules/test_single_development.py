"""Single development: one launching contract, a variant after its base, a shared element paid once."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.single_development import RULE

NEED = "nation need_by\nAAA 2027\nBBB 2027"


def test_one_contract_is_allowed_and_two_are_not() -> None:
    # Alone each nation would develop for 100; only one may, so the other is short for two years.
    scenario = make(programs=EAGLE, requirements=NEED, mode="national")
    assert best(scenario).objective_meur == pytest.approx(110 + 200)
    assert excesses(RULE, scenario, plan_of("AAA eagle@AAA 2027 1")) == {}
    both = plan_of("AAA eagle@AAA 2027 1\nBBB eagle@BBB 2027 1")
    assert excesses(RULE, scenario, both) == {("eagle",): 1}


def test_a_finished_development_has_as_many_contracts_as_it_likes() -> None:
    scenario = make(programs=EAGLE.replace(" 100 ", " 0 "), requirements=NEED, mode="national")
    assert best(scenario).objective_meur == pytest.approx(20)
    both = plan_of("AAA eagle@AAA 2027 1\nBBB eagle@BBB 2027 1")
    assert excesses(RULE, scenario, both) == {}


VARIANT = """
program  kind                  lead  buyers  development_meur  variant_of  variant_development_meur  unit_cost_meur
base     national_development  AAA   -       50                -           -                         10
twin     national_development  BBB   BBB     999               base        20                        5
"""


def test_a_variant_needs_its_base() -> None:
    scenario = make(programs=VARIANT, requirements="nation\nAAA\nBBB", mode="national")
    together = plan_of("AAA base@AAA 2026 1\nBBB twin@BBB 2026 1")
    assert excesses(RULE, scenario, together) == {}
    assert excesses(RULE, scenario, plan_of("BBB twin@BBB 2026 1")) == {("twin", "base"): 1}
    # Base 50 + 10, variant 20 + 5, against 300 for each nation that is short.
    assert best(scenario).objective_meur == pytest.approx(85)


def test_a_variant_whose_base_nobody_can_launch_is_not_launched() -> None:
    scenario = make(programs=VARIANT, requirements="nation\nBBB", mode="national")
    # BBB is no partner of the base, and AAA wants nothing.
    assert bought(best(scenario)) == {}


ELEMENT = """
program  kind                  lead  buyers  element  development_meur
hawk     national_development  AAA   AAA     engine   30
kite     national_development  BBB   BBB     engine   0
"""


def engines(budget: str = "nation year class budget_meur\nAAA 2026 support 0"):  # type: ignore[no-untyped-def]
    return make(
        programs=ELEMENT,
        requirements="nation\nAAA\nBBB",
        mode="national",
        budgets=budget,
        elements="element development_meur\nengine 40",
    )


def test_a_shared_element_is_paid_once_in_any_split() -> None:
    # 30 + 40 + two units; AAA's purse of 35 covers its own 30 and five of the engine.
    assert best(engines()).objective_meur == pytest.approx(90)
    tight = engines("nation year class budget_meur\nAAA 2026 development 35\nBBB 2026 development 35")
    solution = best(tight)
    assert solution.objective_meur == pytest.approx(90)
    assert solution.plan.elements == pytest.approx({("AAA", "hawk@AAA"): 5.0, ("BBB", "kite@BBB"): 35.0})


def test_the_check_reports_element_money_missing_too_much_or_misplaced() -> None:
    lines = "AAA hawk@AAA 2026 1\nBBB kite@BBB 2026 1"

    def found(elements: dict[tuple[str, str], float], text: str = lines) -> dict[tuple[object, ...], float]:
        return excesses(RULE, engines(), plan_of(text, elements=elements))

    assert found({("AAA", "hawk@AAA"): 15, ("BBB", "kite@BBB"): 25}) == {}
    assert found({("AAA", "hawk@AAA"): 40}) == {}
    assert found({("AAA", "hawk@AAA"): 15, ("BBB", "kite@BBB"): 20}) == {("engine",): 5}
    assert found({("AAA", "hawk@AAA"): 40, ("BBB", "kite@BBB"): 5}) == {("engine",): 5}
    assert found({("AAA", "hawk@AAA"): 15, ("BBB", "kite@BBB"): 25}, "AAA hawk@AAA 2026 1") == {
        ("engine",): 25,
        ("BBB", "kite@BBB", "element"): 25,
    }
    assert found({("AAA", "hawk@AAA"): 50, ("BBB", "kite@BBB"): -10}) == {("BBB", "kite@BBB", "negative"): 10}
    assert found({}, "") == {}


def test_no_development_no_rows() -> None:
    assert row_keys(RULE, make(programs="program\njet", requirements="nation\nAAA")) == []
    assert row_keys(RULE, make(programs=EAGLE, requirements=NEED)) == []  # one contract only
    assert row_keys(RULE, make(programs=EAGLE, requirements=NEED, mode="national")) == [("eagle",)]
