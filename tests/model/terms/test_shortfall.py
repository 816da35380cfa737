"""Shortfall: price times priority times units missing, each year from the need date on, discounted."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Plan, Scenario
from optimizer.model.terms import shortfall


def value(scenario: Scenario, plan: Plan) -> float:
    """The term on a plan, the same in the model."""
    money = term(shortfall, scenario, plan)
    assert in_model(scenario, plan, "shortfall") == pytest.approx(money, abs=1e-3)
    return money


@pytest.mark.parametrize(
    ("deliveries", "unit_years"),
    [
        ("", 2 * (0.8 + 0.64)),
        ("AAA jet@AAA 2026 2", 0),
        ("AAA jet@AAA 2027 1\nAAA jet@AAA 2028 1", 0.8),
    ],
)
def test_every_year_from_the_need_date_on(deliveries: str, unit_years: float) -> None:
    # At 25 %: 0.8 in 2027, 0.64 in 2028; a unit missing for a year costs 100 * 1.5.
    scenario = make(rate=0.25, programs="program\njet", requirements="nation quantity need_by priority\nAAA 2 2027 1.5")
    assert value(scenario, plan_of(deliveries)) == pytest.approx(150 * unit_years)


def test_it_counts_required_units() -> None:
    # 1.5 asked, one unit does 0.4.
    scenario = make(programs="program effect_per_unit\njet 0.4", requirements="nation quantity\nAAA 1.5")
    assert value(scenario, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(1.1 * 3 * 100)


def test_the_cheapest_rows_are_short_first() -> None:
    scenario = make(programs="program\njet", requirements="nation quantity priority\nAAA 2 3\nAAA 2 1")
    # Of four one is there: two short at 100, one at 300, for three years.
    assert value(scenario, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(3 * (200 + 300))


def test_grades_decide_who_is_short() -> None:
    # The unit of grade 3 cannot help the row of grade 4: 200 for it, nothing for the other.
    scenario = make(programs="program\njet", requirements="nation priority min_grade\nAAA 2 4\nAAA 1 1")
    assert value(scenario, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(600)
    # A unit of grade 4 can help either, and helps the dearer one.
    better = make(programs="program grade\njet 4", requirements="nation priority min_grade\nAAA 2 4\nAAA 1 1")
    assert value(better, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(300)


def test_targets_of_the_alliance_are_priced_like_national_rows() -> None:
    scenario = make(
        nations="nation blocs\nAAA EU\nBBB EU",
        programs="program\njet",
        requirements="nation quantity priority contracted_units baseline_program\nEU 4 2 1 jet",
    )
    # Four, one under contract; AAA lends two of its two at most (half of four): one short at 200 for three years.
    assert value(scenario, plan_of("AAA jet@joint 2026 2")) == pytest.approx(600)
    assert value(scenario, plan_of("AAA jet@joint 2026 2\nBBB jet@joint 2026 1")) == pytest.approx(0)


def test_a_capability_without_a_price_costs_nothing() -> None:
    scenario = make(
        capabilities="capability shortfall_meur_per_unit_year\nfighter 0",
        programs="program\njet",
        requirements="nation\nAAA",
    )
    assert value(scenario, plan_of("")) == 0
