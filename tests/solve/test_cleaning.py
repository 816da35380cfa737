"""Cleaning decides anew all that is not whole, and lives with what counts as rounding."""

from __future__ import annotations

import numpy as np
import pytest

from optimizer.model.arrays import Arrays
from optimizer.solve.cleaning import cleaned


def ship_and_stock(budget: float) -> Arrays:
    """A ship for 18,000 out of a budget that pays stock as well; ship and stock together are one at least."""
    return Arrays(
        cost=np.array([0.0, 1.0]),
        offset=0.0,
        lower=np.zeros(2),
        upper=np.full(2, 2.0),
        integer=np.array([True, False]),
        start=np.array([0, 2, 4]),
        index=np.array([0, 1, 0, 1]),
        value=np.array([18_000.0, 1.0, 1.0, 1.0]),
        row_lower=np.array([-np.inf, 1.0]),
        row_upper=np.array([budget, np.inf]),
        column_block=np.zeros(2, dtype=np.int64),
        row_block=np.zeros(2, dtype=np.int64),
    )


@pytest.mark.parametrize("short", [0.0, 0.016, 0.017, 1.0])
def test_a_row_that_units_break_by_rounding_is_as_wide_as_they_need(short: float) -> None:
    found = cleaned(ship_and_stock(18_000.0 - short), np.array([1.0 - 1e-7, 0.3]), seed=0)
    # A budget may be broken by nine tenths of a millionth of it.
    if short > 0.0162:
        assert found.x is None and found.status == "no_plan"
    else:
        assert found.x == pytest.approx([1.0, 0.0], abs=1e-6)


@pytest.mark.parametrize("limit", [0.5, 1.0])
def test_what_units_alone_break_is_no_plan(limit: float) -> None:
    arrays = ship_and_stock(20_000.0)
    arrays.value[3] = 0.0  # the second row holds the ship alone
    arrays.row_lower[1], arrays.row_upper[1] = -np.inf, limit
    found = cleaned(arrays, np.array([1.0, 0.0]), seed=0)
    assert (found.x is not None) == (limit == 1.0)


def test_units_alone_are_rounded() -> None:
    arrays = ship_and_stock(18_000.0)
    arrays.integer[1] = True
    found = cleaned(arrays, np.array([1.0 - 1e-7, 1e-7]), seed=0)
    assert found.x == pytest.approx([1.0, 0.0], abs=0.0)
