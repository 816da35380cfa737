"""Price breaks: all-units discounts, incremental discounts, and buying together to reach a break."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from writers import incremental_discounts, price_breaks

from optimizer import load_scenario, solve

# LINDO model library, QdiscSupL: 6000 units wanted; vendor A discounts all units, vendor B further units only.
VENDOR_A = [(1, 9.0), (1000, 8.0), (2500, 7.0), (7500, 5.0), (15000, 3.0)]
VENDOR_B = [(0, 8.0), (1200, 7.0), (3000, 6.0), (7500, 4.0), (14000, 2.0)]
# Balakrishnan, Render, Stair and Munson, Managerial Decision Modeling, all-units schedule.
SCHEDULE = [(1, 50.0), (1000, 45.0), (5000, 40.0)]


def incremental_cost(breaks: list[tuple[int, float]], units: int) -> float:
    """Cost of an order when each step's price holds for the units of that step only."""
    steps = pairwise([*breaks, (units + breaks[-1][0], 0.0)])
    return sum(price * max(0, min(units, end) - start) for (start, price), (end, _) in steps)


def test_all_units_vendor_alone(tmp_path: Path) -> None:
    # 6000 units exactly cost 7 each: 42000.
    folder = price_breaks(tmp_path, [6000], [VENDOR_A])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(42000.0, rel=1e-6)


def test_vendor_choice_when_more_than_needed_may_be_bought(tmp_path: Path) -> None:
    # 7500 units of A at 5 cost 37500; 6000 of A cost 42000, 6000 of B 40200; no mix is cheaper (enumeration).
    folder = incremental_discounts(tmp_path, 6000, [VENDOR_B], [0.0], most=[20000], all_units=VENDOR_A, extra=14000)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(37500.0, rel=1e-6)


def test_vendor_choice_for_the_exact_need(tmp_path: Path) -> None:
    # With nothing extra B's 6000 units are cheapest: 1200 x 8 + 1800 x 7 + 3000 x 6 = 40200.
    folder = incremental_discounts(tmp_path, 6000, [VENDOR_B], [0.0], most=[20000], all_units=VENDOR_A)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(40200.0, rel=1e-6)


def test_one_incremental_schedule(tmp_path: Path) -> None:
    # FICO Xpress, pricebrinc: 150 units at 0.8 to 50, 0.5 to 120, 0.3 beyond: 40 + 35 + 9 = 84.
    folder = incremental_discounts(tmp_path, 150, [[(0, 0.8), (50, 0.5), (120, 0.3)]], [0.0], most=[200])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(84.0, rel=1e-6)


def test_incremental_schedules_unit_by_unit(tmp_path: Path) -> None:
    # FICO Xpress, "Purchasing with price breaks": 600 units, at most 40, 35 and 40 % from a supplier. Each quantity is
    # a price break of its own at the average price of that quantity, so the supplier's limit holds for all steps
    # together. Optimum 5435 with 240, 120 and 240 units (enumeration).
    schedules = [
        [(0, 9.2), (100, 9.0), (200, 7.0)],
        [(0, 9.0), (50, 8.5), (250, 8.3)],
        [(0, 11.0), (100, 8.5), (300, 7.5)],
    ]
    most = [240, 210, 240]
    averages = [
        [(units, incremental_cost(breaks, units) / units) for units in range(1, limit + 1)]
        for breaks, limit in zip(schedules, most, strict=True)
    ]
    folder = price_breaks(tmp_path, [600], averages, most=most)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(5435.0, rel=1e-6)


def test_order_allocation_with_fixed_costs(tmp_path: Path) -> None:
    # Ravindran and Warsing, Supply Chain Engineering, exercise 5.5: 2000 units, fixed costs 100, 500 and 300. Optimum
    # 8200: 800 units of the second (500 + 1600) and 1200 of the third (300 + 3000 + 2800), by enumeration.
    schedules = [[(0, 10.0), (300, 7.0)], [(0, 2.0)], [(0, 6.0), (500, 4.0)]]
    folder = incremental_discounts(tmp_path, 2000, schedules, [100.0, 500.0, 300.0], most=[600, 800, 1200])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(8200.0, rel=1e-6)


@pytest.mark.parametrize(
    ("pooling", "known"),
    [
        ("joint", 5000 * 40.0),  # 600 + 2400 + 2000 units reach the last break together
        ("national", 600 * 50.0 + 2400 * 45.0 + 2000 * 45.0),
    ],
)
def test_buying_together(tmp_path: Path, pooling: str, known: float) -> None:
    folder = price_breaks(tmp_path, [600, 2400, 2000], [SCHEDULE], pooling=pooling)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)
