"""Choice of projects under yearly budgets: Lorie and Savage, Petersen, Weingartner's kind of problem, and knapsacks."""

from __future__ import annotations

from pathlib import Path

import pytest
from writers import capital_budgeting, instance_rows, knapsack, multiple_choice_knapsack

from optimizer import load_scenario, solve

# OR-Library mknap1 (Petersen 1967): known optima, in the order of the file.
PETERSEN = [3800.0, 8706.1, 4015.0, 6120.0, 12400.0, 10618.0, 16537.0]


def petersen(number: int) -> tuple[list[float], list[list[float]], list[float]]:
    """Profits, cost rows by budget, and budgets of a problem of the file."""
    rows = iter(instance_rows("mknap1.txt")[1:])
    for _ in range(number + 1):
        budgets = int(next(rows)[1])
        profits, costs, limits = next(rows), [next(rows) for _ in range(budgets)], next(rows)
    return profits, costs, limits


@pytest.mark.parametrize("number", range(7))
def test_projects_developed_over_years(tmp_path: Path, number: int) -> None:
    # The preference is profit plus all that is spent, so the objective is the profit with its sign turned.
    folder = capital_budgeting(tmp_path, *petersen(number), by="development")

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-PETERSEN[number], rel=1e-6)


@pytest.mark.parametrize("number", range(7))
def test_projects_paid_in_installments(tmp_path: Path, number: int) -> None:
    folder = capital_budgeting(tmp_path, *petersen(number), by="payments")

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-PETERSEN[number], rel=1e-6)


@pytest.mark.parametrize("number", range(7))
def test_profit_lost_as_shortfall(tmp_path: Path, number: int) -> None:
    # Constant: the profit of all projects. What is left out is short for the last year only.
    profits, costs, budgets = petersen(number)
    folder = capital_budgeting(tmp_path, profits, costs, budgets, by="shortfall")

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(sum(profits) - PETERSEN[number], rel=1e-6)


@pytest.mark.parametrize("by", ["development", "payments"])
def test_lorie_and_savage(tmp_path: Path, by: str) -> None:
    # Lorie and Savage 1955, nine projects, two budgets: projects 1, 3, 4, 6 and 9 are worth 70 (Weingartner 1963).
    profits = [14, 17, 17, 15, 40, 12, 14, 10, 12]
    costs = [[12, 54, 6, 6, 30, 6, 48, 36, 18], [3, 7, 6, 2, 35, 6, 4, 3, 3]]
    folder = capital_budgeting(tmp_path, profits, costs, [50, 20], by=by)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-70.0, rel=1e-6)


# Kreher and Stinson 1999, problem p07 of the knapsack collection: weight and value, capacity 750, optimum 1458.
ITEMS = [
    (70, 135),
    (73, 139),
    (77, 149),
    (80, 150),
    (82, 156),
    (87, 163),
    (90, 173),
    (94, 184),
    (98, 192),
    (106, 201),
    (110, 210),
    (113, 214),
    (115, 221),
    (118, 229),
    (120, 240),
]


def test_knapsack(tmp_path: Path) -> None:
    folder = knapsack(tmp_path, [(weight, value, 1) for weight, value in ITEMS], 750)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-1458.0, rel=1e-6)


def test_multiple_choice_knapsack(tmp_path: Path) -> None:
    # Each item of the same knapsack is a class of two choices: take it, or take nothing.
    folder = multiple_choice_knapsack(tmp_path, [[item, (0, 0)] for item in ITEMS], 750)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-1458.0, rel=1e-6)


def test_bounded_knapsack(tmp_path: Path) -> None:
    # Rosetta Code, "Knapsack problem/Bounded": weight, value, pieces; 400 dag hold a value of 1010.
    items = [
        (9, 150, 1),
        (13, 35, 1),
        (153, 200, 2),
        (50, 60, 2),
        (15, 60, 2),
        (68, 45, 3),
        (27, 60, 3),
        (39, 40, 3),
        (23, 30, 1),
        (52, 10, 3),
        (11, 70, 1),
        (32, 30, 1),
        (24, 15, 2),
        (48, 10, 2),
        (73, 40, 1),
        (42, 70, 1),
        (43, 75, 1),
        (22, 80, 1),
        (7, 20, 1),
        (18, 12, 2),
        (4, 50, 1),
        (30, 10, 2),
    ]
    folder = knapsack(tmp_path, items, 400)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-1010.0, rel=1e-6)
