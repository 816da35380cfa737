"""Launch before joining: units only from joined, signed contracts; one contract per nation and program."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from model.fixed_plan import in_model
from optimizer.model.rules.launch_before_joining import RULE

# A premium keeps own contracts beside the pooled one.
JET = "program premium_share joining_meur\njet 0.1 3"
NEED = "nation quantity\nAAA 2\nBBB 2"


def test_one_contract_per_program_is_allowed_and_two_are_not() -> None:
    scenario = make(programs=JET, requirements=NEED)
    assert sorted(scenario.contracts) == ["jet@AAA", "jet@BBB", "jet@joint"]
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2\nBBB jet@joint 2026 2")) == {}
    both = plan_of("AAA jet@AAA 2026 1\nAAA jet@joint 2026 1\nBBB jet@joint 2026 1")
    assert excesses(RULE, scenario, both) == {("AAA", "jet"): 1}


def test_price_breaks_cannot_be_had_by_splitting_a_purchase() -> None:
    # A total of two costs 10 each, of three 30 each, so AAA's three would be cheapest as 2 + 1 from two contracts:
    # not allowed; two are bought and one is short for three years at 5.
    scenario = make(
        capabilities="capability shortfall_meur_per_unit_year\nfighter 5",
        programs="program premium_share\njet 0.1",
        requirements="nation quantity\nAAA 3\nBBB 1",
        prices="program from_units unit_price_meur\njet 1 1\njet 2 1\njet 3 30",
    )
    # AAA two alone for 1 each, BBB one alone for 1, one short: 3 + 15.
    assert best(scenario).objective_meur == pytest.approx(18)


def test_joining_is_paid_by_whoever_takes_units() -> None:
    scenario = make(programs=JET, requirements=NEED)
    assert in_model(scenario, plan_of("AAA jet@AAA 2026 1"), "joining") == pytest.approx(3)
    assert in_model(scenario, plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2026 2"), "joining") == pytest.approx(6)


def test_no_contract_no_rows() -> None:
    assert row_keys(RULE, make(programs="program buyers\njet BBB", requirements="nation\nAAA")) == []


def test_no_nation_joins_without_a_unit() -> None:
    # Half the development would be saved by a partner that buys nothing; k < 0 does not exist, so a budget tempts:
    # AAA can pay 50 of 100, BBB has money but no need, and cannot be a partner.
    eagle = """
    program  kind               partners  development_meur  partner_exponent  suppliers  first_delivery
    eagle    joint_development  AAA;BBB   100               0                 AAA:1      2027
    """
    scenario = make(
        programs=eagle,
        requirements="nation need_by\nAAA 2027",
        budgets="nation year class budget_meur\nAAA 2026 development 50",
    )
    assert best(scenario).objective_meur == pytest.approx(200)
