"""Type limit: types per capability and per nation within their limits."""

from __future__ import annotations

import pytest
from scenario_maker import best, excesses, make, plan_of, row_keys

from optimizer import solve
from optimizer.model.rules.type_limit import RULE

# AAA alone may buy the cheap jet, BBB alone the cheap kite; wolf is for everyone. Jet and kite are one family.
PROGRAMS = """
program  family  buyers  unit_cost_meur
jet      birds   AAA     10
kite     birds   BBB     10
wolf     -       -       14
"""
NEED = "nation\nAAA\nBBB"


def limited(columns: str, values: str, **more: str):  # type: ignore[no-untyped-def]
    tables = {"programs": PROGRAMS, "requirements": NEED, **more}
    return make(capabilities=f"capability {columns}\nfighter {values}", mode="national", **tables)


@pytest.mark.parametrize(
    ("columns", "values", "cost"),
    [
        ("max_types", "1", 20),  # by family jet and kite are one type
        ("max_types type_is", "2 program", 20),
        ("max_types type_is", "1 program", 28),  # one program for both: wolf
        ("max_types", "0", 600),
    ],
)
def test_exactly_the_limit_is_allowed_and_one_more_is_not(columns: str, values: str, cost: float) -> None:
    assert best(limited(columns, values)).objective_meur == pytest.approx(cost)


def test_a_nation_has_its_own_limit() -> None:
    # AAA needs two units but only one jet is made; a wolf besides makes two types.
    need = "nation quantity\nAAA 2"
    line = (
        PROGRAMS.replace("unit_cost_meur", "unit_cost_meur max_units")
        .replace(" 10\n", " 10 1\n")
        .replace(" 14\n", " 14 -\n")
    )
    assert best(limited("max_types_per_nation", "2", programs=line, requirements=need)).objective_meur == (
        pytest.approx(24)
    )
    assert best(limited("max_types_per_nation", "1", programs=line, requirements=need)).objective_meur == (
        pytest.approx(28)
    )


def test_the_check_reports_types_too_many() -> None:
    plan = plan_of("AAA jet@AAA 2026 1\nAAA wolf@AAA 2026 1\nBBB kite@BBB 2026 1")
    scenario = limited("max_types type_is max_types_per_nation", "2 program 1")
    assert excesses(RULE, scenario, plan) == {("fighter",): 1, ("AAA", "fighter"): 1}
    by_family = limited("max_types max_types_per_nation", "2 2")
    assert excesses(RULE, by_family, plan) == {}


@pytest.mark.parametrize(
    ("fleet", "cost"),
    [
        ("AAA relic -", 600),  # stays: the only type allowed
        ("AAA relic 2029", 600),  # still there in 2028
        ("AAA relic 2028", 20),  # retires within the horizon: no type
        ("AAA jet -", 20),  # of the same family
    ],
)
def test_fleets_that_stay_count_as_types(fleet: str, cost: float) -> None:
    nation, program, retires = fleet.split()
    scenario = limited("max_types", "1", fleets=f"nation program units retires\n{nation} {program} 0.001 {retires}")
    # A thousandth of a unit in service hardly changes what is short.
    assert best(scenario).objective_meur == pytest.approx(cost, abs=0.31)


def test_fleets_that_exceed_the_limit_by_themselves_make_it_infeasible() -> None:
    fleets = "nation program units\nAAA relic 1\nAAA ruin 1"
    solution = solve(limited("max_types_per_nation", "1", fleets=fleets))
    assert solution.status == "infeasible"
    assert solution.clash == ("type_limit",)
    scenario = limited("max_types max_types_per_nation", "1 1", fleets=fleets)
    assert excesses(RULE, scenario, plan_of("")) == {("fighter",): 1, ("AAA", "fighter"): 1}


def test_units_under_contract_count_as_types() -> None:
    scenario = limited(
        "max_types",
        "1",
        requirements="""
        nation quantity contracted_units baseline_program
        AAA    1        1                wolf
        BBB    1        0                -""",
    )
    assert best(scenario).objective_meur == pytest.approx(14)


def test_no_limit_no_rows() -> None:
    assert row_keys(RULE, make(programs=PROGRAMS, requirements=NEED)) == []
    assert row_keys(RULE, limited("max_types", "1")) == [("fighter",)]
    assert row_keys(RULE, limited("max_types_per_nation", "1")) == [("AAA", "fighter"), ("BBB", "fighter")]
