"""State: what a browser session looks at - workspace, base, draft, selected run - and how to get it loaded.

The shape, all of it:

- On disk, below the folder of runs: a workspace per analyst with the draft (what differs from the base, and its undo),
  saved what-ifs and runs. The disk is the only truth; two tabs of one analyst show the same.
- In the address: `w`, the key of the workspace; `run`, the run that is shown.
- In `st.session_state`: `workspace` and `run` as in the address, `compare` (ids of runs set side by side), and the
  widgets' own keys. Every view prefixes its keys with its name.
- In the server's memory: loaded scenarios and solutions, by content, shared by all sessions and never edited.

A view gets a `Desk` made anew for each redraw.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import streamlit as st

from optimizer import InvalidInput, Problem, Scenario, Solution, load_scenario
from optimizer.analysis.compare import Result, arranged
from optimizer.analysis.naming import Names
from optimizer.drafts import Draft, load_draft, read_draft, write_draft
from optimizer.load import default_data
from optimizer.runs import KEY, Run, Workspace, case_sha256, new_key, with_baseline
from ui.jobs import Board

RUNS_VARIABLE, SCENARIO_VARIABLE = "JOINTBUY_RUNS", "JOINTBUY_SCENARIO"
POOLINGS = ("as_is", "national", "blocs", "joint")


@dataclass
class Desk:
    """What a view needs to draw, loaded when first asked for."""

    workspace: Workspace
    board: Board
    draft: Draft
    given: str
    """Path of the scenario the page was started with."""

    @cached_property
    def loaded(self) -> tuple[Scenario | None, tuple[Problem, ...]]:
        """The base with the draft's changes, or every fault that keeps it from loading."""
        try:
            return scenario_of(self.workspace, self.draft), ()
        except InvalidInput as error:
            return None, tuple(error.problems)

    @property
    def scenario(self) -> Scenario | None:
        """The base with the draft's changes; None while it has faults."""
        return self.loaded[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Faults of the draft; empty when it can be solved."""
        return self.loaded[1]

    @cached_property
    def base(self) -> Scenario:
        """The base as it stands on disk."""
        return loaded_scenario(self.draft.base)

    @property
    def changes(self) -> tuple[str, ...]:
        """What the draft changes, in readable lines."""
        return changes_of(self.scenario)

    @cached_property
    def case(self) -> str | None:
        """Hash of what would be solved now, whatever the pooling."""
        return None if self.scenario is None else case_sha256(self.scenario)

    @cached_property
    def runs(self) -> list[Run]:
        """Every run this analyst may see, newest first."""
        return [self.board.settled(run) for run in self.workspace.runs()]

    @property
    def active(self) -> list[Run]:
        """Runs that wait or are at work, oldest first."""
        return [run for run in reversed(self.runs) if not run.has_ended]

    @cached_property
    def run(self) -> Run | None:
        """The run that is shown: the chosen one, else the newest plan of the draft, else of anything."""
        chosen = st.session_state.get("run")
        for run in self.runs:
            if run.id == chosen and run.has_plan:
                return run
        plans = [run for run in self.runs if run.has_plan]
        mode = self.scenario.settings.pooling.mode if self.scenario else "joint"
        ranked = sorted(
            plans, key=lambda run: (run.case_sha256 != self.case, run.pooling != mode, run.pooling != "joint")
        )
        return ranked[0] if ranked else None

    @property
    def is_stale(self) -> bool:
        """Whether the shown run answers something else than what the draft asks now."""
        return self.run is not None and self.run.case_sha256 != self.case

    @cached_property
    def fellows(self) -> dict[str, Run]:
        """The newest plan for each pooling of the scenario that is shown."""
        return {} if self.run is None else self.workspace.fellows(self.run)

    @cached_property
    def solution(self) -> Solution | None:
        """The solution that is shown, its national columns filled where a national plan is known."""
        return None if self.run is None else filled_solution(self.run, self.fellows.get("national"))

    @cached_property
    def names(self) -> Names:
        """The names that the inputs of the shown plan give to codes."""
        return Names(*([] if self.solution is None else [self.solution.scenario]))

    @cached_property
    def comparison(self) -> Result | None:
        """The poolings of the scenario that is shown, side by side."""
        return None if not self.fellows else compared_poolings(*(self.fellows.get(mode) for mode in POOLINGS))

    def keep(self, draft: Draft) -> None:
        """Keep a changed draft; the next redraw shows it."""
        write_draft(self.workspace, draft)
        self.draft = draft

    def start_over(self) -> None:
        """Go back to the scenario the page was started with; the draft is gone, saved what-ifs and runs stay."""
        self.keep(Draft(self.given))
        self.show(None)

    def show(self, run: Run | None) -> None:
        """Choose the run that all views show; None for the newest that fits."""
        st.session_state["run"] = None if run is None else run.id

    def solve(self, *poolings: str, **options: object) -> list[Run]:
        """Start a run in the background for each pooling of the draft."""
        assert self.scenario is not None
        runs = [self.workspace.create(self.scenario.with_pooling(mode), **options) for mode in poolings]
        self.board.submit(*runs)
        return runs


def open_desk() -> Desk:
    """The desk of this session: its workspace from the address, so that a refresh and a second tab find it."""
    key = st.session_state.get("workspace") or str(st.query_params.get("w", ""))
    if not KEY.fullmatch(key):
        key = new_key()
    if "workspace" not in st.session_state:
        st.session_state["run"] = st.query_params.get("run")
    st.session_state["workspace"] = key
    if st.query_params.get("w") != key:
        st.query_params["w"] = key
    run = st.session_state.get("run")
    if run and st.query_params.get("run") != run:
        st.query_params["run"] = run
    elif not run and "run" in st.query_params:
        del st.query_params["run"]
    return desk_of(key)


def desk_of(key: str) -> Desk:
    """The desk of a workspace."""
    workspace = Workspace(runs_folder(), key)
    given = str(Path(os.environ.get(SCENARIO_VARIABLE) or default_data()).absolute())
    adopt_results(workspace, given)
    draft = read_draft(workspace, given)
    # An empty draft over what an earlier start was given says nothing; over a bundle or what-if of the desk it does.
    if not draft.changes and not Path(draft.base).is_relative_to(workspace.folder):
        draft = Draft(given)
    return Desk(workspace, job_board(), draft, given)


def runs_folder() -> Path:
    """Where runs are kept: `.runs` here, unless the environment says otherwise."""
    return Path(os.environ.get(RUNS_VARIABLE) or ".runs").absolute()


@st.cache_resource(show_spinner=False)
def job_board() -> Board:
    """The one board of the server."""
    return Board()


@st.cache_resource(show_spinner=False)
def _adopted(root: str, base: str) -> bool:
    """Take over what `make run` left in `results`, once per server."""
    scenario = loaded_scenario(base)
    for mode in POOLINGS:
        folder = Path("results") / mode
        if folder.is_dir():
            Workspace(Path(root), "adopted").adopt(scenario, folder, common=True)
    return True


def adopt_results(workspace: Workspace, base: str) -> None:
    """Let results written before on the command line be seen, where they are of this very base."""
    try:
        _adopted(str(workspace.root), base)
    except InvalidInput:
        # The faults of the base are shown where the scenario is loaded.
        return


# --- loading, remembered by content ----------------------------------------------------------------------------------


def fingerprint(path: str | Path) -> tuple[object, ...]:
    """Changes whenever a scenario's files or its bases' change: names, times (of permissions, too) and sizes."""
    place = Path(path)
    try:
        if place.is_dir():
            files = sorted(entry for entry in place.iterdir() if entry.suffix in (".csv", ".toml"))
            return tuple(map(_stamp, files))
        own = _stamp(place)
        if place.suffix == ".toml":
            base = tomllib.loads(place.read_text(encoding="utf-8")).get("base")
            if isinstance(base, str):
                return (own, *fingerprint(place.parent / base))
        return (own,)
    except (OSError, ValueError, RecursionError):
        return ("unreadable", str(path))


def _stamp(file: Path) -> tuple[str, int, int, int]:
    about = file.stat()
    return (file.name, about.st_mtime_ns, about.st_ctime_ns, about.st_size)


def loaded_scenario(path: str) -> Scenario:
    """A scenario from disk, read again only when its files have changed.

    Raises
    ------
    InvalidInput
        With every fault found.
    """
    return _scenario(path, fingerprint(path)).scenario()


@dataclass(frozen=True)
class _Loaded:
    """What loading gave, faults too: else one with faults is read again wherever it is asked for."""

    found: Scenario | None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def by(cls, load: Callable[[], Scenario]) -> _Loaded:
        try:
            return cls(load())
        except InvalidInput as error:
            return cls(None, tuple(error.problems))

    def scenario(self) -> Scenario:
        if self.found is None:
            raise InvalidInput(self.problems)
        return self.found


@st.cache_resource(show_spinner=False, max_entries=24)
def _scenario(path: str, print_: tuple[object, ...]) -> _Loaded:
    del print_
    return _Loaded.by(lambda: load_scenario(path))


def scenario_of(workspace: Workspace, draft: Draft) -> Scenario:
    """The base with the draft's changes.

    Raises
    ------
    InvalidInput
        With every fault found.
    """
    if not draft.changes:
        return loaded_scenario(draft.base)
    return _drafted(
        workspace, (draft.base, draft.name, draft.note, repr(draft.changes)), fingerprint(draft.base), draft
    ).scenario()


@st.cache_resource(show_spinner=False, max_entries=24, hash_funcs={Workspace: lambda desk: desk.key})
def _drafted(workspace: Workspace, key: tuple[str, ...], print_: tuple[object, ...], _draft: Draft) -> _Loaded:
    del key, print_
    return _Loaded.by(lambda: load_draft(workspace, _draft))


@st.cache_resource(show_spinner=False, max_entries=48)
def _solution(id: str, _run: Run) -> Solution:
    del id
    return _run.solution()


def solution_of(run: Run) -> Solution:
    """The solution of a run that has ended, loaded once."""
    return _solution(run.id, run)


@st.cache_resource(show_spinner=False, max_entries=48)
def _filled(id: str, national: str, _run: Run, _national: Run) -> Solution:
    del id, national
    return with_baseline(solution_of(_run), solution_of(_national))


def filled_solution(run: Run, national: Run | None) -> Solution:
    """The solution with its national columns filled from a national run of the same scenario."""
    return solution_of(run) if national is None else _filled(run.id, national.id, run, national)


def compared_poolings(*runs: Run | None) -> Result:
    """Runs of one scenario side by side, by pooling."""
    given = [run for run in runs if run is not None]
    return _compared(tuple(run.id for run in given), tuple(run.pooling for run in given), True, given)


def compared_runs(runs: list[Run], names: list[str]) -> Result:
    """Any runs side by side, under the names given, in that order."""
    return _compared(tuple(run.id for run in runs), tuple(names), False, runs)


@st.cache_resource(show_spinner=False, max_entries=48)
def _compared(ids: tuple[str, ...], names: tuple[str, ...], by_pooling: bool, _runs: list[Run]) -> Result:
    del ids
    return arranged(dict(zip(names, map(solution_of, _runs), strict=True)), by_pooling=by_pooling)


def tables_of(result: Result, key: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """The tables of a comparison, made once; `key` are the ids of its runs in order."""
    return _tables(key, result.names, result)


@st.cache_resource(show_spinner=False, max_entries=48)
def _tables(ids: tuple[str, ...], names: tuple[str, ...], _result: Result) -> dict[str, pd.DataFrame]:
    del ids, names
    return _result.tables()


def changes_of(scenario: Scenario | None) -> tuple[str, ...]:
    """What a scenario changes of its base, in readable lines."""
    found = None if scenario is None else scenario.provenance.get("changes")
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()


def changes_between(base: Run, main: Run) -> tuple[list[str], list[str]]:
    """Recorded changes of the inputs that only the first, and only the second run has."""
    return (
        [line for line in base.changes if line not in main.changes],
        [line for line in main.changes if line not in base.changes],
    )
