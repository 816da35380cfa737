"""The page in a real browser: solve, stop, refresh, second tab, export, phone, many at once; no other host."""

from __future__ import annotations

import io
import json
import re
import time
import urllib.request
from pathlib import Path

import openpyxl
import pytest
from page_maker import KEY, Server, drawn, go, guarded_tab, press, settle, start_server, wait_for, write_hard

from optimizer.runs import Workspace
from ui import text

pytestmark = pytest.mark.usefixtures("server")
BROWSERS, DESKS = 2, 10


def metric(page, label: str) -> str:
    box = page.locator('[data-testid="stMetric"]').filter(has_text=label).first
    return box.locator('[data-testid="stMetricValue"]').inner_text()


def test_the_answer_is_there_within_seconds_and_equals_the_result(server: Server, tab) -> None:
    started = time.monotonic()
    go(tab, server)
    tab.get_by_text("Joint against national").first.wait_for()
    # 3 s is the aim, measured on a quiet machine in docs/page.md; here other tests may be at work.
    assert time.monotonic() - started < 30.0
    run = next(run for run in Workspace(server.runs, KEY).runs() if run.pooling == "joint")
    result = json.loads((run.folder / "result" / "result.json").read_text())
    assert metric(tab, "Money spent") == text.money(result["cost_meur"])
    assert metric(tab, "Types") == str(result["types"])
    assert tab.locator("h1").inner_text() == "Overview"


def test_every_view_opens_from_the_menu_by_keyboard(server: Server, tab) -> None:
    go(tab, server)
    for name in ("Compare", "Solve", "Export", "Overview"):
        link = tab.locator('[data-testid="stSidebarNav"]').get_by_role("link", name=name, exact=True)
        link.focus()
        tab.keyboard.press("Enter")
        tab.locator("h1", has_text=name).wait_for()
        settle(tab)
        assert tab.locator('[data-testid="stException"]').count() == 0
        assert f"w={KEY}" in tab.url


def test_the_workbook_downloads_and_opens(server: Server, tab) -> None:
    go(tab, server, "export")
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download workbook").click()
    file = started.value
    assert re.fullmatch(r"two-nations-joint-[0-9a-f]{8}\.xlsx", file.suggested_filename)
    book = openpyxl.load_workbook(io.BytesIO(Path(file.path()).read_bytes()))
    assert "nations" in book.sheetnames and "summary" in book.sheetnames


def test_a_phone_can_read_it_without_scrolling_sideways(server: Server, narrow_tab) -> None:
    for view in ("", "portfolio", "industry", "solve", "compare", "export"):
        go(narrow_tab, server, view)
        width = narrow_tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= 390, view


@pytest.fixture(scope="module")
def hard_server(tmp_path_factory: pytest.TempPathFactory):
    """A page whose scenario takes minutes to prove, so that its runs can be watched and stopped."""
    folder = tmp_path_factory.mktemp("hard")
    scenario = write_hard(folder / "hard")
    server = start_server(scenario, folder / "runs", folder / "log.txt")
    yield server
    server.process.terminate()
    server.process.wait(timeout=10)


def main_text(page) -> list[str]:
    """What the main part says, without where it was opened."""
    page.locator('[data-testid="stMetric"]').first.wait_for()
    drawn(page)
    words = page.locator('[data-testid="stMainBlockContainer"]').inner_text().splitlines()
    return [line for line in words if line.strip() and not line.startswith(("Base:", "Back to", "undo"))]


