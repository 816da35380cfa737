"""Inputs: names are read into what they vary, and a scenario varied differs in that alone."""

from __future__ import annotations

import pytest
from scenario_maker import make

from optimizer import InvalidInput, Scenario
from optimizer.analysis.inputs import ALIASES, DEFAULTS, Input, money_of, read_inputs
from optimizer.checks import check_references
from optimizer.tables.columns import columns

PROGRAMS = """
program  capability  unit_cost_meur  learning_slope  first_delivery  annual_capacity_units  premium_share
jet      fighter     10              0.9             2026            3                      0.9
tank     mbt         4               1               2027            -                      0
"""


def scenario(**more) -> Scenario:  # type: ignore[no-untyped-def]
    return make(
        capabilities="capability shortfall_meur_per_unit_year\nfighter 100\nmbt 50",
        programs=PROGRAMS,
        requirements="nation capability quantity need_by\nAAA fighter 2 2026\nBBB fighter 4 2027\nBBB mbt 5 2026",
        **{"prices": "program from_units unit_price_meur\njet 3 9", "rate": 0.04, **more},
    )


def one(name: str, given: Scenario | None = None) -> Input:
    (item,) = read_inputs(given or scenario(), (name,))
    return item


def cells(given: Scenario, table: str, column: str) -> list[object]:
    return [getattr(row, column) for row in getattr(given.tables, table)]


@pytest.mark.parametrize(
    ("name", "value", "table", "column", "expected"),
    [
        ("unit_cost", 1.5, "programs", "unit_cost_meur", [15, 6]),
        ("unit_cost", 1.5, "prices", "unit_price_meur", [13.5]),
        ("unit_cost:jet", 1.5, "programs", "unit_cost_meur", [15, 4]),
        ("unit_cost:mbt", 1.5, "programs", "unit_cost_meur", [10, 6]),
        ("unit_cost:mbt", 1.5, "prices", "unit_price_meur", [9]),  # the jet is no tank
        ("programs.unit_cost_meur:tank", 0.5, "programs", "unit_cost_meur", [10, 2]),
        ("quantity", 0.5, "requirements", "quantity", [1, 2, 2.5]),
        ("quantity:BBB", 0.5, "requirements", "quantity", [2, 2, 2.5]),
        ("quantity:BBB:mbt", 2.0, "requirements", "quantity", [2, 4, 10]),
        ("shortfall_price:mbt", 2.0, "capabilities", "shortfall_meur_per_unit_year", [100, 100]),
        # Learning is what a doubling saves: 0.1 becomes 0.2; no learning stays none.
        ("learning", 2.0, "programs", "learning_slope", [0.8, 1.0]),
        ("learning", 9.0, "programs", "learning_slope", [0.5, 1.0]),  # the schema's least
        ("premium", 1.2, "programs", "premium_share", [1.0, 0.0]),  # the schema's most
        ("capacity", 1.2, "programs", "annual_capacity_units", [3.6, None]),
        ("first_delivery", 1.0, "programs", "first_delivery", [2027, 2028]),
        ("first_delivery:tank", -1.0, "programs", "first_delivery", [2026, 2026]),
        ("need_by", 1.0, "requirements", "need_by", [2027, 2028, 2027]),
        ("programs.min_order_units", 2.6, "programs", "min_order_units", [3, 3]),  # whole, rounded half up
    ],
)
def test_a_name_varies_its_cells_and_no_others(
    name: str, value: float, table: str, column: str, expected: list[float]
) -> None:
    given = scenario()
    before = given.tables.model_dump() if hasattr(given.tables, "model_dump") else repr(given.tables)
    varied = one(name).varied(given, value)
    assert cells(varied, table, column) == pytest.approx(expected)
    assert repr(given.tables) == before
    others = [row.model_copy(update={column: None}) for row in getattr(varied.tables, table)]
    assert others == [row.model_copy(update={column: None}) for row in getattr(given.tables, table)]
    assert check_references(varied.tables, varied.settings) == []


def test_at_its_base_nothing_is_varied() -> None:
    given = scenario()
    assert one("unit_cost").varied(given, 1.0) is given
    assert one("first_delivery").varied(given, 0.0) is given


def test_settings_can_be_varied() -> None:
    given = scenario(rules={"supplier_share": {"max_share": 0.6}}, objective={"shortfall": 2.0})
    assert one("discount_rate", given).varied(given, 0.5).settings.discount_rate == pytest.approx(0.02)
    share = one("rules.supplier_share.max_share", given)
    assert share.varied(given, 0.5).settings.rules["supplier_share"]["max_share"] == pytest.approx(0.3)
    assert share.varied(given, 9.0).settings.rules["supplier_share"]["max_share"] == 1.0
    assert one("objective.shortfall", given).varied(given, 0.5).settings.objective.shortfall == 1.0


def test_budgets_of_both_tables_are_scaled() -> None:
    given = scenario(nations="nation budget_meur\nAAA 10\nBBB -", budgets="nation year budget_meur\nAAA 2026 4")
    # AAA: 4 in 2026, and 10 in each of the other two years.
    assert money_of(given) == pytest.approx(24)
    assert money_of(one("budget", given).varied(given, 0.5)) == pytest.approx(12)


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("unit_cost:each", ["unit_cost:jet", "unit_cost:tank"]),
        ("unit_cost:mbt:each", ["unit_cost:mbt:tank"]),
        ("unit_cost:each_capability", ["unit_cost:fighter", "unit_cost:mbt"]),
        ("quantity:each", ["quantity:fighter", "quantity:mbt"]),
        ("quantity:each_nation", ["quantity:AAA", "quantity:BBB"]),
        ("premium:each", ["premium:jet"]),  # the tank has none to vary
    ],
)
def test_each_stands_for_one_after_another(name: str, names: list[str]) -> None:
    assert [item.name for item in read_inputs(scenario(), (name,))] == names


def test_without_names_it_takes_the_usual_ones_that_are_there() -> None:
    assert [item.name for item in read_inputs(scenario(), ())] == [
        name for name in DEFAULTS if name not in ("development", "budget")
    ]
    assert "discount_rate" not in [item.name for item in read_inputs(scenario(rate=0.0), ())]


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("unit_costs", "is no input", "'unit_cost'"),
        ("programs.unit_cost", "is no input", "'programs.unit_cost_meur'"),
        ("programs.name", "is no input", ""),
        ("budget", "has no number to vary", ""),
        ("unit_cost:jat", "matches no row", "'jet'"),
        ("unit_cost:jet:mbt", "matches no row", ""),
        ("rules.supplier_share.max_share", "is no input", ""),  # the rule is off
        ("discount_rate:AAA", "matches no row", ""),
    ],
)
def test_what_cannot_be_varied_is_told_with_a_remedy(name: str, said: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as error:
        read_inputs(scenario(), (name, "quantity"))
    (problem,) = error.value.problems
    assert (problem.file, problem.value) == ("--inputs", name)
    assert said in problem.reason and remedy in problem.remedy


def test_short_names_stand_for_columns_of_the_schema() -> None:
    for parts, meaning in ALIASES.values():
        assert meaning
        for part in parts:
            table, _, column = part.partition(".")
            assert part == "discount_rate" or column in columns(table)
