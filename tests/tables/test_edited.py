"""An edited table becomes the smallest list of changes, and applying the list gives the edited table back."""

from __future__ import annotations

import random

import pytest

from optimizer.tables.cells import CellError
from optimizer.tables.edited import Sheet, bulk_changes, changes_of, described, keys_of
from optimizer.tables.raw import Findings, Grid, RawRow, RawScenario
from optimizer.tables.whatif import AddRow, Change, ChangeCell, RemoveRow, WhatIf, apply_whatif

BUDGETS = [
    {"nation": "AAA", "year": "2030", "budget_meur": "10"},
    {"nation": "AAA", "year": "2031", "budget_meur": "20"},
    {"nation": "BBB", "year": "2030", "budget_meur": "30"},
    {"nation": "BBB", "year": "2031", "class": "support", "budget_meur": "40"},
]
NEEDS = [
    {"nation": "AAA", "capability": "tank", "quantity": "4", "need_by": "2031"},
    {"nation": "AAA", "capability": "tank", "quantity": "4", "need_by": "2033"},
    {"nation": "BBB", "capability": "tank", "quantity": "2", "need_by": "2031"},
    {"nation": "BBB", "capability": "radar", "quantity": "1", "need_by": "2031"},
    {"nation": "BBB", "capability": "radar", "quantity": "1", "need_by": "2031"},
]


def sheet(table: str, rows: list[dict[str, str]]) -> Sheet:
    names = tuple(dict.fromkeys(name for row in rows for name in row))
    return Sheet(table, names, tuple(rows), tuple(range(len(rows))))


def applied(table: str, rows: list[dict[str, str]], changes: tuple[Change, ...]) -> list[dict[str, str]]:
    """The rows with the changes, as a what-if applies them."""
    grid = Grid(table, table, sheet(table, rows).names, [RawRow(n, dict(row)) for n, row in enumerate(rows, 2)])
    raw, findings = RawScenario(grids={table: Grid(table, table, list(grid.columns), grid.rows)}), Findings()
    apply_whatif(raw, WhatIf("", "", "", changes), "draft", findings)
    assert findings.problems == []
    return [row.cells for row in raw.grids[table].rows]


def as_set(rows: object) -> list[list[tuple[str, str]]]:
    return sorted(sorted(row.items()) for row in rows)  # type: ignore[attr-defined]


def test_one_cell_is_one_change_that_names_the_row_by_its_key() -> None:
    base = sheet("budgets", BUDGETS)
    changes = changes_of(base, base.with_cells({(2, "budget_meur"): "33"}))
    key = {"nation": "BBB", "year": 2030, "class": "all"}
    assert changes == (ChangeCell("budgets", "budget_meur", 33, key=key),)


def test_a_table_without_a_key_names_a_row_by_as_few_columns_as_tell_it_apart() -> None:
    assert keys_of("requirements", NEEDS) == [
        {"nation": "AAA", "capability": "tank", "need_by": "2031"},
        {"nation": "AAA", "capability": "tank", "need_by": "2033"},
        {"nation": "BBB", "capability": "tank"},
        None,
        None,
    ]


def test_nothing_edited_is_no_change_and_an_emptied_cell_is_one() -> None:
    base = sheet("budgets", BUDGETS)
    assert changes_of(base, base) == ()
    assert changes_of(base, base.with_cells({(0, "budget_meur"): "10"})) == ()
    (change,) = changes_of(base, base.with_cells({(3, "class"): " "}))
    assert isinstance(change, ChangeCell) and change.value == ""


def test_rows_added_and_removed() -> None:
    base = sheet("budgets", BUDGETS)
    wanted = base.without([0]).with_rows([{"nation": "CCC", "year": "2030", "budget_meur": "5"}, {"nation": " "}])
    key = {"nation": "AAA", "year": 2030, "class": "all"}
    row = {"nation": "CCC", "year": 2030, "budget_meur": 5}
    assert changes_of(base, wanted) == (RemoveRow("budgets", key=key), AddRow("budgets", row))