def test_a_bundle_opens_to_the_same_screen_elsewhere(server: Server, hard_server: Server, tab, tmp_path: Path) -> None:
    go(tab, server)
    tab.get_by_text("What is proven").wait_for()
    here = main_text(tab)
    go(tab, server, "export")
    with tab.expect_download() as started:
        tab.get_by_role("button", name="Download bundle").click()
    bundle = tmp_path / started.value.suggested_filename
    started.value.save_as(bundle)
    # Another page, started with another scenario, on a desk that has nothing yet.
    go(tab, hard_server, "export", key="importer1")
    tab.get_by_text("No plan yet").wait_for()
    tab.locator('input[type="file"]').set_input_files(bundle)
    tab.get_by_role("button", name="Open it").click()
    tab.get_by_text("Files of this plan").wait_for()
    go(tab, hard_server, key="importer1")
    tab.get_by_text("What is proven").wait_for()
    assert main_text(tab) == here
    # Back with the scenario this page was started with, the opened plan is that of other inputs.
    tab.get_by_role("button", name="Back to").click()
    tab.get_by_text("Stale.").wait_for()


def test_a_run_survives_refresh_and_closed_browser_and_stops_with_its_plan(hard_server: Server, browser, tab) -> None:
    go(tab, hard_server, "solve")
    tab.get_by_text("How exact, how long").click()
    tab.get_by_role("spinbutton", name="Gap, %").fill("0")
    for pooling in ("As is", "National"):
        option = tab.get_by_role("button", name=pooling, exact=True)
        if option.count():
            option.click()
    workspace = Workspace(hard_server.runs, KEY)
    press(tab, "Solve", workspace.runs)
    tab.get_by_text("At work", exact=True).wait_for()
    (run,) = workspace.runs()
    assert run.pooling == "joint" and run.options["gap"] == 0.0
    # A second tab of the same analyst finds it, another analyst does not; then every browser is gone for a while.
    for key, sees in ((KEY, True), ("stranger1", False)):
        for second in guarded_tab(browser, 1280):
            go(second, hard_server, "solve", key=key)
            if sees:
                second.get_by_text("At work", exact=True).wait_for()
            assert second.get_by_text("At work", exact=True).count() == sees
    tab.reload()
    settle(tab)
    tab.get_by_text("At work", exact=True).wait_for()
    wait_for(lambda: any(message.best is not None for message in workspace.run(run.id).progress()))
    tab.wait_for_function("() => /\\d/.test(document.querySelector('[data-testid=stMetricValue]')?.innerText || '')")
    tab.get_by_role("button", name="Stop and keep the best plan").click()
    stopped = wait_for(lambda: (found := workspace.run(run.id)).has_ended and found)
    assert stopped.status == "stopped" and stopped.has_plan
    tab.get_by_text("At work", exact=True).wait_for(state="detached")
    go(tab, hard_server)
    tab.get_by_text("This plan was stopped early").wait_for()
    assert metric(tab, "Gap") == text.percent(stopped.outcome["gap"])


def test_ten_desks_at_once_do_not_mix(server: Server, browser) -> None:
    contexts = [browser.new_context() for _ in range(BROWSERS)]
    # Five in each browser, as tabs.
    pages = [contexts[number % BROWSERS].new_page() for number in range(DESKS)]
    for number, page in enumerate(pages):
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}/solve?w=analyst{number}", wait_until="commit")
    for page in pages:
        settle(page)
    # All ten are open by now; none has taken over another's desk.
    for number, page in enumerate(pages):
        assert f"w=analyst{number}" in page.url
        page.get_by_role("button", name="Solve", exact=True).wait_for()
    # Two of them solve; each finds its own run, done, and no one else's among its own.
    for page in pages[:2]:
        page.get_by_role("button", name="National", exact=True).click()
        page.get_by_role("button", name="As is", exact=True).click()
        page.get_by_role("button", name="Solve", exact=True).click()
    for number in (0, 1):
        workspace = Workspace(server.runs, f"analyst{number}")
        own = wait_for(lambda w=workspace: [r for r in w.runs() if r.owner == w.key and r.has_plan])
        assert len(own) == 1
    for context in contexts:
        context.close()
    with urllib.request.urlopen(f"{server.url}/_stcore/health") as answer:
        assert answer.status == 200
