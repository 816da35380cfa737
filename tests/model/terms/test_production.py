"""Production: units at the price of their contract's total with all uplifts, discounted when paid."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Plan, Scenario
from optimizer.model.terms import production


def value(scenario: Scenario, plan: Plan) -> float:
    """The term on a plan, the same in the model."""
    money = term(production, scenario, plan)
    assert in_model(scenario, plan, "production") == pytest.approx(money)
    return money


@pytest.mark.parametrize(
    ("profile", "factor"),
    [
        ("-", 0.8),  # on delivery in 2027, at 25 %
        ("-1:0.5;0:0.5", 0.9),
        ("-5:0.5;0:0.5", 0.9),  # before the horizon: in its first year
        ("0:0.5;1:0.25;7:0.25", 0.72),  # after it: in its last, 0.5 * 0.8 + 0.5 * 0.64
    ],
)
def test_payments_are_discounted_in_the_year_they_are_due(profile: str, factor: float) -> None:
    jet = f"program payment_profile\njet {profile}"
    scenario = make(rate=0.25, programs=jet, requirements="nation quantity\nAAA 3")
    assert value(scenario, plan_of("AAA jet@AAA 2027 3")) == pytest.approx(30 * factor)


def test_uplifts_multiply() -> None:
    # A customer (5 % more) abroad (10 %) in a pooled contract (20 %): 10 * 1.2 * 1.05 * 1.1. The lead pays the pool's.
    scenario = make(
        requirements="nation\nAAA\nBBB",
        programs="""
        program kind                 development_meur premium_share sale_surcharge_share
        hawk    national_development 0                0.2           0.1""",
    )
    plan = plan_of("AAA hawk@joint 2026 1\nBBB hawk@joint 2026 1")
    assert value(scenario, plan) == pytest.approx(10 * 1.2 + 10 * 1.2 * 1.05 * 1.1)
    own = plan_of("AAA hawk@AAA 2026 1\nBBB hawk@BBB 2026 1")
    assert value(scenario, own) == pytest.approx(10 + 10 * 1.05 * 1.1)


def test_the_customer_premium_is_asked_of_customers_of_developments_only() -> None:
    shelf = make(requirements="nation\nBBB", programs="program customer_premium_share\njet 0.5")
    assert value(shelf, plan_of("BBB jet@BBB 2026 1")) == pytest.approx(10)
    named = make(
        requirements="nation\nBBB",
        programs="""
        program kind                 partners development_meur customer_premium_share
        hawk    national_development AAA      0                0.3""",
    )
    assert value(named, plan_of("BBB hawk@BBB 2026 1")) == pytest.approx(13)


def test_an_offered_price_replaces_the_band_but_its_units_count() -> None:
    # Three units in all: BBB pays the price of three, AAA its own 6, surcharge included.
    scenario = make(
        requirements="nation quantity\nAAA 2\nBBB 1",
        programs="""
        program lead sale_surcharge_share
        jet     BBB  0.1""",
        prices="program from_units unit_price_meur\njet 1 10\njet 3 8",
        offers="program nation unit_price_meur\njet AAA 6",
    )
    plan = plan_of("AAA jet@joint 2026 2\nBBB jet@joint 2026 1")
    assert value(scenario, plan) == pytest.approx(2 * 6 * 1.1 + 8)


def test_learning_lowers_the_price_of_every_unit() -> None:
    # Slope 0.5: unit x costs T1 / x, T1 = 10. One band 1..4, price of its middle 2: (10 + 5) / 2.
    scenario = make(
        requirements="nation quantity\nAAA 4",
        programs="program learning_slope\njet 0.5",
        rules={"price_bands": {"bands": 1}},
    )
    assert value(scenario, plan_of("AAA jet@AAA 2026 4")) == pytest.approx(4 * 7.5)