def test_many_rows_are_one_change_where_a_condition_holds_just_them() -> None:
    base = sheet("budgets", BUDGETS)
    bulk = bulk_changes(base, [0, 1], "budget_meur", multiply=0.5)
    assert bulk == [ChangeCell("budgets", "budget_meur", where={"nation": "AAA"}, multiply=0.5)]
    wanted = base.multiplied([0, 1], "budget_meur", 0.5)
    assert [row["budget_meur"] for row in wanted.rows] == ["5", "10", "30", "40"]
    assert changes_of(base, wanted, bulk) == tuple(bulk)
    # One of the two is then edited by hand: the rest of the bulk change stays.
    by_hand = wanted.with_cells({(0, "budget_meur"): "7"})
    assert len(changes_of(base, by_hand, bulk)) == 2
    assert as_set(applied("budgets", BUDGETS, changes_of(base, by_hand, bulk))) == as_set(by_hand.rows)
    # Both are put back by hand: nothing is left of it.
    assert changes_of(base, base, bulk) == ()


def test_rows_that_no_condition_holds_are_named_one_by_one() -> None:
    base = sheet("budgets", BUDGETS)
    assert described(base, [0, 3], "budget_meur") == []
    assert described(base, [0, 2], "budget_meur") == [{"year": "2030"}]


def test_a_number_is_multiplied_and_a_word_is_not() -> None:
    base = sheet("budgets", [*BUDGETS, {"nation": "CCC", "year": "2030", "budget_meur": "much"}])
    with pytest.raises(CellError):
        base.multiplied([4], "budget_meur", 2.0)


def test_a_file_in_place_of_a_table_finds_its_rows_by_key() -> None:
    base = sheet("budgets", BUDGETS)
    given = [{**BUDGETS[1], "budget_meur": "20.0"}, {**BUDGETS[2], "budget_meur": "31"}, {"nation": "CCC"}]
    wanted = base.replaced_by(given)
    # 20.0 means 20: the row is as before. Row 3 changes, 1 and 4 go, one comes.
    assert wanted.origins == (1, 2, None)
    assert [type(change).__name__ for change in changes_of(base, wanted)] == [
        "RemoveRow",
        "RemoveRow",
        "ChangeCell",
        "AddRow",
    ]
    assert len(base.replaced_by(given, keep_others=True).rows) == 5


@pytest.mark.parametrize("seed", range(60))
def test_the_changes_of_any_edit_give_the_edited_table(seed: int) -> None:
    random_ = random.Random(seed)
    table, rows = random_.choice([("budgets", BUDGETS), ("requirements", NEEDS)])
    base = sheet(table, rows)
    wanted, bulk = base, []
    for _ in range(random_.randint(1, 6)):
        positions = range(len(wanted.rows))
        name = random_.choice(base.names)
        match random_.choice(["cell", "cell", "add", "remove", "swap", "bulk"]):
            case "cell" if positions:
                wanted = wanted.with_cells(
                    {(random_.choice(positions), name): random_.choice(["AAA", "2031", "", "4"])}
                )
            case "add":
                wanted = wanted.with_rows([random_.choice(rows)])
            case "remove" if positions:
                wanted = wanted.without([random_.choice(positions)])
            case "swap" if len(positions) > 1:
                one, two = random_.sample(positions, 2)
                texts = wanted.rows[one].get(name, ""), wanted.rows[two].get(name, "")
                wanted = wanted.with_cells({(one, name): texts[1], (two, name): texts[0]})
            case "bulk" if positions:
                chosen = random_.sample(positions, random_.randint(1, len(positions)))
                bulk += bulk_changes(wanted, chosen, name, value="7")
                wanted = wanted.with_cells({(position, name): "7" for position in chosen})
    assert as_set(applied(table, rows, changes_of(base, wanted, bulk))) == as_set(wanted.rows)
