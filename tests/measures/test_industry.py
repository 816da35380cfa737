"""Groups, work for money, dependence, content and sustained lines of a plan, by hand."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, make, plan_of

from optimizer.measures.industry import industry_tables, outside_share, sector_work_by_year
from optimizer.measures.ledger import Ledger

PROGRAMS = EAGLE + "kite off_the_shelf - - - BBB:0.4;ZZZ:0.6 2026\n"
NEED = "nation quantity need_by\nAAA 2 2027\nBBB 3 2027"
# Two eagles for AAA and one for BBB at 10 each, two kites for BBB at 10: AAA buys for 20, BBB for 30. The eagle's
# development costs 100: AAA pays 70, BBB 30. Its work value is 130: 80 lies in AAA, 50 in BBB.
DELIVERIES = "AAA eagle@joint 2027 2\nBBB eagle@joint 2027 1\nBBB kite@joint 2028 2"


def case(**tables: str):
    scenario = make(programs=PROGRAMS, requirements=NEED, **tables)
    plan = plan_of(
        DELIVERIES,
        development={("AAA", "eagle@joint"): 70, ("BBB", "eagle@joint"): 30},
        work={("AAA", "eagle@joint"): 80, ("BBB", "eagle@joint"): 50},
    )
    return scenario, plan


def rows(table, *columns: str) -> list[tuple]:
    return list(table[list(columns)].itertuples(index=False, name=None))


def test_work_against_payment() -> None:
    tables = industry_tables(*case())
    # AAA pays 20 + 70 = 90 and works 80: 80 / 90. BBB pays 30 + 30 = 60 and works 50 + 0.4 x 20 = 58.
    found = tables["work_return"].set_index("nation")
    assert found["paid_meur"].to_dict() == {"AAA": 90.0, "BBB": 60.0}
    assert found["work_meur"].to_dict() == {"AAA": 80.0, "BBB": 58.0}
    assert found.loc["AAA", "return_ratio"] == pytest.approx(80 / 90)
    # All of the eagle's value arises inside the pool and 0.4 of the kite's: due to BBB 1 x 40 + 0.4 x 20 = 48.
    assert found.loc["BBB", "due_meur"] == pytest.approx(48.0)
    assert found.loc["BBB", "got_ratio"] == pytest.approx(58 / 48)


def test_dependence_on_suppliers() -> None:
    tables = industry_tables(*case())
    # Of BBB's 30: eagle 10 half from AAA, half from home; kites 20, 0.4 home and 0.6 ZZZ. ZZZ 12, home 5 + 8, AAA 5.
    found = tables["suppliers"].query("nation == 'BBB'")
    assert rows(found, "supplier", "value_meur") == [("AAA", 5.0), ("BBB", 13.0), ("ZZZ", 12.0)]
    worst = tables["dependence"].set_index("nation").loc["BBB"]
    assert (worst["supplier"], worst["largest_share"]) == ("ZZZ", pytest.approx(0.4))
    assert worst["home_share"] == pytest.approx(13 / 30)


def test_content_from_outside_a_bloc() -> None:
    scenario, plan = case(nations="nation blocs\nAAA PACT\nBBB PACT")
    assert outside_share(scenario, "kite", frozenset({"AAA", "BBB"})) == pytest.approx(0.6)
    # Members buy for 50, and only the kites' 0.6 x 20 comes from elsewhere.
    (found,) = industry_tables(scenario, plan)["content"].to_dict("records")
    assert found == {
        "bloc": "PACT",
        "bought_meur": 50.0,
        "outside_meur": pytest.approx(12.0),
        "outside_share": pytest.approx(0.24),
    }


def test_groups_settle_or_name_who_breaks_it() -> None:
    groups = "nation level\nAAA common\nBBB common"
    (split,) = industry_tables(*case(groups=groups))["groups"].to_dict("records")
    # Eagle and kite are one each: the first by name stands for the cell, and BBB, who buys the other, breaks it.
    assert (split["settled_on"], split["programs"], split["breaking"], split["breakers"]) == (
        "eagle",
        "eagle;kite",
        "kite",
        "BBB",
    )
    scenario, _ = case(groups=groups)
    (settled,) = industry_tables(scenario, plan_of("AAA eagle@joint 2027 2"))["groups"].to_dict("records")
    assert (settled["settled_on"], settled["breaking"], settled["breakers"]) == ("eagle", "", "")
    (empty,) = industry_tables(scenario, plan_of(""))["groups"].to_dict("records")
    assert (empty["settled_on"], empty["programs"]) == ("", "")


def test_lines_against_their_least_work() -> None:
    scenario, plan = case(
        capabilities="capability sector\nfighter defense",
        industry="nation sector min_work_meur max_work_meur min_work_meur_per_year\nAAA defense 100 - 20\n"
        "BBB defense - 50 -",
    )
    tables = industry_tables(scenario, plan)
    # AAA works 80 of its least 100; BBB works 58 and has room for 50.
    assert rows(tables["sectors"], "nation", "work_meur", "missing_meur", "beyond_meur") == [
        ("AAA", 80.0, 20.0, 0.0),
        ("BBB", 58.0, 0.0, 8.0),
    ]
    # By year AAA has half of what falls due for eagles; every year's work and what it lacks of 20 add up to 20 or more.
    by_year = sector_work_by_year(Ledger(scenario, plan), "AAA", "defense")
    assert sum(by_year.values()) == pytest.approx(0.5 * (30 + 100))
    found = tables["sector_years"].query("nation == 'AAA'").set_index("year")
    assert found["work_meur"].to_dict() == pytest.approx(by_year)
    assert found["missing_meur"].to_dict() == pytest.approx({y: max(0.0, 20 - work) for y, work in by_year.items()})
