"""Inputs: cells, rows, files and what-ifs are edited with every fault beside its cell, and nothing is kept unasked."""

from __future__ import annotations

import time

import pytest
from page_maker import open_view, said

from optimizer import load_scenario
from optimizer.drafts import Draft, draft_of, read_draft, save_whatif, write_draft
from optimizer.tables.whatif import ChangeCell
from optimizer.trial import open_base, table_bytes, trial, workbook_bytes
from ui.state import SCENARIO_VARIABLE


def grid_key(test) -> str:
    return f"inputs_grid_{test.session_state['edits_version']}"


def edit(test, row: int, **cells) -> None:
    """Enter cells in the grid, as a browser reports them."""
    key = grid_key(test)
    known = test.session_state[key] if key in test.session_state else {}  # noqa: SIM401 - it has no get
    rows = {**dict(known.get("edited_rows", {})), row: cells}
    test.session_state[key] = {"edited_rows": rows, "added_rows": [], "deleted_rows": []}
    test.run()
    assert not test.exception, test.exception


def press(test, label: str) -> None:
    next(button for button in test.button if button.label == label).click().run()
    assert not test.exception, test.exception


def opened(table: str):
    test = open_view("inputs")
    test.selectbox(key="inputs_table").set_value(table).run()
    assert not test.exception, test.exception
    return test


def draft(place):
    return read_draft(place.workspace, str(place.scenario))


def test_an_edited_cell_is_listed_then_applied_then_undone(place) -> None:
    test = opened("requirements")
    edit(test, 0, quantity=6.0)
    assert "1 change not applied yet" in said(test)
    assert "requirements AAA tank: quantity 4 -> 6" in said(test)
    assert draft(place).changes == ()
    press(test, "Apply")
    (change,) = draft(place).changes
    assert (change.table, change.column, change.value) == ("requirements", "quantity", 6)
    assert "not applied yet" not in said(test)
    press(test, "Undo")
    assert draft(place).changes == ()


def test_a_fault_is_told_in_its_row_and_hinders_apply_until_mended(place) -> None:
    test = opened("requirements")
    edit(test, 1, need_by=1850)
    words = said(test)
    assert "1 fault to mend before they can be applied" in words
    (shown,) = [frame.value for frame in test.dataframe if "row_state" in frame.value.columns]
    assert shown["row_state"].tolist()[0] == ""
    assert shown["row_state"].tolist()[1].startswith("Fault: Need by: is below 1900")
    table = next(frame.value for frame in test.dataframe if "What to do" in frame.value.columns)
    assert table.iloc[0][["Table", "Row", "Column", "Value"]].tolist() == ["requirements", "3", "need_by", "1850"]
    assert next(button for button in test.button if button.label == "Apply").disabled
    edit(test, 1, need_by=2033)
    assert not next(button for button in test.button if button.label == "Apply").disabled


def tool(test, name: str) -> None:
    test.button_group(key="inputs_tool").set_value(name).run()
    assert not test.exception, test.exception


def field(elements, name: str):
    return next(element for element in elements if str(element.key).endswith(f"_{name}"))


def test_every_fault_is_shown_at_once_and_undo_takes_back_one_entry_at_a_time(place) -> None:
    test = opened("requirements")
    edit(test, 0, capability="radar")
    edit(test, 1, need_by=1850)
    table = next(frame.value for frame in test.dataframe if "What to do" in frame.value.columns)
    assert set(zip(table["Row"], table["Column"], strict=True)) == {("2", "capability"), ("3", "need_by")}
    press(test, "Undo")
    assert "1 fault to mend" in said(test)
    press(test, "Undo")
    assert "not applied yet" not in said(test)


def test_a_row_is_edited_by_form_with_its_fault_below_the_input(place) -> None:
    test = opened("requirements")
    tool(test, "Row by form")
    field(test.text_input, "quantity").set_value("many")
    press(test, "Enter these values")
    assert "is not a number (many)" in said(test)
    field(test.text_input, "quantity").set_value("9")
    press(test, "Enter these values")
    press(test, "Apply")
    (change,) = draft(place).changes
    assert (change.column, change.value) == ("quantity", 9)


def test_rows_are_added_by_form_and_removed_in_the_grid(place) -> None:
    test = opened("nations")
    tool(test, "Add a row")
    field(test.text_input, "nation").set_value("CCC")
    field(test.text_input, "name").set_value("Gamma")
    press(test, "Add the row")
    assert "nations: added CCC" in said(test)
    edit(test, 2, row_remove=True)
    assert "not applied yet" not in said(test)


