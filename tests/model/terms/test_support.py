"""Support: what units in service cost every year, the year of delivery included."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Plan, Scenario
from optimizer.model.terms import support

JET = "program support_meur_per_unit_year\njet 4"


def value(scenario: Scenario, plan: Plan) -> float:
    """The term on a plan, the same in the model."""
    money = term(support, scenario, plan)
    assert in_model(scenario, plan, "support") == pytest.approx(money)
    return money


@pytest.mark.parametrize(
    ("deliveries", "years"),
    [
        ("AAA jet@AAA 2026 1", 1 + 0.8 + 0.64),
        ("AAA jet@AAA 2028 1", 0.64),
        ("AAA jet@AAA 2026 1\nAAA jet@AAA 2027 2", 1 + 3 * 0.8 + 3 * 0.64),
        ("", 0),
    ],
)
def test_from_the_year_of_delivery_to_the_horizon(deliveries: str, years: float) -> None:
    scenario = make(rate=0.25, programs=JET, requirements="nation quantity\nAAA 3")
    assert value(scenario, plan_of(deliveries)) == pytest.approx(4 * years)


def test_lines_that_end_early_leave_their_units_in_service() -> None:
    scenario = make(programs="program support_meur_per_unit_year last_delivery\njet 4 2026", requirements="nation\nAAA")
    assert value(scenario, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(12)


def test_fleets_and_units_under_contract_pay_none() -> None:
    scenario = make(
        programs=JET,
        fleets="nation program units\nAAA jet 9",
        requirements="""
        nation quantity contracted_units baseline_program
        AAA    20       8                jet""",
    )
    assert value(scenario, plan_of("AAA jet@AAA 2026 1")) == pytest.approx(12)
