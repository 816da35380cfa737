"""Published problems of two and three objectives whose non-dominated points are known, or few enough to list."""

from __future__ import annotations

from itertools import combinations, permutations, product
from pathlib import Path

import pytest
from writers import FIRST_YEAR, Matrix, capability, line, nation, nations_of, need, program, write_scenario

from optimizer import Scenario, load_scenario
from optimizer.analysis.frontier import Result, Settings, run

Vector = tuple[float, ...]


def front(vectors: list[Vector]) -> list[Vector]:
    """The vectors that no other is at most as large as in every part."""
    distinct = set(vectors)
    return sorted(
        v for v in distinct if not any(w != v and all(a <= b for a, b in zip(w, v, strict=True)) for w in distinct)
    )


def exact(folder: Path) -> Scenario:
    """The scenario of a folder, to be solved to proof."""
    scenario = load_scenario(folder)
    return scenario.replace(settings={"solver": scenario.settings.solver.model_copy(update={"gap": 0.0})})


def found(result: Result) -> list[Vector]:
    """The points of a result, rounded to what the problems' whole numbers tell apart."""
    assert result.complete
    assert result.exit_code == 0
    assert all(not point.solution.findings for point in result.points)
    return sorted(tuple(round(value, 3) for value in point.values.values()) for point in result.points)


# --- assignment --------------------------------------------------------------------------------------------------

BASE_MEUR = 100.0


def assignment(folder: Path, costs: Matrix, years_late: Matrix, parts: Matrix | None = None) -> Path:
    """Worker: a nation that needs one unit. Job: a line of one unit that must be bought, and comes so many years late.

    A year late costs 1 as shortfall. The third objective is the price of the unit, all of it from outside; what
    introducing the program costs brings the cost back to the first objective, plus 10. `BASE_MEUR` is bought inside.
    """
    count = range(len(costs))
    offers = []
    for j, i in product(count, count):
        money = {"unit_price_meur": costs[j][i]}
        if parts is not None:
            money = {"unit_price_meur": parts[j][i], "joining_meur": 10.0 + costs[j][i] - parts[j][i]}
        late = int(FIRST_YEAR + years_late[j][i])
        offers.append({"program": program(i), "nation": nation(j), "earliest_delivery": late, **money})
    tables = {
        "nations": nations_of(len(costs), blocs="EU"),
        "capabilities": [capability(shortfall_meur_per_unit_year=1.0), capability("base")],
        "programs": [line(program(i), max_units=1, suppliers="USA:1") for i in count]
        + [line("base", capability="base", unit_cost_meur=BASE_MEUR)],
        "requirements": [need(j, 1, must_meet="no") for j in count] + [need(0, 1, "base")],
        "locks": [{"program": program(i), "action": "require"} for i in count],
        "offers": offers,
    }
    return write_scenario(folder, tables, years=1 + int(max(map(max, years_late))))


# Ulungu and Teghem 1994; Ehrgott, Multicriteria Optimization, 2nd edition 2005, example 9.38.
ULUNGU = (
    ((5, 1, 4, 7), (6, 2, 2, 6), (2, 8, 4, 4), (3, 5, 7, 1)),
    ((3, 6, 4, 2), (1, 3, 8, 3), (5, 2, 2, 3), (4, 2, 3, 5)),
)
# Przybylski, Gandibleux and Ehrgott 2010, a recursive algorithm for the non-dominated extreme points.
PRZYBYLSKI = (
    ((3, 6, 4, 5), (2, 3, 5, 4), (3, 5, 4, 2), (4, 5, 3, 6)),
    ((2, 3, 5, 4), (5, 3, 4, 3), (5, 2, 6, 4), (4, 5, 2, 5)),
    ((4, 2, 4, 2), (4, 2, 4, 6), (4, 2, 6, 3), (2, 4, 5, 3)),
)


def assignments(*matrices: Matrix) -> list[Vector]:
    """The objectives of every assignment."""
    count = len(matrices[0])
    return [
        tuple(float(sum(matrix[j][jobs[j]] for j in range(count))) for matrix in matrices)
        for jobs in permutations(range(count))
    ]


def test_assignment_of_two_objectives(tmp_path: Path) -> None:
    # (12, 13) and (19, 10) among them: (19, 10) lies above the line from (16, 11) to (22, 7), so no weights find it.
    known = [(6, 24), (9, 17), (12, 13), (16, 11), (19, 10), (22, 7)]
    assert front(assignments(*ULUNGU)) == known

    result = run(exact(assignment(tmp_path, *ULUNGU)), Settings(goals=("cost", "shortfall")))

    assert found(result) == [(cost + BASE_MEUR, late) for cost, late in known]
    # One solve for each point, one for the least of the other goal.
    assert result.solves == len(known) + 1


def test_assignment_of_three_objectives(tmp_path: Path) -> None:
    known = [
        (11, 11, 14),
        (13, 16, 11),
        (14, 14, 13),
        (15, 9, 17),
        (15, 13, 13),
        (17, 15, 11),
        (19, 14, 10),
    ]
    assert front(assignments(*PRZYBYLSKI)) == known

    result = run(exact(assignment(tmp_path, *PRZYBYLSKI)), Settings(goals=("cost", "shortfall", "outside")))

    # Four joinings of 10 and the base; outside is parts / (parts + base).
    assert found(result) == [
        (cost + 40 + BASE_MEUR, late, round(parts / (parts + BASE_MEUR), 3)) for cost, late, parts in known
    ]


