"""Solve starts runs in the background, shows them, and lists what has ended with its reason."""

from __future__ import annotations

from page_maker import open_view, said, wait_for

from optimizer.runs import Workspace
from ui.state import job_board


def test_pressing_solve_starts_a_run_for_each_pooling(place) -> None:
    before = {run.id for run in place.workspace.runs()}
    test = open_view("solve")
    # The small scenario names baseline programs but no blocs.
    assert test.button_group(key="solve_poolings").options == ["As is", "National", "Joint"]
    test.button_group(key="solve_poolings").set_value(["joint"])
    next(button for button in test.button if button.label == "Solve").click().run()
    assert not test.exception
    (new,) = [run for run in place.workspace.runs() if run.id not in before]
    assert new.pooling == "joint" and new.owner == place.workspace.key
    wait_for(lambda: place.workspace.run(new.id).has_ended and not job_board().knows(new))
    done = place.workspace.run(new.id)
    assert (done.status, done.outcome["status"]) == ("done", "optimal")
    assert done.outcome["objective_meur"] == place.runs["joint"].outcome["objective_meur"]


def test_runs_that_ended_are_listed_with_status_and_gap(place) -> None:
    words = said(open_view("solve"))
    assert words.count("proven optimal, gap 0 %") == 3


def test_a_failed_run_says_why_and_can_be_tried_again(place) -> None:
    run = place.runs["joint"].with_(status="failed", message="The solver's process ended without an answer.")
    test = open_view("solve")
    assert "The solver's process ended without an answer." in said(test)
    test.button(key=f"solve_again_{run.id}").click().run()
    again = [other for other in place.workspace.runs() if other.id not in {known.id for known in place.runs.values()}]
    assert len(again) == 1
    wait_for(lambda: place.workspace.run(again[0].id).has_plan)


def test_a_run_is_deleted_only_by_its_owner(place) -> None:
    run = place.runs["as_is"]
    stranger = open_view("solve", key="stranger1")
    assert f"solve_delete_{run.id}" not in {button.key for button in stranger.button}
    Workspace(place.workspace.root, "stranger1").delete(run)
    assert run.folder.exists()
    open_view("solve").button(key=f"solve_delete_{run.id}").click().run()
    assert not run.folder.exists()
