"""Goal limit: cost, types, shares and the objective stay within the analyst's ceilings."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.model.rules.goal_limit import RULE

# Jet suits AAA, kite suits BBB; the other program is dearer by 3 for either. One type costs 3 more than two.
PROGRAMS = """
program  unit_cost_meur  suppliers
jet      10              AAA:1
kite     10              BBB:0.5;USA:0.5
"""
OFFERS = "program nation unit_price_meur\njet BBB 13\nkite AAA 13"
MIXED = plan_of("AAA jet@joint 2026 1\nBBB kite@joint 2026 1")
MIXED_KITE = plan_of("AAA kite@AAA 2026 1\nBBB jet@joint 2026 1")


def limited(**limits: float):  # type: ignore[no-untyped-def]
    return make(
        nations="nation blocs\nAAA EU\nBBB EU",
        programs=PROGRAMS,
        offers=OFFERS,
        requirements="nation must_meet\nAAA yes\nBBB yes",
        rules={"goal_limit": limits},
    )


def test_exactly_the_limit_is_allowed_and_less_is_not() -> None:
    assert best(limited(types=2)).cost_meur == pytest.approx(20)
    assert best(limited(types=1)).cost_meur == pytest.approx(23)
    assert best(limited(cost=20)).cost_meur == pytest.approx(20)
    assert solve(limited(cost=19.9)).status == "infeasible"
    assert solve(limited(cost=19.9)).clash == ("goal_limit",)


def test_the_check_reports_what_is_beyond_the_limit() -> None:
    assert excesses(RULE, limited(types=2, cost=20, objective=20), MIXED) == {}
    assert excesses(RULE, limited(types=1, cost=18), MIXED) == {("types",): 1, ("cost",): 2}


def test_shares_are_limited_in_money() -> None:
    # Half of the kite is from outside: 5 of 20, a quarter. At most a tenth: 5 - 2 beyond.
    assert excesses(RULE, limited(outside=0.25), MIXED) == {}
    assert excesses(RULE, limited(outside=0.1), MIXED) == {("outside",): 3}
    assert bought(best(limited(outside=0.1))) == {("AAA", "jet"): 1, ("BBB", "jet"): 1}


def test_several_limits_hold_at_once() -> None:
    # One type for both costs 23 at least.
    assert solve(limited(types=1, cost=22)).status == "infeasible"
    assert best(limited(types=1, cost=23)).cost_meur == pytest.approx(23)


def test_the_objective_counts_what_soft_rules_cost() -> None:
    # A soft limit of one type costs 0.5 a type beyond; the objective it is held to by another limit must know.
    scenario = make(
        programs="program unit_cost_meur\njet 10\nkite 8",
        capabilities="capability max_types shortfall_meur_per_unit_year\nfighter 1 0",
        requirements="nation must_meet\nAAA yes\nBBB yes",
        offers="program nation allowed\nkite BBB no",
        rules={"type_limit": {"soft": True, "price": 0.5}, "goal_limit": {"objective": 18.5}},
    )
    # Jet and kite: 18 and 0.5 for the second type; two jets: 20.
    assert best(scenario).objective_meur == pytest.approx(18.5)
    assert solve(scenario.with_rule("goal_limit", objective=18.4)).status == "infeasible"
    assert excesses(RULE, scenario.with_rule("goal_limit", objective=18.4), MIXED_KITE) == {("objective",): 0.1}


def test_a_soft_limit_has_its_price() -> None:
    # One type too many for 2 beats 3 for the dearer units.
    solution = best(limited(types=1, soft=True, price=2.0))
    assert solution.objective_meur == pytest.approx(22)
    assert solution.relaxation_meur == pytest.approx(2)


def test_no_limit_no_rows() -> None:
    assert row_keys(RULE, limited()) == []
    assert row_keys(RULE, limited(types=1)) == [("types",)]
    assert not RULE.is_on(make(programs=PROGRAMS, requirements="nation\nAAA"))
