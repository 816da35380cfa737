"""Runs on disk: written whole, read back the same, stale when inputs differ, private to their analyst."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from pathlib import Path

import pytest
from small_case import write_small

from optimizer import InvalidInput, Solution, load_scenario
from optimizer.drafts import Draft, load_draft, read_draft, save_whatif, saved_whatifs, write_draft
from optimizer.export.results import input_sha256, write_result
from optimizer.runner import work
from optimizer.runs import ALIVE_FILE, RECORD_FILE, SILENT_SECONDS, Workspace, case_sha256, own_key, read_run
from optimizer.tables.whatif import AddRow, ChangeCell, RemoveRow, SetValue


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "runs", "analyst1")


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return write_small(tmp_path / "two")


def done(workspace: Workspace, path: Path, **options: float):  # type: ignore[no-untyped-def]
    run = workspace.create(load_scenario(path), **options)
    assert work(run.folder) == 0
    return workspace.run(run.id)


def plain(solution: Solution) -> dict[str, object]:
    return {
        **{field.name: getattr(solution, field.name) for field in dataclasses.fields(solution) if field.repr},
        "scenario": input_sha256(solution.scenario),
        "tables": {name: table.to_csv() for name, table in solution.tables().items()},
    }


def test_a_run_reads_back_as_the_solution_it_wrote(workspace: Workspace, two: Path, tmp_path: Path) -> None:
    from optimizer import solve

    run = done(workspace, two)
    assert (run.status, run.outcome["status"], run.pooling) == ("done", "optimal", "joint")
    expected, found = plain(solve(load_scenario(two))), plain(run.solution())
    # Times differ; the written result has them as its own four.
    expected.pop("seconds"), found.pop("seconds")
    assert found == expected
    result = json.loads((run.folder / "result" / "result.json").read_text())
    assert run.input_sha256 == result["provenance"]["input_sha256"] == input_sha256(run.scenario())
    assert (run.progress()[-1].best, run.progress()[-1].bound) == (180.0, 180.0)


def test_infeasible_is_an_outcome_with_its_clash(workspace: Workspace, tmp_path: Path) -> None:
    # Both must have four tanks, and neither may spend more than 1 meur a year.
    path = write_small(
        tmp_path / "no",
        nations="nation,budget_meur\nAAA,1\nBBB,1\n",
        requirements="nation,capability,quantity,need_by,must_meet\nAAA,tank,4,2031,yes\nBBB,tank,4,2032,yes\n",
        settings="[rules]\nannual_budget = true\n",
    )
    scenario = load_scenario(path)
    run = workspace.create(scenario)
    assert work(run.folder) == 0
    ended = workspace.run(run.id)
    assert ended is not None
    assert (ended.status, ended.outcome["status"], ended.has_plan) == ("done", "infeasible", False)
    assert "annual_budget" in ended.clash
    assert ended.solution().plan is None


def test_runs_are_stale_by_their_input_not_their_time(workspace: Workspace, two: Path) -> None:
    run = done(workspace, two)
    assert run.case_sha256 == case_sha256(load_scenario(two).with_pooling("national"))
    (two / "requirements.csv").write_text((two / "requirements.csv").read_text().replace("tank,4,2031", "tank,3,2031"))
    assert run.case_sha256 != case_sha256(load_scenario(two))
    # The run still knows what it was solved from.
    assert input_sha256(run.scenario()) == run.input_sha256


def test_others_see_done_plans_of_the_base_only(workspace: Workspace, two: Path) -> None:
    other = Workspace(workspace.root, "analyst2")
    base = workspace.create(load_scenario(two))
    assert other.run(base.id) is None and other.runs() == []
    assert work(base.folder) == 0
    assert [run.id for run in other.runs()] == [base.id]
    draft = Draft(str(two), name="Fewer").adding(
        ChangeCell("requirements", "quantity", 2, key={"nation": "AAA", "capability": "tank"})
    )
    private = workspace.create(load_draft(workspace, draft))
    assert work(private.folder) == 0
    assert private.changes == ("requirements AAA tank: quantity 4 -> 2",)
    assert other.run(private.id) is None and workspace.run(private.id) is not None
    other.delete(private)
    assert private.folder.exists()


def test_fellows_are_runs_of_the_same_inputs_under_other_poolings(workspace: Workspace, two: Path) -> None:
    scenario = load_scenario(two)
    joint, national = (workspace.create(scenario.with_pooling(mode)) for mode in ("joint", "national"))
    for run in (joint, national):
        assert work(run.folder) == 0
    joint = workspace.run(joint.id)
    assert joint is not None
    assert {mode: run.id for mode, run in workspace.fellows(joint).items()} == {
        "joint": joint.id,
        "national": national.id,
    }


def test_a_process_that_went_silent_has_failed(workspace: Workspace, two: Path) -> None:
    run = workspace.create(load_scenario(two)).with_(status="running")
    alive = run.folder / ALIVE_FILE
    alive.touch()
    assert read_run(run.folder).status == "running"
    long_ago = time.time() - SILENT_SECONDS - 5.0
    os.utime(alive, (long_ago, long_ago))
    silent = read_run(run.folder)
    assert silent.status == "failed" and "ended without a result" in silent.message


def test_a_damaged_or_half_written_run_is_no_run(workspace: Workspace, two: Path) -> None:
    run = workspace.create(load_scenario(two))
    (run.folder / RECORD_FILE).write_text('{"title": "half')
    assert read_run(run.folder) is None and workspace.runs() == []
    assert work(run.folder) == 2
    assert [entry.name for entry in run.folder.parent.iterdir() if entry.name.startswith(".")] == []


def test_a_result_that_was_changed_is_found_out(workspace: Workspace, two: Path) -> None:
    run = done(workspace, two)
    plan = json.loads((run.folder / "result" / "plan.json").read_text())
    plan["deliveries"][0]["units"] += 100
    (run.folder / "result" / "plan.json").write_text(json.dumps(plan))
    assert run.solution().findings != () or run.solution().objective_difference_meur > 1.0
    result = run.folder / "result" / "result.json"
    result.write_text(result.read_text().replace('"objective_meur": 180.0', '"objective_meur": 170.0'))
    # 108 lions too many and ten million euro too few.
    assert run.solution().objective_difference_meur > 1.0


def test_keys_and_ids_lead_nowhere_else(tmp_path: Path) -> None:
    for key in ("..", "a/b", "", "UPPER123", "short"):
        with pytest.raises(ValueError, match="no workspace key"):
            Workspace(tmp_path, key)
    assert Workspace(tmp_path, "analyst1").run("../analyst2/x") is None
    assert own_key(tmp_path) == own_key(tmp_path)
    with pytest.raises(TypeError, match="unknown options"):
        Workspace(tmp_path, "analyst1").create(load_scenario(write_small(tmp_path / "two")), speed=2)


def test_results_of_the_command_line_are_taken_over_when_they_fit(workspace: Workspace, two: Path) -> None:
    from optimizer import solve

    scenario = load_scenario(two)
    write_result(solve(scenario), workspace.root.parent / "result")
    run = workspace.adopt(scenario, workspace.root.parent / "result", common=True)
    assert run is not None and run.has_plan and run.solution().objective_meur == 180.0
    again = workspace.adopt(scenario, workspace.root.parent / "result", common=True)
    assert again is not None and again.id == run.id
    assert Workspace(workspace.root, "analyst2").run(run.id) is not None
    other = scenario.replace(settings={"discount_rate": 0.1})
    assert workspace.adopt(other, workspace.root.parent / "result") is None
    assert workspace.adopt(scenario, workspace.root.parent / "nothing") is None


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_a_draft_is_kept_with_its_undo(workspace: Workspace, two: Path) -> None:
    draft = Draft(str(two), name="Less", note="why")
    draft = draft.adding(SetValue("discount_rate", 0.05)).adding(SetValue("discount_rate", 0.1))
    draft = draft.adding(RemoveRow("requirements", where={"nation": "BBB"}), AddRow("nations", {"nation": "CCC"}))
    write_draft(workspace, draft)
    assert read_draft(workspace, "elsewhere") == draft
    assert len(draft.changes) == 3 and len(draft.before) == 3
    assert draft.undone().changes == (SetValue("discount_rate", 0.1),)
    assert draft.undone().undone().changes == (SetValue("discount_rate", 0.05),)
    assert draft.undone().redone() == draft
    assert draft.undone().adding(SetValue("name", "x")).after == ()
    assert Draft("base").undone() == Draft("base").redone() == Draft("base")


def test_a_draft_loads_as_a_what_if_and_can_be_stacked(workspace: Workspace, two: Path) -> None:
    draft = Draft(str(two), name="Fewer tanks").adding(
        ChangeCell("requirements", "quantity", 2, where={"capability": "tank"})
    )
    scenario = load_draft(workspace, draft)
    assert scenario.settings.name == "Fewer tanks"
    assert {row.quantity for row in scenario.tables.requirements} == {2}
    path = save_whatif(workspace, draft)
    assert saved_whatifs(workspace) == [path]
    stacked = load_draft(workspace, Draft(str(path), name="And dearer money").adding(SetValue("discount_rate", 0.1)))
    assert {row.quantity for row in stacked.tables.requirements} == {2} and stacked.settings.discount_rate == 0.1


def test_a_faulty_draft_names_every_fault(workspace: Workspace, two: Path) -> None:
    draft = Draft(str(two)).adding(
        ChangeCell("requirements", "quantity", -1, where={"capability": "tank"}), SetValue("discount_rate", 7)
    )
    with pytest.raises(InvalidInput) as faults:
        load_draft(workspace, draft)
    assert {problem.column for problem in faults.value.problems} >= {"quantity", "discount_rate"}


def test_a_lost_draft_begins_afresh(workspace: Workspace, two: Path) -> None:
    workspace.folder.mkdir(parents=True)
    (workspace.folder / "draft.json").write_text("{broken")
    assert read_draft(workspace, str(two)) == Draft(str(two))
