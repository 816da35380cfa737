"""Studies: analyses that run beside the page, their answers kept in words, tables, pictures and plans that open."""

from __future__ import annotations

import dataclasses
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optimizer import probes
from optimizer.analysis import ANALYSES
from optimizer.analysis.analysis import Analysis, Picture, Result, records
from optimizer.analysis.edits import read_edits
from optimizer.drafts import Draft, changes_from
from optimizer.export.analysis import write_analysis
from optimizer.export.files import json_text, write_file, write_text
from optimizer.export.results import write_result
from optimizer.load import load_scenario
from optimizer.model.control import Progress
from optimizer.problems import InvalidInput
from optimizer.runs import COMMON, INPUTS, RESULT, Run, Workspace, case_sha256, read_run, write_inputs
from optimizer.scenario import Scenario
from optimizer.solution import Solution
from optimizer.solve.session import Session

if TYPE_CHECKING:
    import pandas as pd

# The plan that holds what an answer proposes, by analysis.
_PROPOSED = {"explain": "relaxed", "edit": "edited"}
STUDIES, STUDY_FILE, ANSWER_FILE, PLANS = "studies", "study.json", "answer.json", "plans"


@dataclass(frozen=True)
class Answer:
    """What an analysis gave, as it stands in its folder."""

    headline: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    pictures: tuple[Picture, ...]
    plans: tuple[str, ...]
    """Names of the plans that can be opened."""
    stopped: bool


