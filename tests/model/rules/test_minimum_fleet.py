"""Minimum fleet: a nation that buys a program buys at least the smallest fleet worth fielding."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.minimum_fleet import RULE


def fleet(least: int, need: str = "nation quantity\nAAA 2"):  # type: ignore[no-untyped-def]
    return make(capabilities=f"capability min_fleet_units\nfighter {least}", programs="program\njet", requirements=need)


def test_exactly_the_least_is_allowed_and_one_less_is_not() -> None:
    assert best(fleet(2)).objective_meur == pytest.approx(20)
    # Two are asked for and three is the least: nothing is bought, two are short for three years.
    assert best(fleet(3)).objective_meur == pytest.approx(600)


def test_extra_units_make_up_the_fleet_where_they_are_allowed() -> None:
    solution = best(fleet(3, "nation quantity max_extra_units\nAAA 2 1"))
    assert bought(solution) == {("AAA", "jet"): 3}
    assert solution.objective_meur == pytest.approx(30)


def test_the_check_reports_units_missing_to_the_fleet() -> None:
    plan = plan_of("AAA jet@AAA 2026 1\nAAA jet@AAA 2028 1")
    assert excesses(RULE, fleet(2), plan) == {}
    assert excesses(RULE, fleet(5), plan) == {("AAA", "jet"): 3}


def test_no_least_no_rows() -> None:
    assert row_keys(RULE, fleet(0)) == []
    assert row_keys(RULE, fleet(1)) == []  # whoever joins takes a unit anyway
    assert row_keys(RULE, fleet(2)) == [("AAA", "jet")]


def test_fleets_in_service_do_not_count() -> None:
    scenario = make(
        capabilities="capability min_fleet_units\nfighter 2",
        programs="program\njet",
        requirements="nation quantity\nAAA 4",
        fleets="nation program units\nAAA jet 3",
    )
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 1")) == {("AAA", "jet"): 1}
