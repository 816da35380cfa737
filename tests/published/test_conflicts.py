"""Conflicts: independent sets and colorings of the Petersen and Mycielski graphs, and codes correcting one deletion."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from writers import covering_by_types, independent_set_by_groups, set_covering, set_packing

from optimizer import load_scenario, solve

Edges = list[tuple[int, int]]


def mycielskian(vertices: int, edges: Edges) -> tuple[int, Edges]:
    """Mycielski's construction: one color more, no triangle."""
    copies = [(u, v + vertices) for u, v in edges] + [(v, u + vertices) for u, v in edges]
    return 2 * vertices + 1, [*edges, *copies, *((u + vertices, 2 * vertices) for u in range(vertices))]


PETERSEN = (
    10,
    [
        *((k, (k + 1) % 5) for k in range(5)),
        *((k, k + 5) for k in range(5)),
        *((5 + k, 5 + (k + 2) % 5) for k in range(5)),
    ],
)
MYCIEL3 = mycielskian(5, [(k, (k + 1) % 5) for k in range(5)])  # DIMACS myciel3: 11 vertices, 20 edges
MYCIEL4 = mycielskian(*MYCIEL3)  # DIMACS myciel4: 23 vertices, 71 edges
GRAPHS = {"petersen": PETERSEN, "myciel3": MYCIEL3, "myciel4": MYCIEL4}
LARGEST_INDEPENDENT_SET = {"petersen": 4, "myciel3": 5, "myciel4": 11}
CHROMATIC_NUMBER = {"petersen": 3, "myciel3": 4}


def maximal_independent_sets(vertices: int, edges: Edges) -> list[list[int]]:
    """Every independent set to which no vertex can be added (Bron and Kerbosch on the complement)."""
    neighbors = [{v for edge in edges if u in edge for v in edge if v != u} for u in range(vertices)]
    found: list[list[int]] = []

    def extend(chosen: list[int], open_: set[int], closed: set[int]) -> None:
        if not open_ and not closed:
            found.append(sorted(chosen))
        for vertex in sorted(open_):
            apart = neighbors[vertex] | {vertex}
            extend([*chosen, vertex], open_ - apart, closed - apart)
            open_ = open_ - {vertex}
            closed = closed | {vertex}

    extend([], set(range(vertices)), set())
    return found


@pytest.mark.parametrize("name", GRAPHS)
def test_independent_set_as_packing_of_edges(tmp_path: Path, name: str) -> None:
    # Edge: a nation that joins at most one of its two ends; vertex: a program that needs all its edges.
    vertices, edges = GRAPHS[name]
    stars = [[number for number, edge in enumerate(edges) if vertex in edge] for vertex in range(vertices)]
    folder = set_packing(tmp_path, len(edges), stars, [1.0] * vertices)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-LARGEST_INDEPENDENT_SET[name], rel=1e-6)


@pytest.mark.parametrize("name", GRAPHS)
def test_independent_set_by_interoperability(tmp_path: Path, name: str) -> None:
    vertices, edges = GRAPHS[name]
    folder = independent_set_by_groups(tmp_path, edges, [1.0] * vertices)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-LARGEST_INDEPENDENT_SET[name], rel=1e-6)


def test_code_correcting_one_deletion(tmp_path: Path) -> None:
    # Sloane's challenge 1dc.64: of the 64 words of six bits at most 10 share no word of five bits left by a deletion.
    shorter = list(product((0, 1), repeat=5))
    words = list(product((0, 1), repeat=6))
    left = [sorted({shorter.index(word[:k] + word[k + 1 :]) for k in range(6)}) for word in words]
    folder = set_packing(tmp_path, len(shorter), left, [1.0] * len(words))

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(-10.0, rel=1e-6)


@pytest.mark.parametrize("name", CHROMATIC_NUMBER)
def test_coloring_as_covering(tmp_path: Path, name: str) -> None:
    # Color: a development of cost 1 that serves an independent set (Mehrotra and Trick 1996).
    sets = maximal_independent_sets(*GRAPHS[name])
    folder = set_covering(tmp_path, GRAPHS[name][0], sets, [1.0] * len(sets))

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(CHROMATIC_NUMBER[name], rel=1e-6)


@pytest.mark.parametrize("name", CHROMATIC_NUMBER)
def test_coloring_by_types(tmp_path: Path, name: str) -> None:
    # The first type is free, so the objective is the chromatic number less one.
    folder = covering_by_types(tmp_path, GRAPHS[name][0], maximal_independent_sets(*GRAPHS[name]))

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "optimal"
    assert solution.objective_meur == pytest.approx(CHROMATIC_NUMBER[name] - 1, rel=1e-6)


@pytest.mark.parametrize("name", CHROMATIC_NUMBER)
def test_too_few_colors(tmp_path: Path, name: str) -> None:
    sets = maximal_independent_sets(*GRAPHS[name])
    folder = covering_by_types(tmp_path, GRAPHS[name][0], sets, max_columns=CHROMATIC_NUMBER[name] - 1)

    solution = solve(load_scenario(folder), gap=0.0)

    assert solution.status == "infeasible"