@dataclass(frozen=True)
class Study:
    """One analysis at work or done: its run, which analysis, and what was asked of it."""

    run: Run
    analysis: Analysis
    settings: Mapping[str, Any]

    @property
    def folder(self) -> Path:
        """Where its files are: JSON, CSV tables, workbook."""
        return self.run.folder / RESULT

    def files(self) -> dict[str, bytes]:
        """Its files by name, the workbook first."""
        found = {path.name: path for path in self.folder.glob("*.*")} if self.folder.is_dir() else {}
        order = sorted(found, key=lambda name: (name != self.analysis.workbook, name))
        return {name: found[name].read_bytes() for name in order}

    @cached_property
    def answer(self) -> Answer | None:
        """Its answer; None while it is at work, and when it failed."""
        import pandas as pd

        try:
            body = json.loads((self.run.folder / ANSWER_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        tables = {name: pd.DataFrame(table["rows"], columns=table["columns"]) for name, table in body["tables"].items()}
        pictures = tuple(Picture(**picture) for picture in body["pictures"])
        return Answer(tuple(body["headline"]), tables, pictures, tuple(body["plans"]), bool(body["stopped"]))


def named(name: str) -> Analysis:
    """An analysis by its name."""
    return next(analysis for analysis in ANALYSES if analysis.name == name)


def settings_of(analysis: Analysis, given: Mapping[str, Any]) -> Any:
    """Settings of an analysis from plain values; lists become tuples."""
    return analysis.settings(
        **{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    )


def start_study(
    workspace: Workspace, scenario: Scenario, analysis: Analysis, given: Mapping[str, Any], **options: Any
) -> Study:
    """A study that waits to be started, its inputs and what is asked written down.

    Parameters
    ----------
    given
        Settings of the analysis by name; what is left out keeps its default.
    options
        Of gap, time_limit, threads, solver, as `optimizer.solve` takes them.
    """
    run = Workspace(workspace.folder, STUDIES).create(scenario, **options).with_(owner=workspace.key)
    body = {"analysis": analysis.name, "settings": dict(given)}
    write_file(run.folder / STUDY_FILE, lambda target: write_text(target, json_text(body)))
    return Study(run, analysis, given)


def studies(workspace: Workspace, analysis: Analysis | None = None) -> list[Study]:
    """The analyst's studies, newest first."""
    place = workspace.folder / STUDIES
    places = (place, workspace.folder / COMMON)
    folders = [folder for home in places if home.is_dir() for folder in home.iterdir()]
    found = [study for folder in folders if (study := read_study(folder)) is not None]
    mine = [study for study in found if analysis is None or study.analysis is analysis]
    return sorted(mine, key=lambda study: study.run.created, reverse=True)


def read_study(folder: str | Path) -> Study | None:
    """The study in a folder, None where there is none."""
    run = read_run(folder)
    try:
        body = json.loads((Path(folder) / STUDY_FILE).read_text(encoding="utf-8"))
        return None if run is None else Study(run, named(body["analysis"]), body["settings"])
    except (OSError, ValueError, KeyError, StopIteration):
        return None


def forget(study: Study) -> None:
    """Remove a study that has ended."""
    if study.run.has_ended:
        shutil.rmtree(study.run.folder, ignore_errors=True)


def open_plan(workspace: Workspace, study: Study, name: str) -> Run | None:
    """One of a study's plans as a run like any other; None where it is damaged."""
    place = study.run.folder / PLANS / name
    changes = (*study.run.changes, f"{study.analysis.name}: {name}")
    record = {"created": study.run.created, "base": study.run.base, "changes": changes}
    try:
        return workspace.adopt(load_scenario(place / INPUTS), place / RESULT, record=record)
    except InvalidInput:
        return None


def kept_in(study: Study, draft: Draft) -> Draft | None:
    """The draft with what an answer proposes: the way out of an explanation, or the locks of an edit; None without."""
    answer = study.answer
    if answer is None:
        return None
    if study.analysis.name == "edit":
        edits = read_edits((name, text) for name, texts in study.settings.items() for text in texts)
        locks = {(row["nation"], row["program"]): row for row in records(answer.tables["locks"])}
        # As solved: years given alone hold the units of the optimum.
        solved = [
            dataclasses.replace(edit, lock=edit.lock.model_copy(update=_lock_of(row)))
            for edit in edits
            if (row := locks.get(edit.target)) is not None
        ]
        return probes.kept_in(draft, solved) if "edited" in answer.plans else None
    try:
        body = json.loads((study.folder / study.analysis.document).read_text(encoding="utf-8"))
        way_out = body["infeasible"]["changes"] if body["infeasible"]["checked"] else ()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return draft.adding(*changes_from(way_out)) if way_out else None


def plan_of(workspace: Workspace, study: Study, draft: Draft) -> Run | None:
    """The plan found with what an answer proposes, as a run of the draft that took it up; nothing is left to solve.

    None where the answer has no such plan, or the draft asks for something else.
    """
    name, scenario = _PROPOSED.get(study.analysis.name), probes.drafted(workspace, draft)
    if study.answer is None or name not in study.answer.plans or scenario is None:
        return None
    known = {run.id for run in workspace.runs()}
    opened = open_plan(workspace, study, name)
    if opened is None:
        return None
    solution = opened.solution()
    told = {key: getattr(scenario.settings, key) for key in ("name", "description")}
    named_alike = solution.scenario.replace(settings=told)
    if case_sha256(named_alike) != case_sha256(scenario):
        return opened
    if opened.id not in known:
        workspace.delete(opened)
    changes = scenario.provenance.get("changes", ())
    record = {"created": study.run.created, "base": opened.base, "strategy": opened.strategy, "changes": changes}
    with tempfile.TemporaryDirectory() as folder:
        write_result(dataclasses.replace(solution, scenario=named_alike), Path(folder) / RESULT)
        return workspace.adopt(scenario, Path(folder) / RESULT, record=record)


def _lock_of(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": row["action"], "units": None if row["units"] is None else int(row["units"])}


def answer_study(study: Study, tell: Callable[[Progress], object], stop: threading.Event) -> Result:
    """Run the analysis in this process and write its answer into the study's folder.

    Raises
    ------
    InvalidInput
        When the settings ask for what is not there.
    """
    scenario = study.run.scenario()
    session, solved = Session(), [0]

    def solve(variant: Scenario, **more: Any) -> Solution:
        solved[0] += 1
        number = solved[0]

        def told(message: Progress) -> None:
            tell(dataclasses.replace(message, stage=f"solve {number}, {message.stage}"))

        return session.solve(variant, on_progress=told, stop=stop, **{**study.run.options, **more})

    result = study.analysis.run(scenario, settings_of(study.analysis, study.settings), solve=solve)
    _write(study, scenario, result, stop.is_set())
    return result


def _write(study: Study, scenario: Scenario, result: Result, stopped: bool) -> None:
    write_analysis(study.analysis, scenario, result, study.folder)
    plans = {name: solution for name, solution in result.solutions().items() if solution.plan is not None}
    for name, solution in plans.items():
        place = study.run.folder / PLANS / name
        shutil.rmtree(place, ignore_errors=True)
        write_inputs(solution.scenario, place / INPUTS)
        write_result(solution, place / RESULT, options={})
    body = {
        "headline": result.headline().splitlines(),
        "tables": {
            name: {
                "columns": [str(column) for column in table.columns],
                "rows": [list(row.values()) for row in records(table)],
            }
            for name, table in result.tables().items()
        },
        "pictures": [dataclasses.asdict(picture) for picture in result.pictures()],
        "plans": list(plans),
        "stopped": stopped,
    }
    write_file(study.run.folder / ANSWER_FILE, lambda target: write_text(target, json_text(body)))
