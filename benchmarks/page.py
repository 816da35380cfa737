"""How soon the page answers with the default data, in a real Chromium: `python -m benchmarks.page [--runs DIR]`."""

from __future__ import annotations

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[1]
SETTLED = "() => document.querySelector('[data-testid=stApp]').getAttribute('data-test-script-state') !== 'running'"
VISITS, PLANS = 3, 6


def main() -> None:
    """Serve the page over a folder of runs that holds plans (`make run` leaves some), visit it, print the times."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path(".runs"))
    args = parser.parse_args()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "ui", "--runs", str(args.runs), "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, cwd=PROJECT)
    url = f"http://127.0.0.1:{port}/?w=benchmark"
    try:
        _wait(f"http://127.0.0.1:{port}/_stcore/health")
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            _tell("first useful screen", [_first_screen(browser, url) for _ in range(VISITS)])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(url)
            page.get_by_text("Joint against national").first.wait_for()
            page.wait_for_timeout(2000)
            _tell("another plan chosen", [_other_plan(page) for _ in range(PLANS)])
            page.locator('[data-testid="stSidebarNav"]').get_by_role("link", name="Export").click()
            page.locator("h1", has_text="Export").wait_for()
            page.wait_for_timeout(2000)
            names = ("Programs", "Capabilities", "Nations", "Programs")
            _tell("another table chosen", [_table(page, name) for name in names])
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the page did not come up")


def _first_screen(browser: Any, url: str) -> float:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    began = time.monotonic()
    page.goto(url)
    page.get_by_text("Joint against national").first.wait_for()
    return time.monotonic() - began


def _other_plan(page: Any) -> float:
    """The figure of the plan shown before is gone, and nothing is being drawn."""
    before = page.locator('[data-testid="stMetricValue"]').nth(1).inner_text()
    page.locator('[data-testid="stSidebar"] [data-testid="stSelectbox"] input').first.click()
    page.wait_for_timeout(300)
    page.keyboard.press("ArrowDown")
    began = time.monotonic()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "before => { const shown = document.querySelectorAll('[data-testid=stMetricValue]')[1];"
        f" return shown && shown.innerText !== before && ({SETTLED})(); }}",
        arg=before,
        timeout=20_000,
    )
    seconds = time.monotonic() - began
    page.wait_for_timeout(700)
    return seconds


def _table(page: Any, name: str) -> float:
    began = time.monotonic()
    page.locator("[data-testid=stMain]").get_by_text(name, exact=True).first.click()
    page.wait_for_timeout(20)
    page.wait_for_function(SETTLED)
    seconds = time.monotonic() - began
    page.wait_for_timeout(400)
    return seconds


def _tell(what: str, seconds: list[float]) -> None:
    each = ", ".join(f"{value:.2f}" for value in seconds)
    print(f"{what:<22} median {statistics.median(seconds):.2f} s ({each})", flush=True)


if __name__ == "__main__":
    main()
