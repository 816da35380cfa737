"""Assignment, transportation, generalized assignment, multiple knapsack and bin packing."""

from __future__ import annotations

from pathlib import Path

import pytest
from writers import assignment, best_assignment, bin_packing, generalized_assignment, instance_rows, transportation

from optimizer import load_scenario, solve

# Project Euler 345, "Matrix Sum": the largest sum with one number of each row and column is 13938.
MATRIX_SUM = """
  7  53 183 439 863 497 383 563  79 973 287  63 343 169 583
627 343 773 959 943 767 473 103 699 303 957 703 583 639 913
447 283 463  29  23 487 463 993 119 883 327 493 423 159 743
217 623   3 399 853 407 103 983  89 463 290 516 212 462 350
960 376 682 962 300 780 486 502 912 800 250 346 172 812 350
870 456 192 162 593 473 915  45 989 873 823 965 425 329 803
973 965 905 919 133 673 665 235 509 613 673 815 165 992 326
322 148 972 962 286 255 941 541 265 323 925 281 601  95 973
445 721  11 525 473  65 511 164 138 672  18 428 154 448 848
414 456 310 312 798 104 566 520 302 248 694 976 430 392 198
184 829 373 181 631 101 969 613 840 740 778 458 284 760 390
821 461 843 513  17 901 711 993 293 157 274  94 192 156 574
 34 124   4 878 450 476 712 914 838 669 875 299 823 329 699
815 559 813 459 522 788 168 586 966 232 308 833 251 631 107
813 883 451 509 615  77 281 613 459 205 380 274 302  35 805
"""


def matrix_sum() -> list[list[float]]:
    """The matrix, row by row."""
    return [[float(word) for word in line.split()] for line in MATRIX_SUM.strip().splitlines()]


def test_assignment_of_least_cost(tmp_path: Path) -> None:
    # The documentation of scipy.optimize.linear_sum_assignment: cost 5.
    folder = assignment(tmp_path, [[4, 1, 3], [2, 0, 5], [3, 2, 2]])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(5.0, rel=1e-6)


def test_assignment_of_greatest_value(tmp_path: Path) -> None:
    # The value is a preference, so the objective is the sum with its sign turned.
    folder = best_assignment(tmp_path, matrix_sum())

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-13938.0, rel=1e-6)


def test_assignment_of_greatest_value_as_a_loss(tmp_path: Path) -> None:
    # Cost 1000 - value: constant 15 x 1000.
    folder = assignment(tmp_path, [[1000.0 - value for value in row] for row in matrix_sum()])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(15 * 1000.0 - 13938.0, rel=1e-6)


def test_transportation(tmp_path: Path) -> None:
    # Dantzig 1963, chapter 3.3 (GAMS model trnsport): 90 a case and thousand miles, in thousands; optimum 153.675.
    miles = [[2.5, 1.7, 1.8], [2.5, 1.8, 1.4]]
    freight = [[90.0 * distance / 1000.0 for distance in row] for row in miles]
    folder = transportation(tmp_path, [350, 600], [325, 300, 275], freight)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(153.675, rel=1e-6)


@pytest.mark.parametrize(("number", "known"), [(0, 336.0), (1, 327.0)])
def test_generalized_assignment(tmp_path: Path, number: int, known: float) -> None:
    # OR-Library gap1: c515-1 and c515-2, the greatest profit.
    rows = instance_rows("gap1.txt")[13 * number : 13 * (number + 1)]
    folder = generalized_assignment(tmp_path, rows[1:6], rows[6:11], rows[11])

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-known, rel=1e-6)


def test_multiple_knapsack(tmp_path: Path) -> None:
    # OR-Tools documentation, "The multiple knapsack problem": five bins of 100, greatest value 395.
    weights = [48, 30, 42, 36, 36, 48, 42, 42, 36, 24, 30, 30, 42, 36, 36]
    values = [10, 30, 25, 50, 35, 30, 15, 40, 30, 35, 45, 10, 20, 30, 25]
    folder = generalized_assignment(tmp_path, [values] * 5, [weights] * 5, [100] * 5, every_job=False)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-395.0, rel=1e-6)


@pytest.mark.parametrize(
    "sizes",
    [
        [70, 60, 50, 33, 33, 33, 11, 7, 3],  # Martello and Toth, Knapsack Problems 1990, chapter 8
        [48, 30, 19, 36, 36, 27, 42, 42, 36, 24, 30],  # OR-Tools documentation, "The bin packing problem"
    ],
)
def test_bin_packing(tmp_path: Path, sizes: list[int]) -> None:
    # Bins of 100; four are needed for either list.
    folder = bin_packing(tmp_path, sizes, 100, bins=5)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(4.0, rel=1e-6)
