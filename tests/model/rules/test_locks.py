"""Locks: the analyst's own required, forbidden and fixed choices."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

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


def test_no_lock_no_rows() -> None:
    assert row_keys(RULE, make(programs=PROGRAMS, requirements=NEED)) == []
    assert row_keys(RULE, locked("AAA kite require 2")) == [
        ("AAA", "kite", "require"),
        ("AAA", "kite", "require", "units"),
    ]
