"""Facility location: OR-Library, Holmberg and Delmaire instances, CSPLib 34, and the p-median problem."""

from __future__ import annotations

from pathlib import Path

import pytest
from writers import (
    assignment,
    facility_location,
    facility_location_by_elements,
    facility_location_with_hosts,
    instance_rows,
    p_median,
)

from optimizer import load_scenario, solve

# OR-Library, capopt: fixed cost, capacity of a warehouse (none: no limit), optimum.
UNCAPACITATED = {
    "cap71": (7500.0, 932615.75),
    "cap72": (12500.0, 977799.4),
    "cap73": (17500.0, 1010641.45),
    "cap74": (25000.0, 1034976.975),
}
CAPACITATED = {
    "cap41": (7500.0, 5000.0, 1040444.375),
    "cap61": (7500.0, 15000.0, 932615.75),
    "cap64": (25000.0, 15000.0, 1045650.25),
}


def warehouses(fixed_cost: float) -> tuple[list[float], list[float], list[list[float]]]:
    """Fixed costs (the eleventh warehouse is free), demands, and the cost of serving each customer from each."""
    rows = instance_rows("cap7.txt")
    return [0.0 if i == 10 else fixed_cost for i in range(16)], [row[0] for row in rows], [row[1:] for row in rows]


def holmberg() -> tuple[list[float], list[float], list[list[float]], list[float]]:
    """Fixed costs, demands, service costs by customer, and capacities of Holmberg's p1."""
    rows = instance_rows("holmberg_p1.txt")
    return rows[1][1::2], rows[2], [list(costs) for costs in zip(*rows[3:], strict=True)], rows[1][0::2]


def delmaire() -> tuple[list[float], list[float], list[list[float]], list[float]]:
    """Fixed costs, demands, service costs by customer, and capacities of Delmaire's p1."""
    rows = instance_rows("delmaire_p1.txt")
    return rows[22], rows[21], rows[1:21], rows[23]


@pytest.mark.parametrize("name", UNCAPACITATED)
def test_uncapacitated(tmp_path: Path, name: str) -> None:
    fixed_cost, known = UNCAPACITATED[name]
    fixed, demands, service = warehouses(fixed_cost)
    folder = facility_location(tmp_path, fixed, demands, service, whole_demand=True)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)


def test_uncapacitated_in_units_of_demand(tmp_path: Path) -> None:
    # The same cap71 with 58268 units instead of 50: whole units may be split, but never need be.
    fixed_cost, known = UNCAPACITATED["cap71"]
    folder = facility_location(tmp_path, *warehouses(fixed_cost))

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("name", ["cap71", "cap74"])
def test_uncapacitated_as_shared_elements(tmp_path: Path, name: str) -> None:
    fixed_cost, known = UNCAPACITATED[name]
    fixed, _, service = warehouses(fixed_cost)
    folder = facility_location_by_elements(tmp_path, fixed, service)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)


@pytest.mark.parametrize("name", CAPACITATED)
def test_capacitated(tmp_path: Path, name: str) -> None:
    # Demands and capacities are whole, so for open warehouses the cheapest split is whole too.
    fixed_cost, capacity, known = CAPACITATED[name]
    folder = facility_location(tmp_path, *warehouses(fixed_cost), [capacity] * 16)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)


def test_capacitated_with_customers_that_are_no_partners(tmp_path: Path) -> None:
    fixed_cost, capacity, known = CAPACITATED["cap41"]
    folder = facility_location_with_hosts(tmp_path, *warehouses(fixed_cost), [capacity] * 16)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(known, rel=1e-6)


def test_single_source_holmberg(tmp_path: Path) -> None:
    folder = facility_location(tmp_path, *holmberg(), single_source=True)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(8848.0, rel=1e-6)


@pytest.mark.slow
def test_single_source_delmaire(tmp_path: Path) -> None:
    folder = facility_location(tmp_path, *delmaire(), single_source=True)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(2014.0, rel=1e-6)


def test_warehouses_with_places_for_stores(tmp_path: Path) -> None:
    # CSPLib problem 34 (from the OPL book): fixed cost 30, optimum 383.
    costs = [
        [20, 24, 11, 25, 30],
        [28, 27, 82, 83, 74],
        [74, 97, 71, 96, 70],
        [2, 55, 73, 69, 61],
        [46, 96, 59, 83, 4],
        [42, 22, 29, 67, 59],
        [1, 5, 73, 59, 56],
        [10, 73, 13, 43, 96],
        [93, 35, 63, 85, 46],
        [47, 65, 55, 71, 95],
    ]
    folder = assignment(tmp_path, costs, places=[1, 4, 2, 1, 3], fixed=30.0)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(383.0, rel=1e-6)


@pytest.mark.slow
def test_p_median(tmp_path: Path) -> None:
    # OR-Library pmed1: 100 vertices, 5 medians, optimum 5819; distances are shortest paths (Floyd).
    (vertices, _, medians), *edges = ([int(number) for number in row] for row in instance_rows("pmed1.txt"))
    distances = [[0 if i == j else 10**6 for j in range(vertices)] for i in range(vertices)]
    for tail, head, length in edges:
        distances[tail - 1][head - 1] = distances[head - 1][tail - 1] = length
    for via in range(vertices):
        for i in range(vertices):
            for j in range(vertices):
                distances[i][j] = min(distances[i][j], distances[i][via] + distances[via][j])
    folder = p_median(tmp_path, distances, medians)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(5819.0, rel=1e-6)
