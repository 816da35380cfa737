"""Joining: introducing a program in its earliest year, and operating the type every year from then on."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of, term

from model.fixed_plan import in_model
from optimizer import Plan, Scenario
from optimizer.model.terms import joining

JET = "program joining_meur operating_type_meur_per_year first_delivery\njet 10 5 2027"
NEED = "nation need_by\nAAA 2027\nBBB 2027"


def value(scenario: Scenario, plan: Plan) -> float:
    """The term on a plan, the same in the model."""
    money = term(joining, scenario, plan)
    assert in_model(scenario, plan, "joining") == pytest.approx(money)
    return money


def test_it_falls_due_in_the_earliest_year_whenever_the_units_come() -> None:
    # 10 in 2027 and 5 in 2027 and 2028, at 25 %.
    scenario = make(rate=0.25, programs=JET, requirements=NEED)
    each = 10 * 0.8 + 5 * (0.8 + 0.64)
    assert value(scenario, plan_of("AAA jet@joint 2028 1")) == pytest.approx(each)
    assert value(scenario, plan_of("AAA jet@joint 2027 1\nBBB jet@joint 2028 1")) == pytest.approx(2 * each)
    assert value(scenario, plan_of("")) == 0


def test_the_earliest_year_is_that_of_the_pair() -> None:
    # BBB waits for approval: all of it in 2028.
    late = "program joining_meur operating_type_meur_per_year first_delivery approval_years\njet 10 5 2027 1"
    scenario = make(rate=0.25, programs=late, requirements="nation need_by\nBBB 2028")
    assert value(scenario, plan_of("BBB jet@BBB 2028 1")) == pytest.approx(15 * 0.64)


def test_an_offer_replaces_the_joining_cost() -> None:
    scenario = make(programs=JET, requirements=NEED, offers="program nation joining_meur\njet AAA 0\njet BBB 3")
    assert value(scenario, plan_of("AAA jet@joint 2027 1\nBBB jet@joint 2027 1")) == pytest.approx(0 + 3 + 4 * 5)


@pytest.mark.parametrize(("fleet", "cost"), [("jet", 0), ("jets", 20), ("relic", 20)])
def test_who_has_the_very_program_does_not_introduce_it(fleet: str, cost: float) -> None:
    programs = JET.replace("joining", "family joining").replace("jet 10", "jet jets 10")
    scenario = make(
        programs=programs,
        requirements="nation need_by\nAAA 2027",
        fleets=f"nation program units retires\nAAA {fleet} 0.5 2026",
    )
    assert value(scenario, plan_of("AAA jet@AAA 2027 1")) == pytest.approx(cost)


def test_units_under_contract_introduce_it_too() -> None:
    scenario = make(
        programs=JET,
        requirements="""
        nation quantity need_by contracted_units baseline_program
        AAA    2        2027    1                jet""",
    )
    assert value(scenario, plan_of("AAA jet@AAA 2027 1")) == 0


def test_a_program_is_joined_once_even_where_two_contracts_of_a_family_are() -> None:
    two = """
    program family joining_meur operating_type_meur_per_year
    jet     birds  10           1
    kite    birds  20           2
    """
    scenario = make(programs=two, requirements="nation quantity\nAAA 2")
    assert value(scenario, plan_of("AAA jet@AAA 2026 1\nAAA kite@AAA 2026 1")) == pytest.approx(30 + 3 * 3)
