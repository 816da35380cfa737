"""Starts the page's server: `python -m ui [SCENARIO] [--port N] [--runs DIR] [--no-browser]`."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import socket
import sys
import threading
import time
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from optimizer import InvalidInput
from optimizer.runs import own_key
from ui.state import RUNS_VARIABLE, SCENARIO_VARIABLE, desk_of, runs_folder
from ui.views import VIEWS

HOST, FIRST_PORT, PORTS = "127.0.0.1", 8501, 50
APP = Path(__file__).parent / "app.py"


def free_port(asked: int | None) -> int:
    """The port asked for, or the first free one from the usual on."""
    if asked is not None:
        return asked
    for port in range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as trial:
            if trial.connect_ex((HOST, port)) != 0:
                return port
    return FIRST_PORT


def open_when_ready(url: str, port: int) -> None:
    """Open the browser as soon as the server answers."""
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_stcore/health", timeout=1):
                webbrowser.open(url)
                return
        except OSError:
            time.sleep(0.1)


def has_screen() -> bool:
    """Whether a browser could show itself here; a text browser would take over the terminal."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def warm_up() -> None:
    """Load what the first visitor needs before the server opens: the views, the base, and the plans of it."""
    for name in (name for names in VIEWS.values() for name in names):
        importlib.import_module(f"ui.views.{name}")
    # Outside a session there is nobody to draw for, which Streamlit warns of.
    logging.disable(logging.WARNING)
    try:
        desk = desk_of(own_key(runs_folder()))
        if desk.run is not None:
            assert desk.solution is not None and desk.comparison is not None
    except InvalidInput:
        # The page itself shows what is wrong with the base.
        pass
    logging.disable(logging.NOTSET)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the page until stopped."""
    parser = argparse.ArgumentParser(prog="python -m ui", allow_abbrev=False)
    parser.add_argument("scenario", nargs="?")
    parser.add_argument("--port", type=int)
    parser.add_argument("--runs")
    parser.add_argument("--no-browser", action="store_true")
    args = parser.parse_args(argv)
    if args.scenario:
        os.environ[SCENARIO_VARIABLE] = str(Path(args.scenario).absolute())
    if args.runs:
        os.environ[RUNS_VARIABLE] = str(Path(args.runs).absolute())
    port = free_port(args.port)
    url = f"http://{HOST}:{port}/?w={own_key(runs_folder())}"
    print(
        f"The page: {url}\nRuns and drafts are kept in {runs_folder()}. Ctrl-C ends the page, not runs at work.",
        flush=True,
    )
    warm_up()
    if not args.no_browser and has_screen():
        threading.Thread(target=open_when_ready, args=(url, port), daemon=True).start()
    from streamlit.web.cli import main as streamlit

    sys.argv = ["streamlit", "run", str(APP), "--server.port", str(port), "--logger.hideWelcomeMessage", "true"]
    try:
        streamlit()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