# --- knapsack ----------------------------------------------------------------------------------------------------

# Ehrgott 2005, exercise 10.2: two values, weights, capacity 17.
VALUES, OTHER_VALUES, WEIGHTS, CAPACITY = (10, 3, 6, 8, 2), (12, 9, 11, 5, 6), (4, 5, 2, 5, 6), 17


def knapsack(folder: Path) -> Path:
    """Item: a capability of the only nation, which must have it in the second year at the latest.

    Taken, it comes and is paid in the first year, whose budget is the capacity. Left, it comes and is paid a year
    later: dearer by the first value, and short for a year at the second value.
    """
    items = range(len(WEIGHTS))
    programs = []
    for k in items:
        taken = {"unit_cost_meur": WEIGHTS[k], "last_delivery": FIRST_YEAR}
        left = {"unit_cost_meur": WEIGHTS[k] + VALUES[k], "first_delivery": FIRST_YEAR + 1}
        programs += [
            line(f"{how}{k}", capability=f"item{k}", **made) for how, made in (("take", taken), ("leave", left))
        ]
    tables = {
        "nations": nations_of(1, blocs="ALL"),
        "capabilities": [capability(f"item{k}", shortfall_meur_per_unit_year=OTHER_VALUES[k]) for k in items],
        "programs": programs,
        "requirements": [
            row
            for k in items
            for row in (
                need(0, 1, f"item{k}", must_meet="no"),
                {**need(0, 1, f"item{k}", need_by=FIRST_YEAR + 1), "nation": "ALL", "max_share_per_nation": 1},
            )
        ],
        "budgets": [{"nation": nation(0), "year": FIRST_YEAR, "class": "procurement", "budget_meur": CAPACITY}],
    }
    return write_scenario(folder, tables, years=2)


def test_knapsack_of_two_values(tmp_path: Path) -> None:
    fitting = [
        taken
        for number in range(len(WEIGHTS) + 1)
        for taken in combinations(range(len(WEIGHTS)), number)
        if sum(WEIGHTS[k] for k in taken) <= CAPACITY
    ]
    # All but the fifth item, and all but the fourth.
    best = front([(-sum(VALUES[k] for k in t), -sum(OTHER_VALUES[k] for k in t)) for t in fitting])
    assert best == [(-27, -37), (-21, -38)]

    result = run(exact(knapsack(tmp_path)), Settings(goals=("cost", "shortfall")))

    lost = sum(WEIGHTS) + sum(VALUES), sum(OTHER_VALUES)
    assert found(result) == [(lost[0] + one, lost[1] + other) for one, other in best]


# --- location ----------------------------------------------------------------------------------------------------

# Customers in a row of towns, sites at four of them; what a customer left out costs.
DISTANCES = ((0, 3, 7, 9), (2, 1, 6, 8), (5, 2, 4, 6), (8, 5, 1, 3), (9, 8, 3, 0))
LEFT_OUT = (4, 2, 5, 3, 6)


def test_location_of_three_objectives(tmp_path: Path) -> None:
    """Distance, sites and customers left out: p-median for every number of sites, with a price for those not served."""
    customers, sites = range(len(DISTANCES)), range(len(DISTANCES[0]))
    choices = []
    for number in range(len(sites) + 1):
        for opened in combinations(sites, number):
            for served in product((False, True), repeat=len(customers)):
                if any(served) and not opened:
                    continue
                distance = sum(min(DISTANCES[j][i] for i in opened) for j in customers if served[j])
                out = sum(LEFT_OUT[j] for j in customers if not served[j])
                choices.append((float(distance), float(number), float(out)))
    tables = {
        "nations": nations_of(len(customers)),
        "capabilities": [capability(shortfall_meur_per_unit_year=1.0)],
        "programs": [line(program(i)) for i in sites],
        "requirements": [need(j, 1, must_meet="no", priority=LEFT_OUT[j]) for j in customers],
        "offers": [
            {"program": program(i), "nation": nation(j), "unit_price_meur": DISTANCES[j][i]}
            for j in customers
            for i in sites
        ],
    }

    result = run(exact(write_scenario(tmp_path, tables)), Settings(goals=("cost", "types", "shortfall")))

    assert found(result) == front(choices)


@pytest.mark.parametrize("goals", [("cost", "types"), ("types", "cost")])
def test_p_median_for_every_number_of_sites(tmp_path: Path, goals: tuple[str, str]) -> None:
    # All served. One site: 7 + 6 + 4 + 1 + 3 = 21, 19 (second), 24, 26; two: 0 + 1 + 2 + 3 + 0 with 2 and 4, ...
    customers, sites = range(len(DISTANCES)), range(len(DISTANCES[0]))
    choices = [
        (float(sum(min(DISTANCES[j][i] for i in opened) for j in customers)), float(number))
        for number in range(1, len(sites) + 1)
        for opened in combinations(sites, number)
    ]
    tables = {
        "nations": nations_of(len(customers)),
        "capabilities": [capability()],
        "programs": [line(program(i)) for i in sites],
        "requirements": [need(j, 1) for j in customers],
        "offers": [
            {"program": program(i), "nation": nation(j), "unit_price_meur": DISTANCES[j][i]}
            for j in customers
            for i in sites
        ],
    }

    result = run(exact(write_scenario(tmp_path, tables)), Settings(goals=goals))

    assert found(result) == sorted(v if goals[0] == "cost" else v[::-1] for v in front(choices))
