"""Minimum order: a signed contract reaches the line's minimum."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer.model.rules.minimum_order import RULE

NEED = "nation quantity\nAAA 2\nBBB 1"


def line(least: str, mode: str = "joint", **more: str):  # type: ignore[no-untyped-def]
    return make(programs=f"program min_order_units\njet {least}", requirements=NEED, mode=mode, **more)


def test_exactly_the_minimum_is_allowed_and_one_less_is_not() -> None:
    assert best(line("3")).objective_meur == pytest.approx(30)
    assert best(line("4")).objective_meur == pytest.approx(900)
    # Alone, only AAA reaches two; BBB is short for three years.
    assert best(line("2", "national")).objective_meur == pytest.approx(20 + 300)


def test_the_check_reports_units_missing_to_the_minimum() -> None:
    plan = plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2027 1")
    assert excesses(RULE, line("2"), plan) == {}
    assert excesses(RULE, line("3"), plan) == {("jet@joint",): 1}


def test_the_first_price_break_is_a_minimum_order_too() -> None:
    breaks = {"prices": "program from_units unit_price_meur\njet 3 9\njet 5 8"}
    plan = plan_of("AAA jet@joint 2026 1\nBBB jet@joint 2027 1")
    assert excesses(RULE, line("1", **breaks), plan) == {("jet@joint",): 1}
    assert best(line("1", **breaks)).objective_meur == pytest.approx(27)
    # The larger of the two counts.
    assert excesses(RULE, line("1", prices="program from_units unit_price_meur\njet 2 9"), plan) == {}


def test_no_minimum_no_rows() -> None:
    assert row_keys(RULE, line("1")) == []
    assert row_keys(RULE, line("2")) == [("jet@joint",)]
