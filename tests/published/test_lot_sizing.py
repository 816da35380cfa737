"""Lot sizing: Wagner and Whitin, Silver and Meal, Wolsey, and Winston's examples, without and with capacity."""

from __future__ import annotations

from pathlib import Path

import pytest
from writers import holding_of_demand, lot_sizing

from optimizer import load_scenario, solve

# Each expected objective is the published cost plus the holding cost of all demand so far, year by year: the scenario
# charges holding on everything delivered, the lot-sizing problem only on what is left in stock.


def test_wagner_and_whitin(tmp_path: Path) -> None:
    # Wagner and Whitin, Management Science 5 (1958), table 1: twelve months, holding 1, optimum 864.
    demands = [69, 29, 36, 61, 61, 26, 34, 67, 45, 67, 79, 56]
    setups = [85, 102, 102, 101, 98, 114, 105, 86, 119, 110, 98, 114]
    holding = [1.0] * 12
    folder = lot_sizing(tmp_path, demands, setups, [0.0] * 12, holding)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(864.0 + holding_of_demand(demands, holding), rel=1e-6)


def test_silver_and_meal(tmp_path: Path) -> None:
    # Silver, Pyke and Peterson 1998, chapter 6: order 54, holding 0.40 a box and month, optimum 501.20.
    demands = [10, 62, 12, 130, 154, 129, 88, 52, 124, 160, 238, 41]
    holding = [0.4] * 12
    folder = lot_sizing(tmp_path, demands, [54.0] * 12, [0.0] * 12, holding)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(501.2 + holding_of_demand(demands, holding), rel=1e-6)


def test_holding_that_differs_by_period(tmp_path: Path) -> None:
    # Wolsey, Integer Programming 1998, uncapacitated lot-sizing example: optimum 69 by dynamic programming.
    demands, holding = [2, 4, 5, 1], [1.0, 2.0, 1.0, 1.0]
    folder = lot_sizing(tmp_path, demands, [12, 20, 16, 8], [3.0] * 4, holding)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(69.0 + holding_of_demand(demands, holding), rel=1e-6)


def test_capacity(tmp_path: Path) -> None:
    # Winston, Operations Research, inventory example of dynamic programming: setup 3, unit 1, holding 0.50, at most 5
    # a month; optimum 20.
    demands, holding = [1, 3, 2, 4], [0.5] * 4
    folder = lot_sizing(tmp_path, demands, [3.0] * 4, [1.0] * 4, holding, capacity=5)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(20.0 + holding_of_demand(demands, holding), rel=1e-6)


def test_initial_stock(tmp_path: Path) -> None:
    # Winston, exercise on Wagner and Whitin: order 4, holding 2, one unit in stock; optimum 12 by enumeration.
    demands, holding = [1, 1, 2, 2], [2.0] * 4
    folder = lot_sizing(tmp_path, demands, [4.0] * 4, [0.0] * 4, holding, initial=1)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(12.0 + holding_of_demand(demands, holding, 1), rel=1e-6)
