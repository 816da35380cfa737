"""Inputs in a real browser: a cell edited by keyboard shows its fault, is mended, applied, and survives a refresh."""

from __future__ import annotations

from page_maker import Server, go, settle

from optimizer.drafts import read_draft
from optimizer.runs import Workspace

DESK = "gridedit1"
HEADER_HEIGHT = ROW_HEIGHT = 35
TRIES, PATIENCE_MS = 5, 10_000


def open_table(tab, name: str, purpose: str) -> None:
    """Choose a table by keyboard; its purpose stands above its rows."""
    box = tab.get_by_role("combobox", name="Table")
    box.fill(name)
    tab.keyboard.press("Enter")
    tab.get_by_text(purpose).wait_for()
    settle(tab)
    tab.locator('[data-testid="stDataFrame"] canvas').first.wait_for()


def type_into(tab, row: int, heading: str, letters: str) -> None:
    """Type into a cell: a click on the row's first cell, arrows to the right, then the letters.

    The grid is a picture; what it shows and which cell is chosen is read from the table that it keeps for screen
    readers. While it lays its columns out anew a key can be lost, so each step is seen to have worked, else all of it
    is done again.
    """
    # The page's own error only when the last try fails too.
    from playwright.sync_api import Error

    for attempt in range(1, TRIES + 1):
        settle(tab)
        try:
            return _type_once(tab, row, heading, letters)
        except Error:
            if attempt == TRIES:
                raise
            tab.keyboard.press("Escape")


def _type_once(tab, row: int, heading: str, letters: str) -> None:
    grid = tab.locator('[data-testid="stDataFrame"]').first
    headings = grid.locator("canvas th")
    headings.filter(has_text=heading).wait_for(state="attached", timeout=PATIENCE_MS)
    column = headings.all_text_contents().index(heading)
    at_row = {"x": 25, "y": HEADER_HEIGHT + ROW_HEIGHT * (row + 0.5)}
    grid.locator(".dvn-scroller").click(position=at_row, timeout=PATIENCE_MS)
    for at in range(column + 1):
        if at:
            tab.keyboard.press("ArrowRight")
        chosen = f'[data-testid="glide-cell-{at}-{row}"][aria-selected="true"]'
        grid.locator(chosen).wait_for(state="attached", timeout=PATIENCE_MS)
    tab.keyboard.press("Enter")
    cell = tab.locator("#portal input, #portal textarea").first
    cell.fill(letters, timeout=PATIENCE_MS)
    cell.press("Enter")
    shown = grid.get_by_test_id(f"glide-cell-{column}-{row}").filter(has_text=letters)
    shown.wait_for(state="attached", timeout=PATIENCE_MS)


def test_a_cell_is_edited_its_fault_seen_mended_and_applied(server: Server, tab) -> None:
    go(tab, server, "inputs", key=DESK)
    open_table(tab, "requirements", "Who needs how much of what")
    type_into(tab, 1, "Need by", "1850")
    tab.get_by_text("1 fault to mend before they can be applied").wait_for()
    apply = tab.get_by_role("button", name="Apply", exact=True)
    assert apply.is_disabled()
    type_into(tab, 1, "Need by", "2033")
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
