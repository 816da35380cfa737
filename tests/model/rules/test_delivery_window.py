"""Delivery window: deliveries fall between a pair's earliest delivery and the end of the line."""

from __future__ import annotations

import pytest
from scenario_maker import best, calendar, excesses, make, plan_of, row_keys

from optimizer.model.rules.delivery_window import RULE

NEED = "nation quantity\nAAA 2"


def test_the_first_year_is_allowed_and_the_year_before_is_not() -> None:
    # Needed in 2026, delivered in 2027: two units short for a year.
    scenario = make(programs="program first_delivery\njet 2027", requirements=NEED)
    solution = best(scenario)
    assert calendar(solution) == {("AAA", 2027): 2}
    assert solution.objective_meur == pytest.approx(220)
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2027 2")) == {}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2")) == {("AAA", "jet@AAA", 2026): 2}


def test_the_last_year_is_allowed_and_the_year_after_is_not() -> None:
    # One a year until 2026: the second never comes and is short for three years.
    scenario = make(programs="program annual_capacity_units last_delivery\njet 1 2026", requirements=NEED)
    assert best(scenario).objective_meur == pytest.approx(10 + 3 * 100)
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2026 2")) == {}
    assert excesses(RULE, scenario, plan_of("AAA jet@AAA 2027 2")) == {("AAA", "jet@AAA", 2027): 2}


def test_approval_years_shift_the_window_of_foreign_buyers() -> None:
    scenario = make(programs="program approval_years\njet 1", requirements="nation\nAAA\nBBB", mode="national")
    both = plan_of("AAA jet@AAA 2026 1\nBBB jet@BBB 2026 1")
    assert excesses(RULE, scenario, both) == {("BBB", "jet@BBB", 2026): 1}


def test_it_needs_no_rows() -> None:
    assert row_keys(RULE, make(programs="program first_delivery\njet 2027", requirements=NEED)) == []
