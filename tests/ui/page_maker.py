"""What the tests of the page share: a solved scenario, a view drawn headlessly, a server, a guarded browser tab."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Any, Callable, Iterator

from published.writers import set_covering

from optimizer import load_scenario
from optimizer.runner import work
from optimizer.runs import Run, Workspace

PROJECT = Path(__file__).parents[2]
KEY = "testdesk"
# A view alone, with all that stands around it, as AppTest can run it.
VIEW = "from ui.app import draw\ndraw({name!r})\n"


@dataclass(frozen=True)
class Place:
    """The small scenario and the runs of one analyst."""

    scenario: Path
    workspace: Workspace
    runs: dict[str, Run]


def write_hard(folder: Path) -> Path:
    """Steiner triples, twice over: a plan within a second, a proof only in many minutes (Fulkerson and others 1974)."""
    points = list(product(range(3), repeat=3))
    thirds = {pair: tuple((-x - y) % 3 for x, y in zip(*pair, strict=True)) for pair in combinations(points, 2)}
    lines = {frozenset((points.index(a), points.index(b), points.index(c))) for (a, b), c in thirds.items()}
    rows = [[point + 27 * copy for point in line] for copy in (0, 1) for line in sorted(map(sorted, lines))]
    columns = [[number for number, row in enumerate(rows) if column in row] for column in range(54)]
    folder.mkdir(parents=True)
    return set_covering(folder, len(rows), columns, [1.0] * 54)


def wait_for(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What a condition gives once it gives anything."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def solved(workspace: Workspace, scenario: Path, *poolings: str) -> dict[str, Run]:
    """A finished run for each pooling."""
    runs = {}
    for mode in poolings:
        run = workspace.create(load_scenario(scenario).with_pooling(mode))
        assert work(run.folder) == 0
        runs[mode] = workspace.run(run.id)
    return runs


def open_view(name: str, key: str = KEY, **query: str) -> Any:
    """A view run once headlessly, for the analyst with this key; no exception shown."""
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_string(VIEW.format(name=name), default_timeout=20)
    test.query_params["w"] = key
    for parameter, value in query.items():
        test.query_params[parameter] = value
    test.run()
    assert not test.exception, test.exception
    return test


def said(test: Any) -> str:
    """Everything a view says in words."""
    elements = [*test.title, *test.header, *test.subheader, *test.markdown, *test.caption, *test.text]
    elements += [*test.warning, *test.error, *test.info, *test.success]
    return plain("\n".join(str(element.value) for element in elements))


def plain(markdown: str) -> str:
    """Markdown without its escapes and unbreakable spaces."""
    return re.sub(r"\\(.)", r"\1", markdown).replace("\u00a0", " ")


@dataclass
class Server:
    """A running page with its own folder of runs."""

    url: str
    runs: Path
    scenario: Path
    process: subprocess.Popen[bytes]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start_server(scenario: Path, runs: Path, log: Path) -> Server:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "optimizer", "ui", str(scenario), "--runs", str(runs), "--port", str(port)]
    with log.open("wb") as out:
        command.append("--no-browser")
        process = subprocess.Popen(command, cwd=log.parent, env=environment, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    for _ in range(1200):
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return Server(url, runs, scenario, process)
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise AssertionError(f"the page did not start: {log.read_text()}")


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


# No name of another host leads anywhere. Requests are watched, not held up: a browser whose requests are held up keeps
# nothing of what it has loaded, and draws every view twice as slowly.
BROWSER_OPTIONS = ("--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")


def guarded_tab(browser: Any, width: int) -> Iterator[Any]:
    """A tab that can reach this machine only; a request to any other host fails the test."""
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    asked: list[str] = []

    def guard(request: Any) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            asked.append(request.url)

    context.on("request", guard)
    page = context.new_page()
    # Generous: other tests, and other work, may share the machine.
    page.set_default_timeout(60_000)
    yield page
    context.close()
    assert asked == [], "the page asked other hosts"


def go(page: Any, server: Server, view: str = "", key: str = KEY, **query: str) -> None:
    """Open a view and wait until it is drawn."""
    extra = "".join(f"&{name}={value}" for name, value in query.items())
    page.goto(f"{server.url}/{view}?w={key}{extra}")
    settle(page)


def settle(page: Any) -> None:
    """Wait until the page has been drawn and nothing runs."""
    page.wait_for_selector('[data-testid="stMainBlockContainer"] h1')
    page.wait_for_function(
        """() => { const app = document.querySelector('[data-testid="stApp"]');
                   return app && app.getAttribute('data-test-script-state') !== 'running'; }"""
    )


def press(page: Any, name: str, has_worked: Callable[[], Any]) -> None:
    """Press a button until it has worked: while the page is drawn anew after an entry, a press can be lost."""
    for attempt in range(5):
        settle(page)
        page.get_by_role("button", name=name, exact=True).click()
        try:
            wait_for(has_worked, seconds=10.0 if attempt < 4 else 60.0)
            return
        except AssertionError:
            if attempt == 4:
                raise


def drawn(page: Any) -> None:
    """Wait until every part that is loaded later is drawn as well."""
    page.wait_for_function("() => document.querySelectorAll('[data-testid=stSkeleton]').length === 0")
