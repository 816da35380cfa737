"""Interoperability: the members of a group settle on one key and buy only what carries it."""

from __future__ import annotations

import pytest
from scenario_maker import best, bought, excesses, make, plan_of, row_keys

from optimizer.model.rules.interoperability import RULE, cells, fleet_keys

# AAA alone may buy lynx, BBB alone puma, both wolf, which is dearer.
PROGRAMS = """
program  family  buyers   standards      unit_cost_meur
lynx     cats    AAA      link_a         10
puma     cats    BBB      link_b         10
wolf     dogs    AAA;BBB  link_a;link_b  15
"""
NEED = "nation\nAAA\nBBB"
MIXED = "AAA lynx@AAA 2026 1\nBBB puma@BBB 2026 1"


def group(level: str, **more: str):  # type: ignore[no-untyped-def]
    tables = {"programs": PROGRAMS, "requirements": NEED, **more}
    return make(groups=f"nation level\nAAA {level}\nBBB {level}", mode="national", **tables)


@pytest.mark.parametrize(
    ("level", "cost"),
    [
        ("compatible", 25),  # link_a: lynx with wolf; or link_b: puma with wolf
        ("interchangeable", 20),  # both are cats
        ("common", 30),  # both buy the wolf
    ],
)
def test_members_buy_what_carries_the_key(level: str, cost: float) -> None:
    assert best(group(level)).objective_meur == pytest.approx(cost)


@pytest.mark.parametrize(("level", "broken"), [("compatible", 1), ("interchangeable", 0), ("common", 1)])
def test_the_check_counts_the_programs_that_do_not_carry_the_key(level: str, broken: int) -> None:
    expected = {("wing", "fighter"): broken} if broken else {}
    assert excesses(RULE, group(level), plan_of(MIXED)) == expected


def test_one_program_more_without_the_key_is_one_more() -> None:
    three = "AAA lynx@AAA 2026 1\nBBB puma@BBB 2026 1\nAAA wolf@AAA 2026 1"
    scenario = group("common", requirements="nation quantity\nAAA 2\nBBB 1")
    assert excesses(RULE, scenario, plan_of(three)) == {("wing", "fighter"): 2}


def test_nations_outside_the_group_are_free() -> None:
    scenario = make(programs=PROGRAMS, requirements=NEED, groups="nation level\nAAA common", mode="national")
    assert best(scenario).objective_meur == pytest.approx(20)


@pytest.mark.parametrize(
    ("fleet", "cost"),
    [
        ("lynx -", 25),  # carries link_a only: BBB must take the wolf
        ("lynx 2027", 25),  # retires after 2026, when the group begins
        ("lynx 2026", 25),  # gone when the group begins: either link will do at the same cost
        ("cats -", 25),  # a family carries what any of its programs carries
        ("unheard_of -", 25),  # unknown names are ignored
        ("mole -", 300),  # carries no link that is on offer: nobody may buy
    ],
)
def test_fleets_forbid_the_keys_they_do_not_carry(fleet: str, cost: float) -> None:
    mole = PROGRAMS + "mole moles CCC link_c 1\n"
    nations = "nation\nAAA\nBBB\nCCC"
    scenario = group(
        "compatible",
        programs=mole,
        nations=nations,
        requirements="nation quantity\nAAA 1\nBBB 1",
        fleets=f"nation program units retires\nAAA {fleet.split()[0]} 0.5 {fleet.split()[1]}",
    )
    solution = best(scenario)
    # Half a unit of a standing fleet counts towards AAA's need, but a whole one is bought all the same.
    if fleet.startswith("mole"):
        # AAA 0.5 and BBB 1 short for three years.
        assert solution.objective_meur == pytest.approx((0.5 + 1) * 3 * 100)
    else:
        assert solution.objective_meur == pytest.approx(cost)


@pytest.mark.parametrize(("retires", "free"), [(2027, True), (2028, False)])
def test_a_fleet_counts_when_it_outlasts_the_year_the_group_begins(retires: int, free: bool) -> None:
    # AAA's mole carries no link on offer: while it must be reckoned with, nobody may buy.
    scenario = make(
        nations="nation\nAAA\nBBB\nCCC",
        programs=PROGRAMS + "mole moles CCC link_c 1\n",
        requirements=NEED,
        mode="national",
        groups="nation level from_year\nAAA compatible 2027\nBBB compatible 2027",
        fleets=f"nation program units retires\nAAA mole 0.001 {retires}",
    )
    assert (best(scenario).objective_meur < 100) == free


def test_a_fleet_decides_the_standard() -> None:
    # BBB keeps a fleet with link_b: AAA's lynx is out, BBB's puma stays.
    scenario = group("compatible", fleets="nation program units\nBBB puma 0.5")
    assert bought(best(scenario)) == {("AAA", "wolf"): 1, ("BBB", "puma"): 1}
    plan = plan_of("AAA lynx@AAA 2026 1\nBBB wolf@BBB 2026 1")
    assert excesses(RULE, scenario, plan) == {("wing", "fighter"): 1}


def test_contracted_units_forbid_as_fleets_do_and_never_retire() -> None:
    scenario = group(
        "compatible",
        requirements="""
        nation quantity contracted_units baseline_program
        AAA    1        0                -
        BBB    2        1                puma""",
    )
    assert bought(best(scenario)) == {("AAA", "wolf"): 1, ("BBB", "puma"): 1}


@pytest.mark.parametrize(("year", "cells_found"), [(2026, 1), (2028, 1), (2029, 0)])
def test_a_group_that_begins_after_the_horizon_binds_nobody(year: int, cells_found: int) -> None:
    groups = f"nation level from_year\nAAA common {year}\nBBB common {year}"
    scenario = make(programs=PROGRAMS, requirements=NEED, groups=groups, mode="national")
    assert len(cells(scenario)) == cells_found
    assert best(scenario).objective_meur == pytest.approx(30 if cells_found else 20)


def test_no_group_no_rows() -> None:
    assert row_keys(RULE, make(programs=PROGRAMS, requirements=NEED)) == []
    # One row for each program a member may buy: lynx, puma, wolf.
    assert len(row_keys(RULE, group("common"))) == 3


def test_what_a_fleet_carries() -> None:
    scenario = group("compatible")
    assert fleet_keys(scenario, "fighter", "lynx", "compatible") == {"link_a"}
    assert fleet_keys(scenario, "fighter", "cats", "compatible") == {"link_a", "link_b"}
    assert fleet_keys(scenario, "fighter", "cats", "interchangeable") == {"cats"}
    assert fleet_keys(scenario, "fighter", "nobody", "common") is None


def test_soft_it_costs_its_price_per_program_without_the_key() -> None:
    # BBB's two programs and AAA's one: wolf is dearer by 5, so at 1 a program one keeps the cheap mix.
    scenario = group("common").with_rule("interoperability", on=True, soft=True, price=1.0)
    solution = best(scenario)
    assert solution.objective_meur == pytest.approx(21)
    assert solution.relaxation_meur == pytest.approx(1)


def test_soft_a_program_that_two_members_buy_counts_once() -> None:
    # AAA's standing fleet leaves the key `lynx` only; both members buy the wolf: one program without the key.
    scenario = group(
        "common",
        programs="program buyers unit_cost_meur\nlynx CCC 10\nwolf AAA;BBB 15",
        nations="nation\nAAA\nBBB\nCCC",
        fleets="nation program units\nAAA lynx 0.5",
    )
    soft = scenario.with_rule("interoperability", on=True, soft=True, price=1.0)
    assert best(soft).objective_meur == pytest.approx(30 + 1)
