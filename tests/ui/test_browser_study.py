"""Questions in a real browser: ask with pickers, read the answer, open a plan from it, download a file, stop one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Iterator

import openpyxl
import pytest
from page_maker import KEY, Server, go, press, settle, start_server, wait_for, write_hard
from small_case import FILES, write_small

from optimizer.runs import Workspace
from optimizer.studies import named, studies

pytestmark = pytest.mark.usefixtures("browser")


def pick(page: Any, key: str, typed: str) -> None:
    """Choose in a picker by typing."""
    page.locator(f".st-key-{key} input").first.click()
    page.keyboard.type(typed, delay=20)
    page.locator('[role="option"]').filter(has_text=typed).first.wait_for()
    page.keyboard.press("Enter")


def ask(page: Any) -> None:
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("button", name="Delete this answer").wait_for()
    settle(page)


def test_a_question_is_asked_its_plan_opened_and_its_workbook_downloaded(server: Server, tab: Any) -> None:
    go(tab, server, "edit", key="asker1")
    tab.get_by_text("Nothing asked yet").wait_for()
    pick(tab, "edit_forbid_0_program", "Lion")
    ask(tab)
    # With lion 180, without it 480 (small_case.py).
    tab.get_by_text("It loses 300").first.wait_for()
    # Waits until there is one, and fails where there are two.
    tab.get_by_text("May not be bought: Lion (Main battle tank, lion)").wait_for()
    tab.get_by_role("heading", name="What differs from the best plan").wait_for()
    tab.locator(".st-key-edit_plan input").first.click()
    tab.get_by_role("option", name="With your changes").click()
    tab.get_by_role("button", name="Open this plan").click()
    tab.get_by_text("Opened “With your changes”").wait_for()
    with tab.expect_download() as started:
        tab.get_by_role("button", name="edit.xlsx").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(started.value.path()).read_bytes()))
    assert [cell.value for cell in book["edit"][1]][-1] == "First delivery with your changes"
    assert "Change of cost [million euro]" in [cell.value for cell in book["nations"][1]]
    # The plan opened is the one that every view shows: what both spend on ox alone.
    tab.locator('[data-testid="stSidebarNav"]').get_by_role("link", name="Overview", exact=True).click()
    tab.locator("h1", has_text="Overview").wait_for()
    tab.locator('[data-testid="stMetricValue"]').filter(has_text="480").first.wait_for()


@pytest.fixture
def clash_server(tmp_path: Path) -> Iterator[Server]:
    """A page whose scenario cannot be: ox is the only tank to be had by 2030, two a year, and Alpha must have four."""
    capped = FILES["programs.csv"].replace("premium_share\n", "premium_share,annual_capacity_units\n")
    capped = capped.replace("0,0\nox", "0,0,\nox").removesuffix("\n") + ",2\n"
    needs = FILES["requirements.csv"].replace("AAA,tank,4,2031,no", "AAA,tank,4,2030,yes")
    scenario = write_small(tmp_path / "clash", programs=capped, requirements=needs)
    server = start_server(scenario, tmp_path / "runs", tmp_path / "log.txt")
    yield server
    server.process.terminate()
    server.process.wait(timeout=10)


def test_a_clash_is_explained_and_its_way_out_taken_and_solved(clash_server: Server, server: Any, tab: Any) -> None:
    go(tab, clash_server, "explain")
    ask(tab)
    tab.get_by_text("can deliver 2").first.wait_for()
    way_out = "Cheapest way out: ask for 2 units of main battle tank for Alpha by 2030 instead of 4"
    tab.get_by_text(way_out).first.wait_for()
    tab.get_by_role("button", name="Take this way out into my inputs").click()
    tab.get_by_text("Your inputs have it now").wait_for()
    go(tab, clash_server)
    tab.get_by_text("quantity 4 → 2").first.wait_for()
    tab.get_by_role("button", name="Solve now").click()
    workspace = Workspace(clash_server.runs, KEY)
    wait_for(lambda: any(run.has_plan and run.changes for run in workspace.runs()))


def test_a_question_at_work_is_stopped_and_keeps_what_is_known(tmp_path: Path, server: Any, tab: Any) -> None:
    hard = start_server(write_hard(tmp_path / "hard"), tmp_path / "runs", tmp_path / "log.txt")
    try:
        go(tab, hard, "alternatives")
        tab.get_by_text("How exact, how long").click()
        tab.get_by_role("spinbutton", name="Gap of each solve, %").fill("0")
        workspace = Workspace(hard.runs, KEY)
        press(tab, "Ask", lambda: studies(workspace, named("alternatives")))
        tab.get_by_role("button", name="Stop", exact=True).wait_for()
        # Below a first question at work nothing says that none was asked.
        assert tab.get_by_text("Nothing asked yet").count() == 0
        (found,) = studies(workspace, named("alternatives"))
        wait_for(lambda: any(message.best is not None for message in found.run.progress()))
        tab.get_by_role("button", name="Stop", exact=True).click()
        tab.get_by_text("Stopped early: what was not reached is said to be not known.").wait_for()
    finally:
        hard.process.terminate()
        hard.process.wait(timeout=10)
