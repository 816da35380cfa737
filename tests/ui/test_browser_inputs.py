"""Inputs in a real browser: a cell edited by keyboard shows its fault, is mended, applied, and survives a refresh."""

from __future__ import annotations

from page_maker import Server, go, settle

from optimizer.drafts import read_draft
from optimizer.runs import Workspace

DESK = "gridedit1"
# Of a row and a column in the grid: the row's height, and where a cell of the pinned left side ends.
ROW_HEIGHT = 35


def open_table(tab, name: str, purpose: str) -> None:
    """Choose a table by keyboard; its purpose stands above its rows."""
    box = tab.get_by_role("combobox", name="Table")
    box.fill(name)
    tab.keyboard.press("Enter")
    tab.get_by_text(purpose).wait_for()
    settle(tab)
    tab.locator('[data-testid="stDataFrame"] canvas').first.wait_for()


def type_into(tab, row: int, column: int, letters: str) -> None:
    """Type into a cell: a click on the row's first cell, arrows to the right, then the letters."""
    settle(tab)
    # The grid lays its columns out anew when the column that tells faults grows or shrinks.
    tab.wait_for_timeout(1000)
    grid = tab.locator('[data-testid="stDataFrame"]').first
    box = grid.bounding_box()
    tab.mouse.click(box["x"] + 25, box["y"] + ROW_HEIGHT * (row + 1.5))
    for _ in range(column):
        tab.keyboard.press("ArrowRight", delay=60)
    tab.keyboard.press("Enter")
    # On a busy machine the cell's input opens late and loses letters; what it holds is seen before it is entered.
    cell = tab.locator("#portal input, #portal textarea").first
    cell.wait_for()
    for _ in range(5):
        cell.press("Control+A")
        cell.press_sequentially(letters, delay=60)
        if cell.input_value() == letters:
            break
    tab.keyboard.press("Enter")


def test_a_cell_is_edited_its_fault_seen_mended_and_applied(server: Server, tab) -> None:
    go(tab, server, "inputs", key=DESK)
    open_table(tab, "requirements", "Who needs how much of what")
    # Row, State, Nation, Capability, Confidence, Quantity, Need by.
    type_into(tab, 1, 6, "1850")
    tab.get_by_text("1 fault to mend before they can be applied").wait_for()
    apply = tab.get_by_role("button", name="Apply", exact=True)
    assert apply.is_disabled()
    type_into(tab, 1, 6, "2033")
    tab.get_by_text("1 fault to mend").wait_for(state="detached")
    tab.get_by_text("requirements BBB tank: need_by 2032 → 2033").first.wait_for()
    apply.click()
    tab.get_by_text("not applied yet").wait_for(state="detached")
    (change,) = read_draft(Workspace(server.runs, DESK), str(server.scenario)).changes
    assert (change.column, change.value) == ("need_by", 2033)
    tab.reload()
    settle(tab)
    tab.get_by_text("need_by 2032 → 2033").first.wait_for()
    tab.get_by_role("button", name="Undo").click()
    tab.get_by_text("No changes yet").wait_for()


def test_both_views_fit_a_phone(server: Server, narrow_tab) -> None:
    for view in ("inputs", "policy"):
        go(narrow_tab, server, view)
        width = narrow_tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 390, view
