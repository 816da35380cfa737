"""Sustaining rate: lines that must not close get their least work in every year."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, calendar, excesses, make, plan_of, row_keys

from optimizer.model.rules.sustaining_rate import RULE

NEED = "nation quantity need_by\nAAA 3 2028"


def rate(least: float, programs: str = "program suppliers\njet AAA:0.6;BBB:0.4", need: str = NEED):  # type: ignore[no-untyped-def]
    return make(programs=programs, requirements=need, industry=f"nation min_work_meur_per_year\nBBB {least}", rate=0.25)


def test_exactly_the_rate_is_allowed_and_more_is_not() -> None:
    # Money is cheaper later (0.64 in 2028), but 4 a year in BBB takes a jet a year: 10 + 8 + 6.4.
    free, kept = best(rate(0)), best(rate(4))
    assert calendar(free) == {("AAA", 2028): 3}
    assert free.objective_meur == pytest.approx(30 * 0.64)
    assert calendar(kept) == {("AAA", year): 1 for year in (2026, 2027, 2028)}
    assert kept.objective_meur == pytest.approx(10 + 8 + 6.4)
    assert best(rate(4).with_rule("sustaining_rate", on=False)).objective_meur == pytest.approx(19.2)


def test_the_check_reports_work_missing_by_year() -> None:
    plan = plan_of("AAA jet@AAA 2026 2\nAAA jet@AAA 2028 1")
    assert excesses(RULE, rate(4), plan) == {("BBB", "defense", 2027): 4}
    assert excesses(RULE, rate(5), plan) == {("BBB", "defense", 2027): 5, ("BBB", "defense", 2028): 1}


def test_work_falls_in_the_year_the_money_is_due() -> None:
    # Half is paid the year before: the jet of 2028 gives 2 in 2027 and 2 in 2028; the one of 2026 all in 2026.
    scenario = rate(4, "program suppliers payment_profile\njet AAA:0.6;BBB:0.4 -1:0.5;0:0.5")
    plan = plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2028 1")
    assert excesses(RULE, scenario, plan) == {("BBB", "defense", 2027): 2, ("BBB", "defense", 2028): 2}


def test_development_money_counts_by_the_suppliers_shares() -> None:
    # 100 in 2026, half of it in BBB; then two units of 10 in 2027.
    scenario = rate(60, EAGLE, "nation need_by\nAAA 2027\nBBB 2027")
    plan = plan_of("AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1", development={("AAA", "eagle@joint"): 100})
    assert excesses(RULE, scenario, plan) == {
        ("BBB", "defense", 2026): 10,
        ("BBB", "defense", 2027): 50,
        ("BBB", "defense", 2028): 60,
    }


def test_no_rate_no_rows() -> None:
    assert row_keys(RULE, make(programs="program\njet", requirements=NEED)) == []
    assert row_keys(RULE, rate(0)) == []
    assert row_keys(RULE, rate(4)) == [("BBB", "defense", year) for year in (2026, 2027, 2028)]
