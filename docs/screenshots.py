"""Takes the pictures of docs/screens: every view of the page, light, dark and narrow, with the plans found in RUNS.

Usage: python docs/screenshots.py [--runs DIR] [--only VIEW ...] [--out DIR] [--questions]. The folder of runs must hold
plans: solve on the page first, or run `make run`, whose results are taken over. With --questions it takes the views
under Ask, with an answer each to a question about a made-up scenario of four nations. Needs Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from optimizer import load_scenario
from optimizer.runner import work
from optimizer.runs import Workspace, own_key
from optimizer.studies import named, start_study
from ui.views import VIEWS

PROJECT = Path(__file__).parents[1]
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (390, "light")}
HIGHEST = 3000
# What is asked for the pictures of answers.
QUESTIONS: dict[str, dict[str, object]] = {
    "explain": {"program": "sampt_ng", "flips": ["price"]},
    "edit": {"forbid": ["iris_t"]},
    "alternatives": {"count": 4, "solves": 20},
    "frontier": {},
    "sensitivity": {},
    "stability": {},
}
# Larger pictures are kept with fewer colors.
LARGEST_BYTES = 190_000


def main() -> int:
    """Serve, look, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path(".runs"))
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "screens")
    parser.add_argument("--only", nargs="*", default=[name for names in VIEWS.values() for name in names])
    parser.add_argument("--questions", action="store_true")
    args = parser.parse_args()
    if not args.questions:
        return take(args.only, args.runs, args.out)
    with tempfile.TemporaryDirectory() as folder:
        views = [view for view in args.only if view in QUESTIONS]
        scenario, runs = answered(Path(folder), views)
        return take(views, runs, args.out, scenario)


def answered(folder: Path, views: list[str]) -> tuple[Path, Path]:
    """A scenario of four nations, and runs with an answer on each of these views."""
    sys.path.insert(0, str(PROJECT / "tests" / "ui"))
    from four_nations import write_four

    scenario, runs = write_four(folder / "four"), folder / "runs"
    for view in views:
        study = start_study(
            Workspace(runs, own_key(runs.absolute())),
            load_scenario(scenario),
            named(view),
            QUESTIONS[view],
            time_limit=20.0,
        )
        print(f"{view}: ended with code {work(study.run.folder)}")
    return scenario, runs


def take(views: list[str], runs: Path, out: Path, scenario: Path | None = None) -> int:
    """Serve the page and take the pictures of these views."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "ui",
        *([str(scenario)] if scenario else []),
        "--runs",
        str(runs),
        "--port",
        str(port),
        "--no-browser",
    ]
    server = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    first = next(iter(VIEWS.values()))[0]
    url, key = f"http://127.0.0.1:{port}", own_key(runs.absolute())
    try:
        _wait(url)
        out.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for view in views:
                for look in LOOKS:
                    path = out / f"{view}-{look}.png"
                    # The first view has the bare address.
                    _take(browser, f"{url}/{'' if view == first else view}?w={key}", look, path)
                    print(f"{path} {path.stat().st_size // 1000} kB")
            browser.close()
    finally:
        server.terminate()
        server.wait(timeout=10)
    return 0


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the page did not start")


def _take(browser: Browser, address: str, look: str, path: Path) -> None:
    """One picture of a whole view, few colors."""
    width, scheme = LOOKS[look]
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector('[data-testid="stMainBlockContainer"] h1', timeout=60_000)
    page.wait_for_timeout(2500)
    page.wait_for_selector('[data-testid="stSkeleton"]', state="detached", timeout=60_000)
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(HIGHEST, max(700, int(height)))})
    page.wait_for_timeout(1200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > LARGEST_BYTES:
        picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)
    context.close()


if __name__ == "__main__":
    sys.exit(main())
