"""Maximum units: all contracts of a line together stay within its most units."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer.model.rules.maximum_units import RULE

NEED = "nation quantity\nAAA 2\nBBB 2"


def line(most: str, mode: str = "national"):  # type: ignore[no-untyped-def]
    return make(programs=f"program max_units\njet {most}", requirements=NEED, mode=mode)


@pytest.mark.parametrize("mode", ["national", "joint"])
def test_exactly_the_most_is_allowed_and_one_more_is_not(mode: str) -> None:
    assert best(line("4", mode)).objective_meur == pytest.approx(40)
    # One unit is short for three years.
    assert best(line("3", mode)).objective_meur == pytest.approx(30 + 300)


def test_the_check_reports_units_beyond_it_over_all_contracts() -> None:
    plan = plan_of("AAA jet@AAA 2026 2\nBBB jet@BBB 2026 1\nBBB jet@BBB 2027 1")
    assert excesses(RULE, line("4"), plan) == {}
    assert excesses(RULE, line("2"), plan) == {("jet",): 2}


def test_no_limit_no_rows() -> None:
    assert row_keys(RULE, line("-")) == []
    assert row_keys(RULE, line("4")) == [("jet",)]
