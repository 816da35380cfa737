"""Minimum suppliers: a capability that is bought comes from enough lead nations."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.minimum_suppliers import RULE

PROGRAMS = """
program  lead  suppliers  unit_cost_meur
jet      AAA   AAA:1      10
kite     AAA   AAA:1      11
swan     BBB   BBB:1      15
"""
NEED = "nation quantity\nAAA 2\nBBB 1"


def sources(least: int, programs: str = PROGRAMS):  # type: ignore[no-untyped-def]
    return make(
        capabilities=f"capability min_suppliers\nfighter {least}", programs=programs, requirements=NEED, mode="national"
    )


def test_exactly_enough_leads_are_allowed_and_one_less_is_not() -> None:
    assert best(sources(1)).objective_meur == pytest.approx(30)
    # One of the three is a swan; jet and kite have one lead.
    two = best(sources(2))
    assert two.objective_meur == pytest.approx(35)
    assert sum(units for (_, program), units in bought(two).items() if program == "swan") == 1
    # Three leads do not exist, so nothing is bought.
    assert best(sources(3)).objective_meur == pytest.approx(900)


def test_the_check_reports_leads_missing() -> None:
    both = plan_of("AAA jet@AAA 2026 1\nBBB swan@BBB 2026 1")
    one = plan_of("AAA jet@AAA 2026 1\nAAA kite@AAA 2026 1")
    assert excesses(RULE, sources(2), both) == {}
    assert excesses(RULE, sources(2), one) == {("fighter",): 1}
    assert excesses(RULE, sources(3), one) == {("fighter",): 2}
    assert excesses(RULE, sources(3), plan_of("")) == {}


def test_no_minimum_no_rows() -> None:
    assert row_keys(RULE, sources(1)) == []
    assert row_keys(RULE, sources(2)) != []


def test_soft_each_lead_missing_costs_its_price_once() -> None:
    # Three swans' surcharge is 5; at 1 a lead missing, three jets from one lead cost 30 + 1.
    soft = sources(2).with_rule("minimum_suppliers", on=True, soft=True, price=1.0)
    assert best(soft).objective_meur == pytest.approx(31)


def test_soft_two_contracts_of_one_lead_miss_one_lead() -> None:
    # BBB can buy the kite only, AAA the jet only: two contracts, one lead.
    programs = "program lead buyers unit_cost_meur\njet AAA AAA 10\nkite AAA BBB 11"
    soft = sources(2, programs).with_rule("minimum_suppliers", on=True, soft=True, price=1.0)
    assert best(soft).objective_meur == pytest.approx(20 + 11 + 1)
