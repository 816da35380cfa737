"""Set covering and set partitioning: Steiner triples of Fulkerson, Nemhauser and Trotter, and airline crews."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path

import pytest
from writers import covering_by_types, set_covering, set_partitioning

from optimizer import load_scenario, solve

# Hillier and Lieberman, Introduction to Operations Research, Southwestern Airways: flights in each of 12 sequences and
# their costs; three crews, least cost 18.
SEQUENCES = [
    [0, 4],
    [1, 7],
    [2, 9],
    [0, 3, 5, 7],
    [1, 5, 7, 8],
    [2, 4, 10],
    [0, 3, 6, 9],
    [1, 6, 8, 9],
    [2, 3, 5, 7, 10],
    [0, 3, 4, 6, 10],
    [1, 4, 6, 8, 10],
    [2, 3, 6, 9, 10],
]
COSTS = [2.0, 3.0, 4.0, 6.0, 7.0, 5.0, 7.0, 8.0, 9.0, 9.0, 8.0, 9.0]


def steiner_triples() -> list[list[int]]:
    """Lines of the affine plane over three elements, as point numbers: the triples A9."""
    points = list(product(range(3), repeat=2))
    lines = set()
    for one, other in combinations(points, 2):
        third = tuple((-a - b) % 3 for a, b in zip(one, other, strict=True))
        lines.add(tuple(sorted(points.index(point) for point in (one, other, third))))
    return [list(triple) for triple in sorted(lines)]


def columns_of(rows: list[list[int]], count: int) -> list[list[int]]:
    """Rows that each column covers."""
    return [[number for number, row in enumerate(rows) if column in row] for column in range(count)]


def test_steiner_triples(tmp_path: Path) -> None:
    # Fulkerson, Nemhauser and Trotter 1974: fewest points that meet every triple, 5 of 9.
    rows = steiner_triples()
    folder = set_covering(tmp_path, len(rows), columns_of(rows, 9), [1.0] * 9)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(5.0, rel=1e-6)


def test_steiner_triples_by_types(tmp_path: Path) -> None:
    # The first type is free: 5 - 1.
    rows = steiner_triples()
    folder = covering_by_types(tmp_path, len(rows), columns_of(rows, 9))

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(4.0, rel=1e-6)


def test_crews_that_cover_the_flights(tmp_path: Path) -> None:
    folder = set_covering(tmp_path, 11, SEQUENCES, COSTS, max_columns=3)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(18.0, rel=1e-6)


def test_crews_that_share_no_flight(tmp_path: Path) -> None:
    # Sequences 3, 4 and 11, or 1, 5 and 12, cover every flight exactly once.
    folder = set_partitioning(tmp_path, 11, SEQUENCES, COSTS)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(18.0, rel=1e-6)
