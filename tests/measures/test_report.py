"""The report: figures and result tables of a plan, with the columns the interface promises."""

from __future__ import annotations

import pytest
from scenario_maker import make, plan_of

from optimizer.measures.ledger import Ledger
from optimizer.measures.report import COLUMNS, effective_types, figures, result_tables

PROGRAMS = "program suppliers\njet AAA:0.5;USA:0.5\nkite BBB:1"
PLAN = "AAA jet@AAA 2026 2\nAAA jet@AAA 2027 1\nBBB kite@BBB 2028 1"


def scenario():  # type: ignore[no-untyped-def]
    return make(programs=PROGRAMS, requirements="nation quantity\nAAA 3\nBBB 1", mode="national", rate=0.25)


def test_figures() -> None:
    found = figures(scenario(), plan_of(PLAN))
    # Three jets and a kite at 10, 3:1 by type: 1 / (9 + 1) * 16. Short: one in 2026 for AAA, BBB for two years.
    assert found["cost_undiscounted_meur"] == pytest.approx(40)
    assert found["types"] == 2
    assert found["effective_types"] == pytest.approx(1.6)
    assert found["shortfall_unit_years"] == pytest.approx(3)
    assert found["contracts"] == 2


def test_effective_types_count_fleets_that_stay() -> None:
    given = make(
        programs="program\njet",
        requirements="nation\nAAA",
        fleets="nation program units retires\nAAA relic 1 -\nAAA ruin 5 2027",
    )
    assert effective_types(Ledger(given, plan_of("AAA jet@AAA 2026 1"))) == {"fighter": pytest.approx(2.0)}
    assert effective_types(Ledger(make(programs="program\njet", requirements="nation\nAAA"), plan_of(""))) == {}


def test_every_table_has_its_columns_also_when_empty() -> None:
    for text in (PLAN, ""):
        tables = result_tables(scenario(), plan_of(text))
        assert {name: list(table.columns) for name, table in tables.items()} == COLUMNS


def test_allocations_sum_to_the_payments_of_production() -> None:
    table = result_tables(scenario(), plan_of(PLAN))["allocations"]
    assert list(zip(table["nation"], table["year"], table["units"], table["payment_meur"], strict=True)) == [
        ("AAA", 2026, 2, 20),
        ("AAA", 2027, 1, 10),
        ("BBB", 2028, 1, 10),
    ]


def test_nations_cost_discounted_payments() -> None:
    table = result_tables(scenario(), plan_of(PLAN))["nations"].set_index("nation")
    assert table.loc["AAA", "cost_meur"] == pytest.approx(20 + 8)
    assert table.loc["AAA", "shortfall_meur"] == pytest.approx(100)
    assert table.loc["BBB", "cost_meur"] == pytest.approx(6.4)
    assert table.loc["BBB", "shortfall_unit_years"] == pytest.approx(2)


def test_shortfalls_by_nation_capability_and_year() -> None:
    table = result_tables(scenario(), plan_of(PLAN))["shortfalls"]
    assert sorted(zip(table["nation"], table["year"], table["units"], strict=True)) == [
        ("AAA", 2026, 1),
        ("BBB", 2026, 1),
        ("BBB", 2027, 1),
    ]
