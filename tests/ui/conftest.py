"""One small solved scenario, one server and one browser for all tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Iterator

import pytest
from page_maker import BROWSER_OPTIONS, CHROMIUM, KEY, Place, Server, guarded_tab, solved, start_server
from small_case import write_small

from optimizer.runs import Workspace
from ui.state import RUNS_VARIABLE, SCENARIO_VARIABLE


@pytest.fixture(scope="session")
def solved_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Solved as is, nationally and jointly; read only."""
    folder = tmp_path_factory.mktemp("page")
    scenario = write_small(folder / "two")
    workspace = Workspace(folder / "runs", KEY)
    return Place(scenario, workspace, solved(workspace, scenario, "as_is", "national", "joint"))


@pytest.fixture
def place(solved_place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A copy of the solved scenario for one test, to which the page in this process is pointed."""
    import streamlit as st

    shutil.copytree(solved_place.workspace.root, tmp_path / "runs")
    shutil.copytree(solved_place.scenario, tmp_path / "two")
    monkeypatch.setenv(RUNS_VARIABLE, str(tmp_path / "runs"))
    monkeypatch.setenv(SCENARIO_VARIABLE, str(tmp_path / "two"))
    st.cache_resource.clear()
    workspace = Workspace(tmp_path / "runs", KEY)
    return Place(tmp_path / "two", workspace, {mode: workspace.run(run.id) for mode, run in solved_place.runs.items()})


@pytest.fixture(scope="session")
def server(solved_place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The page, serving a copy of the solved small scenario."""
    folder = tmp_path_factory.mktemp("server")
    shutil.copytree(solved_place.workspace.root, folder / "runs")
    shutil.copytree(solved_place.scenario, folder / "two")
    server = start_server(folder / "two", folder / "runs", folder / "log.txt")
    yield server
    server.process.terminate()
    server.process.wait(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium; tests that need it are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium to run the tests in a real browser")
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=BROWSER_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Any, server: Server) -> Iterator[Any]:
    """A browser tab that can reach this machine only; a request to any other host fails the test."""
    yield from guarded_tab(browser, 1280)


@pytest.fixture
def narrow_tab(browser: Any, server: Server) -> Iterator[Any]:
    """The same as wide as a phone."""
    yield from guarded_tab(browser, 390)
