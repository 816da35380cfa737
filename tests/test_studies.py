"""Studies: an analysis run to its end in the background, its answer read back as it was given, its plans opened."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from small_case import write_small

from optimizer import load_scenario
from optimizer.analysis.analysis import records
from optimizer.problems import InvalidInput
from optimizer.runner import work
from optimizer.runs import Workspace
from optimizer.studies import forget, named, open_plan, read_study, settings_of, start_study, studies

ASKED = {"forbid": ["lion"]}


def finished(tmp_path: Path, given: dict[str, object]):  # type: ignore[no-untyped-def]
    workspace = Workspace(tmp_path / "runs", "testdesk")
    study = start_study(workspace, load_scenario(write_small(tmp_path / "two")), named("edit"), given)
    assert study.answer is None
    assert work(study.run.folder) == 0
    return workspace, read_study(study.run.folder)


def test_the_answer_is_the_one_the_analysis_gives(tmp_path: Path) -> None:
    workspace, study = finished(tmp_path, ASKED)
    scenario = load_scenario(tmp_path / "two")
    direct = study.analysis.run(scenario, settings_of(study.analysis, ASKED))
    answer = study.answer
    assert answer.headline == tuple(direct.headline().splitlines())
    assert answer.pictures == direct.pictures()
    assert {name: records(table) for name, table in answer.tables.items()} == {
        name: records(table) for name, table in direct.tables().items()
    }
    assert not answer.stopped
    assert next(iter(study.files())) == "edit.xlsx"
    assert {"edit.json", "edit.csv"} <= set(study.files())
    assert [found.run.id for found in studies(workspace)] == [study.run.id]
    assert studies(workspace, named("frontier")) == []


def test_a_plan_of_a_study_opens_as_a_run(tmp_path: Path) -> None:
    workspace, study = finished(tmp_path, ASKED)
    assert set(study.answer.plans) == set(
        study.analysis.run(load_scenario(tmp_path / "two"), settings_of(study.analysis, ASKED)).solutions()
    )
    run = open_plan(workspace, study, "edited")
    assert run is not None and run.has_plan
    # Without lion both buy four oxen at 60 each: 480.
    assert run.solution().objective_meur == pytest.approx(480.0)
    assert run.changes[-1] == "edit: edited"
    assert run.id in {found.id for found in workspace.runs()}


def test_a_fault_in_what_is_asked_is_the_runs_message(tmp_path: Path) -> None:
    _, study = finished(tmp_path, {"forbid": ["tiger"]})
    assert study.run.status == "failed" and "tiger" in study.run.message
    assert study.answer is None


def test_a_stopped_study_says_so(tmp_path: Path) -> None:
    from optimizer.studies import answer_study

    workspace = Workspace(tmp_path / "runs", "testdesk")
    study = start_study(workspace, load_scenario(write_small(tmp_path / "two")), named("edit"), ASKED)
    stop = threading.Event()
    stop.set()
    answer_study(study, lambda message: None, stop)
    again = read_study(study.run.folder)
    assert again.answer.stopped and again.answer.plans == ()


def test_a_study_that_has_ended_can_be_forgotten(tmp_path: Path) -> None:
    workspace, study = finished(tmp_path, ASKED)
    forget(study)
    assert studies(workspace) == []


def test_inputs_that_were_damaged_are_no_plan(tmp_path: Path) -> None:
    workspace, study = finished(tmp_path, ASKED)
    (study.run.folder / "plans" / "edited" / "inputs" / "programs.csv").write_text("program\n", encoding="utf-8")
    assert open_plan(workspace, study, "edited") is None
    with pytest.raises(InvalidInput):
        load_scenario(study.run.folder / "plans" / "edited" / "inputs")
