"""Annual capacity: deliveries of a line in a year, all pools together, fit it."""

from __future__ import annotations

import pytest
from scenario_maker import best, calendar, excesses, make, plan_of, row_keys

from optimizer.model.rules.annual_capacity import RULE

TWO_EACH = "nation quantity\nAAA 2\nBBB 2"


def line(capacity: str, mode: str = "national"):  # type: ignore[no-untyped-def]
    return make(programs=f"program annual_capacity_units\njet {capacity}", requirements=TWO_EACH, mode=mode)


@pytest.mark.parametrize("mode", ["national", "joint"])
def test_exactly_the_capacity_is_allowed_and_one_more_is_not(mode: str) -> None:
    # Four jets at 10; with a capacity of three (or 3.9) one comes a year late: 100.
    assert best(line("4", mode)).objective_meur == pytest.approx(40)
    for capacity in ("3", "3.9"):
        late = best(line(capacity, mode))
        assert late.objective_meur == pytest.approx(140)
        assert sum(units for (_, year), units in calendar(late).items() if year == 2026) == 3


def test_the_check_reports_units_beyond_the_line() -> None:
    plan = plan_of("AAA jet@AAA 2026 2\nBBB jet@BBB 2026 2")
    assert excesses(RULE, line("4"), plan) == {}
    assert excesses(RULE, line("2.5"), plan) == {("jet", 2026): 1.5}


def test_no_capacity_no_rows() -> None:
    assert row_keys(RULE, line("-")) == []
    assert row_keys(RULE, line("4")) == [("jet", 2026), ("jet", 2027), ("jet", 2028)]
