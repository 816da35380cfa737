"""Inputs: cells, rows, files and what-ifs are edited with every fault beside its cell, and nothing is kept unasked."""

from __future__ import annotations

from page_maker import open_view, said

from optimizer.drafts import read_draft


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