def test_many_rows_are_one_change(place) -> None:
    test = opened("requirements")
    tool(test, "Many rows")
    next(box for box in test.selectbox if box.key == "inputs_bulk_requirements").set_value("quantity")
    test.number_input(key="inputs_factor").set_value(1.5)
    press(test, "Enter for 2 rows")
    # 4 x 1.5 = 6 in both rows; both need tanks, so one condition says it.
    assert "requirements where capability = tank: quantity x 1.5 (2 rows)" in said(test)


def test_the_filter_says_what_is_meant(place) -> None:
    test = opened("requirements")
    test.text_input(key="inputs_search_requirements").set_value("bbb").run()
    (shown,) = [frame.value for frame in test.dataframe if "row_state" in frame.value.columns]
    assert shown["nation"].tolist() == ["BBB"]
    edit(test, 0, quantity=5.0)
    # The filter may change meanwhile; what was entered stays.
    test.text_input(key="inputs_search_requirements").set_value("").run()
    assert "requirements BBB tank: quantity 4 -> 5" in said(test)


def test_a_what_if_is_saved_stacked_and_read_again(place) -> None:
    changes = (ChangeCell("requirements", "quantity", 5, key={"nation": "AAA", "capability": "tank"}),)
    write_draft(place.workspace, Draft(str(place.scenario), changes=changes))
    test = open_view("inputs")
    field(test.text_input, "").set_value("More tanks")
    test.checkbox(key="edits_stack").set_value(True)
    press(test, "Save")
    path = place.workspace.whatifs / "more_tanks.toml"
    assert draft_of(path).changes == changes
    assert "No changes yet over **More tanks**" in said(test)
    test.selectbox(key="inputs_table").set_value("requirements").run()
    edit(test, 1, quantity=7.0)
    press(test, "Apply")
    stacked = save_whatif(place.workspace, Draft(str(path), "And more", changes=draft(place).changes))
    assert [row.quantity for row in load_scenario(stacked).tables.requirements] == [5.0, 7.0]


def upload(test, name: str, content: bytes) -> None:
    test.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not test.exception, test.exception


def test_a_faulty_file_is_told_row_by_row_before_anything_is_taken_in(place) -> None:
    test = opened("requirements")
    tool(test, "Files")
    upload(test, "needs.csv", b"nation,capability,quantity,need_by\nAAA,tonk,4,2031\nBBB,tank,-1,2032\n")
    assert "2 faults in the file" in said(test)
    table = next(frame.value for frame in test.dataframe if "File" in frame.value.columns)
    assert set(zip(table["File"], table["Row"], table["Column"], strict=True)) == {
        ("needs.csv", "2", "capability"),
        ("needs.csv", "3", "quantity"),
    }
    assert draft(place).changes == ()


def test_a_download_taken_in_again_changes_nothing_and_an_edited_one_only_that(place) -> None:
    test = opened("requirements")
    found = trial(open_base(place.scenario), "", "", ())
    tool(test, "Files")
    upload(test, "needs.csv", table_bytes(found.sheet("requirements")))
    assert "The file says the same as the tables here" in said(test)
    upload(test, "all.xlsx", workbook_bytes(found))
    assert "The file says the same as the tables here" in said(test)
    upload(test, "needs.csv", table_bytes(found.sheet("requirements").with_cells({(1, "quantity"): "8"})))
    press(test, "Take in requirements")
    assert "requirements BBB tank: quantity 4 -> 8" in said(test)


@pytest.fixture
def large(place, monkeypatch):
    """5 000 rows in one table: groups 0 to 2499 of both nations."""
    rows = [f"g{number},{nation},tank,compatible" for number in range(2500) for nation in ("AAA", "BBB")]
    (place.scenario / "groups.csv").write_text("group,nation,capability,level\n" + "\n".join(rows) + "\n")
    monkeypatch.setenv(SCENARIO_VARIABLE, str(place.scenario))


def test_editing_a_table_of_5000_rows_takes_less_than_a_second(place, large) -> None:
    test = opened("groups")
    times = []
    for row in (10, 4000):
        # The work of the server: on a busy machine the clock would measure the others.
        started = time.process_time()
        edit(test, row, level="common")
        times.append(time.process_time() - started)
    assert "groups g5 AAA tank: level compatible -> common" in said(test)
    assert min(times) < 1.0
