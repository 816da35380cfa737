"""Locks: the analyst's own required, forbidden and fixed choices."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, calendar, excesses, make, plan_of, row_keys

from model.fixed_plan import is_feasible, only
from optimizer.model.build import build
from optimizer.model.rules import RULES
from optimizer.model.rules.locks import RULE

PROGRAMS = "program unit_cost_meur\njet 10\nkite 11"
NEED = "nation quantity\nAAA 3\nBBB 1"


def locked(row: str):  # type: ignore[no-untyped-def]
    return make(programs=PROGRAMS, requirements=NEED, locks="nation program action units\n" + row, mode="national")


@pytest.mark.parametrize(
    ("row", "cost"),
    [
        ("- kite forbid -", 40),  # nobody wanted it
        ("- jet forbid -", 44),
        ("AAA jet forbid -", 43),  # AAA's three are kites
        ("- kite require -", 41),  # one kite is enough
        ("AAA kite require 2", 42),
        ("- kite require 3", 43),
        ("- kite fix 2", 42),
        ("BBB kite fix 1", 41),
        ("AAA jet fix 0", 43),
    ],
)
def test_a_lock_costs_what_it_costs(row: str, cost: float) -> None:
    assert best(locked(row)).objective_meur == pytest.approx(cost)


@pytest.mark.parametrize(
    ("row", "excess"),
    [
        ("AAA jet require 3", {}),
        ("AAA jet require 4", {("AAA", "jet", "require"): 1}),
        ("- jet require -", {}),
        ("AAA kite require -", {("AAA", "kite", "require"): 1}),
        ("- jet require 5", {("jet", "require"): 1}),
        ("AAA jet fix 3", {}),
        ("AAA jet fix 1", {("AAA", "jet", "fix"): 2}),
        ("AAA jet fix 5", {("AAA", "jet", "fix"): 2}),
        ("- jet fix 4", {}),
        ("- jet fix 0", {("jet", "fix"): 4}),
        ("- jet forbid -", {("jet", "forbid"): 4}),
        ("BBB jet forbid -", {("BBB", "jet", "forbid"): 1}),
        ("- kite forbid -", {}),
    ],
)
def test_the_check_reports_units_away_from_the_lock(row: str, excess: dict[tuple[str, ...], float]) -> None:
    plan = plan_of("AAA jet@AAA 2026 2\nAAA jet@AAA 2027 1\nBBB jet@BBB 2026 1")
    assert excesses(RULE, locked(row), plan) == excess


def test_a_program_lock_leaves_it_open_who_buys() -> None:
    solution = best(locked("- kite fix 1"))
    assert sum(units for (_, program), units in bought(solution).items() if program == "kite") == 1


def dated(row: str, **more):  # type: ignore[no-untyped-def]
    return make(
        programs=PROGRAMS,
        requirements=NEED,
        locks="nation program action units first_delivery last_delivery\n" + row,
        mode="national",
        **more,
    )


@pytest.mark.parametrize(
    ("row", "years"),
    [
        ("AAA jet require 3 2027 2027", {2027}),
        ("AAA jet require 3 2028 -", {2028}),
        ("AAA jet fix 3 2027 2027", {2027}),
        ("AAA jet require - - 2026", {2026}),
    ],
)
def test_a_lock_may_say_when(row: str, years: set[int]) -> None:
    # Being short costs more than buying, so without the lock all comes in 2026; BBB is not bound.
    solution = best(dated(row))
    assert {year for nation, year in calendar(solution) if nation == "AAA"} == years
    assert bought(solution) == {("AAA", "jet"): 3, ("BBB", "jet"): 1}
    assert calendar(solution)["BBB", 2026] == 1


def test_years_of_a_program_bind_all_its_buyers() -> None:
    # Three units a year late, at 100 each, and BBB's one: 400 for each year of waiting, jets 40; a kite costs 1 more
    # and comes in time, but one jet is required: three of AAA's or BBB's own may be kites.
    solution = best(dated("- jet require - 2027 -"))
    assert bought(solution) in (
        {("AAA", "jet"): 1, ("AAA", "kite"): 2, ("BBB", "kite"): 1},
        {("AAA", "kite"): 3, ("BBB", "jet"): 1},
    )
    # 3 kites at 11, one jet at 10, one unit short for one year.
    assert solution.objective_meur == pytest.approx(33 + 10 + 100)


@pytest.mark.parametrize(
    ("row", "excess"),
    [
        ("AAA jet require - 2026 2027", {}),
        ("AAA jet require - 2027 -", {("AAA", "jet", "require", "years"): 2}),
        ("AAA jet require - - 2026", {("AAA", "jet", "require", "years"): 1}),
        ("- jet fix 4 2027 2027", {("jet", "fix", "years"): 3}),
    ],
)
def test_the_check_reports_units_in_other_years(row: str, excess: dict[tuple[str, ...], float]) -> None:
    plan = plan_of("AAA jet@AAA 2026 2\nAAA jet@AAA 2027 1\nBBB jet@BBB 2026 1")
    assert excesses(RULE, dated(row), plan) == excess


@pytest.mark.parametrize("row", ["AAA jet require - 2027 2027", "- jet fix 2 - 2026", "AAA jet fix 2 2028 -"])
@pytest.mark.parametrize(
    "deliveries", ["AAA jet@AAA 2026 2", "AAA jet@AAA 2027 2", "AAA jet@AAA 2027 1\nAAA jet@AAA 2028 1"]
)
def test_years_as_rows_and_as_check_agree(row: str, deliveries: str) -> None:
    scenario, plan = dated(row), plan_of(deliveries)
    names = [rule.name for rule in RULES if rule.kind == "physical"]
    model = build(scenario, whole_deliveries=True, without=only(*names, RULE.name))
    assert is_feasible(model, plan) == (not excesses(RULE, scenario, plan))


def test_no_lock_no_rows() -> None:
    assert row_keys(RULE, make(programs=PROGRAMS, requirements=NEED)) == []
    assert row_keys(RULE, locked("AAA kite require 2")) == [
        ("AAA", "kite", "require"),
        ("AAA", "kite", "require", "units"),
    ]
