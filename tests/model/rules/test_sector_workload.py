"""Sector workload: work in a nation's sector between its sovereign minimum and its capacity."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, best, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.model.rules.sector_workload import RULE

PROGRAMS = """
program  suppliers        unit_cost_meur
jet      AAA:0.4;BBB:0.6  10
swan     BBB:1            12
"""


def sector(limits: str, columns: str = "nation sector min_work_meur max_work_meur"):  # type: ignore[no-untyped-def]
    return make(
        capabilities="capability sector\nfighter air",
        programs=PROGRAMS,
        requirements="nation quantity\nAAA 2",
        industry=f"{columns}\n{limits}",
        mode="national",
    )


@pytest.mark.parametrize(
    ("limits", "cost"),
    [
        ("BBB air 12 -", 20),  # two jets place 12 in BBB
        ("BBB air 12.1 -", 22),  # jet and swan: 6 + 12
        ("BBB air 18.1 -", 24),  # two swans: 24
        ("AAA air - 8", 20),
        ("AAA air - 7.9", 22),
        ("BBB electronics - 0", 20),  # another sector
    ],
)
def test_exactly_the_limit_is_allowed_and_one_more_is_not(limits: str, cost: float) -> None:
    assert best(sector(limits)).objective_meur == pytest.approx(cost)


def test_work_that_cannot_be_had_is_infeasible() -> None:
    solution = solve(sector("BBB air 24.1 -"))
    assert solution.status == "infeasible"
    assert solution.clash == ("sector_workload",)


def test_the_check_reports_work_missing_or_too_much() -> None:
    two_jets = plan_of("AAA jet@AAA 2026 2")
    assert excesses(RULE, sector("BBB air 12 12"), two_jets) == {}
    assert excesses(RULE, sector("BBB air 15 -"), two_jets) == {("BBB", "air", "least"): 3}
    assert excesses(RULE, sector("BBB air - 10"), two_jets) == {("BBB", "air", "most"): 2}
    assert excesses(RULE, sector("BBB air 5 -"), plan_of("")) == {("BBB", "air", "least"): 5}


def test_work_of_an_open_development_counts_where_it_is_placed() -> None:
    scenario = make(
        programs=EAGLE, requirements="nation need_by\nAAA 2027\nBBB 2027", industry="nation max_work_meur\nAAA 50"
    )
    # Value 100 + 20.
    plan = plan_of(
        "AAA eagle@joint 2027 1\nBBB eagle@joint 2027 1", work={("AAA", "eagle@joint"): 60, ("BBB", "eagle@joint"): 60}
    )
    assert excesses(RULE, scenario, plan) == {("AAA", "defense", "most"): 10}
    assert best(scenario).objective_meur == pytest.approx(120)  # 50 in AAA, 70 in BBB


def test_no_industry_no_rows() -> None:
    assert row_keys(RULE, make(programs=PROGRAMS, requirements="nation\nAAA")) == []
    only_yearly = sector("BBB air 3", "nation sector min_work_meur_per_year")
    assert row_keys(RULE, only_yearly) == []
    assert len(row_keys(RULE, sector("BBB air 1 9"))) == 2
