"""Takes the pictures of docs/screens: every view of the page, light, dark and narrow, with the plans found in RUNS.

Usage: python docs/screenshots.py [--runs DIR] [--only VIEW ...] [--out DIR]. The folder of runs must hold plans: solve
on the page first, or run `make run`, whose results are taken over. Needs Chromium.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from optimizer.runs import own_key
from ui.views import VIEWS

PROJECT = Path(__file__).parents[1]
LOOKS = {"light": (1280, "light"), "dark": (1280, "dark"), "narrow": (390, "light")}
HIGHEST = 3000
# Larger pictures are kept with fewer colors.
LARGEST_BYTES = 190_000


def main() -> int:
    """Serve, look, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path(".runs"))
    parser.add_argument("--out", type=Path, default=PROJECT / "docs" / "screens")
    parser.add_argument("--only", nargs="*", default=[name for names in VIEWS.values() for name in names])
    args = parser.parse_args()
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "ui", "--runs", str(args.runs), "--port", str(port), "--no-browser"]
    server = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    first = next(iter(VIEWS.values()))[0]
    url, key = f"http://127.0.0.1:{port}", own_key(args.runs.absolute())
    try:
        _wait(url)
        args.out.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as started:
            browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for view in args.only:
                for look in LOOKS:
                    path = args.out / f"{view}-{look}.png"
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
