"""A plan by cell, program, need and partner, by hand."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, make, plan_of

from optimizer.measures.portfolio import portfolio_tables
from optimizer.measures.report import result_tables

PROGRAMS = EAGLE + "kite off_the_shelf - - - BBB:1 2026\n"
NEED = "nation quantity need_by\nAAA 3 2027\nBBB 3 2027"
FLEETS = "nation program units retires\nAAA kite 1 2028"


def case():
    scenario = make(programs=PROGRAMS, requirements=NEED, fleets=FLEETS)
    plan = plan_of(
        "AAA eagle@joint 2027 2\nAAA eagle@joint 2028 1\nBBB eagle@joint 2027 1\nBBB kite@joint 2028 2",
        development={("AAA", "eagle@joint"): 70, ("BBB", "eagle@joint"): 30},
        work={("AAA", "eagle@joint"): 80, ("BBB", "eagle@joint"): 60},
    )
    return scenario, plan


def test_cells_add_up_to_the_allocations() -> None:
    scenario, plan = case()
    cells = portfolio_tables(scenario, plan)["cells"].set_index(["nation", "program"])
    # AAA: three eagles at 10 and 70 of their development.
    aaa = cells.loc["AAA", "eagle"]
    assert (aaa["units"], aaa["payment_meur"], aaa["development_meur"], aaa["total_meur"]) == (3, 30, 70, 100)
    assert (aaa["first_year"], aaa["last_year"]) == (2027, 2028)
    written = result_tables(scenario, plan)["allocations"].groupby(["nation", "program"])[["units", "payment_meur"]]
    assert written.sum().to_dict() == cells[["units", "payment_meur"]].to_dict()


def test_contracts_tell_the_band_they_reached() -> None:
    found = portfolio_tables(*case())["contracts"].set_index("program")
    # Four eagles by two nations, 40 and the development of 100: 140 of work.
    eagle = found.loc["eagle"]
    assert (eagle["nations"], eagle["partners"], eagle["units"], eagle["work_value_meur"]) == (2, 2, 4, 140)
    assert eagle["band_from_units"] <= 4 <= eagle["band_to_units"]
    assert (found.loc["kite", "partners"], found.loc["kite", "band_price_meur"]) == (0, pytest.approx(10.0))


def test_needs_against_what_stands_and_comes() -> None:
    found = portfolio_tables(*case())["needs"].set_index(["nation", "year"])
    # AAA asks 3 from 2027 on. It has one kite until 2028 and gets 2, then 1 more: 3 in both years.
    columns = ["required_units", "standing_units", "new_units", "short_units"]
    assert found.loc["AAA", columns].to_numpy().tolist() == [[0, 1, 0, 0], [3, 1, 2, 0], [3, 0, 3, 0]]
    # BBB has 1 of 3 in 2027: two are short for a year.
    assert found.loc["BBB", columns].to_numpy().tolist() == [[0, 0, 0, 0], [3, 0, 1, 2], [3, 0, 3, 0]]


def test_who_buys_with_whom() -> None:
    found = portfolio_tables(*case())["fellows"]
    # They meet in the eagle only, where AAA pays 30 + 70 and BBB 10 + 30.
    assert found.to_dict("records") == [
        {"nation": "AAA", "other": "BBB", "contracts": 1, "payment_meur": 100.0},
        {"nation": "BBB", "other": "AAA", "contracts": 1, "payment_meur": 40.0},
    ]


def test_deliveries_are_those_of_the_plan() -> None:
    scenario, plan = case()
    found = portfolio_tables(scenario, plan)["deliveries"]
    assert found["units"].sum() == sum(plan.deliveries.values()) == 6
    assert found.query("program == 'kite'")[["year", "nation", "units"]].to_numpy().tolist() == [[2028, "BBB", 2]]


def test_work_lies_where_the_contract_places_it() -> None:
    found = portfolio_tables(*case())["contract_work"]
    # The eagle's value is 140: 80 in AAA, 60 in BBB. Two kites at 10 are made in BBB.
    assert found.to_dict("records") == [
        {"contract": "eagle@joint", "nation": "AAA", "work_meur": 80.0, "share": pytest.approx(80 / 140)},
        {"contract": "eagle@joint", "nation": "BBB", "work_meur": 60.0, "share": pytest.approx(60 / 140)},
        {"contract": "kite@joint", "nation": "BBB", "work_meur": pytest.approx(20.0), "share": pytest.approx(1.0)},
    ]
