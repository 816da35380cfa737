"""The ledger: a plan's units, money, coverage, types and work, by hand."""

from __future__ import annotations

import pytest
from scenario_maker import EAGLE, make, plan_of

from optimizer import Plan
from optimizer.measures.ledger import Ledger

NEED = "nation quantity need_by\nAAA 2 2027\nBBB 1 2027"
PROGRAMS = EAGLE.replace("first_delivery", "first_delivery joining_meur support_meur_per_unit_year").replace(
    " 2027", " 2027 4 3"
)


def ledger() -> Ledger:
    # Two units for AAA in 2027 and 2028, one for BBB in 2027; AAA pays 70 of 100, work 80 of 130 in AAA.
    scenario = make(programs=PROGRAMS, requirements=NEED, rate=0.25)
    plan = plan_of(
        "AAA eagle@joint 2027 1\nAAA eagle@joint 2028 1\nBBB eagle@joint 2027 1",
        development={("AAA", "eagle@joint"): 70, ("BBB", "eagle@joint"): 30},
        work={("AAA", "eagle@joint"): 80, ("BBB", "eagle@joint"): 50},
    )
    return Ledger(scenario, plan)


def test_units() -> None:
    book = ledger()
    assert book.units == {("AAA", "eagle@joint"): 2, ("BBB", "eagle@joint"): 1}
    assert book.totals == {"eagle@joint": 3}
    assert book.joined == {"eagle@joint": ("AAA", "BBB")}
    assert book.partners("eagle@joint") == ("AAA", "BBB")
    assert book.program_units["AAA", "eagle"] == {2027: 1, 2028: 1}


def test_payments_by_nation_year_and_class() -> None:
    book = ledger()
    paid = {(n, t, k): round(meur, 9) for (n, t, k), meur in book.payments.items() if meur}
    assert paid == {
        ("AAA", 2026, "development"): 70,
        ("BBB", 2026, "development"): 30,
        ("AAA", 2027, "procurement"): 14,
        ("AAA", 2028, "procurement"): 10,
        ("BBB", 2027, "procurement"): 14,
        ("AAA", 2027, "support"): 3,
        ("AAA", 2028, "support"): 6,
        ("BBB", 2027, "support"): 3,
        ("BBB", 2028, "support"): 3,
    }
    assert book.paid("AAA", 2027, "all") == pytest.approx(17)
    # At 25 %: 70 + 17 * 0.8 + 16 * 0.64.
    assert book.nation_cost["AAA"] == pytest.approx(70 + 13.6 + 10.24)


def test_value_and_work() -> None:
    book = ledger()
    assert book.value("eagle@joint") == pytest.approx(130)
    assert book.work == {("AAA", "eagle@joint"): 80, ("BBB", "eagle@joint"): 50}


def test_work_of_other_contracts_lies_where_their_value_arises() -> None:
    scenario = make(programs="program suppliers\njet AAA:0.5;USA:0.5", requirements="nation quantity\nBBB 2")
    assert Ledger(scenario, plan_of("BBB jet@BBB 2026 2")).work == {
        ("AAA", "jet@BBB"): pytest.approx(10),
        ("USA", "jet@BBB"): pytest.approx(10),
    }


def test_shortfalls_and_what_they_cost_a_nation() -> None:
    book = ledger()
    # AAA has one of two in 2027.
    assert book.shortfalls == {(0, 2027): 1}
    assert book.nation_shortfall_cost == {"AAA": pytest.approx(80), "BBB": 0}


def test_what_a_plan_names_and_the_scenario_does_not_have() -> None:
    scenario = make(programs="program\njet", requirements="nation\nAAA")
    plan = Plan(
        deliveries={("AAA", "jet@joint", 2026): 1, ("BBB", "jet@AAA", 2026): 1, ("AAA", "jet@AAA", 2031): 1},
        development={("CCC", "jet@AAA"): 1.0},
        work={("AAA", "kite@AAA"): 1.0},
        elements={("AAA", "kite@AAA"): 1.0},
        grants={("kite@AAA", "fund"): 1.0},
    )
    book = Ledger(scenario, plan)
    assert len(book.unknown) == 7
    assert book.units == {}
    assert Ledger(scenario, plan_of("AAA jet@AAA 2026 1")).unknown == ()


def test_types_of_nations_and_of_the_alliance() -> None:
    scenario = make(
        programs="program family\njet birds\nkite birds\nwolf -",
        mode="national",
        requirements="nation quantity\nAAA 3\nBBB 1",
        fleets="nation program units retires\nAAA relic 1 -\nBBB ruin 1 2027\nBBB jet 1 -",
    )
    book = Ledger(scenario, plan_of("AAA kite@AAA 2026 1\nBBB wolf@BBB 2026 1"))
    assert book.nation_types == {("AAA", "fighter"): {"relic", "birds"}, ("BBB", "fighter"): {"birds", "wolf"}}
    assert book.types == {"fighter": {"relic", "birds", "wolf"}}
