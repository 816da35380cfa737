"""Supplier share: no nation takes more than a share of its purchases from one foreign supplier."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer.model.rules.supplier_share import RULE

PROGRAMS = """
program  lead  suppliers        unit_cost_meur
jet      BBB   BBB:0.8;AAA:0.2  10
kite     CCC   CCC:1            15
"""


def leaning(share: float, need: str = "nation quantity\nAAA 2"):  # type: ignore[no-untyped-def]
    return make(
        nations="nation\nAAA\nBBB\nCCC",
        programs=PROGRAMS,
        requirements=need,
        mode="national",
        rules={"supplier_share": {"max_share": share}},
    )


def test_exactly_the_share_is_allowed_and_less_is_not() -> None:
    # Two jets lean on BBB for 80 %. A jet and a kite lean on CCC for 15 of 25 (60 %), on BBB for 8 (32 %).
    assert best(leaning(0.80)).objective_meur == pytest.approx(20)
    assert best(leaning(0.79)).objective_meur == pytest.approx(25)
    assert best(leaning(0.60)).objective_meur == pytest.approx(25)
    # Nothing fits: both are short for three years.
    assert best(leaning(0.59)).objective_meur == pytest.approx(600)


def test_the_check_reports_the_money_beyond_the_share() -> None:
    mixed = plan_of("AAA jet@AAA 2026 1\nAAA kite@AAA 2026 1")
    assert excesses(RULE, leaning(0.6), mixed) == {}
    # CCC 15 - 0.5 * 25; BBB 8 is below it.
    assert excesses(RULE, leaning(0.5), mixed) == {("AAA", "CCC"): 2.5}
    assert excesses(RULE, leaning(0.3), mixed) == {("AAA", "CCC"): 7.5, ("AAA", "BBB"): 0.5}


def test_a_nation_may_lean_on_itself() -> None:
    scenario = leaning(0.2, "nation quantity\nBBB 2")
    # Of the jets 20 % come from AAA, which is just within it.
    assert best(scenario).objective_meur == pytest.approx(20)


def test_no_purchase_no_rows() -> None:
    assert row_keys(RULE, leaning(1.0)) == []
    assert sorted(row_keys(RULE, leaning(0.6))) == [("AAA", "BBB"), ("AAA", "CCC")]
    assert not RULE.is_on(make(programs=PROGRAMS, requirements="nation\nAAA"))
