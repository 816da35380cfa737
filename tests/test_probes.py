"""Probes: a hand edit beside the draft, held against its plan, kept as a lock or dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_case import write_small

from optimizer import InvalidInput, load_scenario
from optimizer.drafts import Draft, load_draft
from optimizer.probes import drop, keep, kept_in, outcome, probes, start_probe, text_of
from optimizer.runner import work
from optimizer.runs import Run, Workspace, case_sha256
from optimizer.tables.whatif import AddRow, SetValue


def solved(place: Path, **tables: str) -> tuple[Workspace, Draft, Run]:
    folder = write_small(place / "two", **tables)
    workspace = Workspace(place / "runs", "analyst")
    run = workspace.create(load_scenario(folder))
    assert work(run.folder) == 0
    return workspace, Draft(str(folder)), workspace.run(run.id)


def tried(workspace: Workspace, draft: Draft, run: Run, *asked: tuple[str, str]):
    probe = start_probe(workspace, run, run.scenario(), draft, asked)
    assert work(probe.run.folder) == 0
    (found,) = probes(workspace)
    return found, outcome(found, run.solution(), found.run.solution())


def test_the_loss_of_forcing_a_program_out(tmp_path: Path) -> None:
    # Together eight lions cost 100 + 80. Without lions only the ox is left, at 60: 8 x 60 = 480, 300 more.
    workspace, draft, run = solved(tmp_path)
    probe, result = tried(workspace, draft, run, text_of("forbid", None, "lion"))
    assert result.loss().found == pytest.approx(300.0) and result.loss().is_exact
    assert probe.sentence() == "nobody may buy lion"
    # Neither the list of runs nor anybody else sees it.
    assert [other.id for other in workspace.runs()] == [run.id]
    assert not (workspace.folder / "draft.toml").exists() and probes(Workspace(tmp_path / "runs", "stranger")) == []


def test_a_kept_probe_is_the_answer_of_the_new_draft(tmp_path: Path) -> None:
    workspace, draft, run = solved(tmp_path)
    probe, _ = tried(workspace, draft, run, text_of("forbid", "BBB", "lion"))
    kept = keep(workspace, probe, draft)
    assert kept.changes == (AddRow("locks", {"nation": "BBB", "program": "lion", "action": "forbid"}),)
    scenario = load_draft(workspace, kept)
    assert [(lock.nation, lock.program, lock.action) for lock in scenario.tables.locks] == [("BBB", "lion", "forbid")]
    newest = workspace.runs()[0]
    assert newest.id == probe.run.id and newest.case_sha256 == case_sha256(scenario) and newest.has_plan
    assert probes(workspace) == []


def test_a_probe_of_an_older_plan_becomes_a_lock_to_be_solved_anew(tmp_path: Path) -> None:
    workspace, draft, run = solved(tmp_path)
    other = draft.adding(SetValue("discount_rate", 0.05))
    probe, _ = tried(workspace, other, run, text_of("units", "BBB", "lion", 3))
    kept = keep(workspace, probe, other)
    assert len(kept.changes) == 2 and [known.id for known in workspace.runs()] == [run.id]


def test_a_dropped_probe_leaves_nothing(tmp_path: Path) -> None:
    workspace, draft, run = solved(tmp_path)
    probe, _ = tried(workspace, draft, run, text_of("require", "AAA", "ox", 1))
    drop(probe)
    assert probes(workspace) == [] and not probe.run.folder.exists()


def test_an_edit_takes_the_place_of_a_lock(tmp_path: Path) -> None:
    folder = write_small(tmp_path / "two", locks="nation,program,action\nBBB,lion,forbid\n,ox,forbid\n")
    workspace = Workspace(tmp_path / "runs", "analyst")
    draft = Draft(str(folder))
    run = workspace.create(load_scenario(folder))
    for nation, program, option in (("BBB", "lion", "require"), (None, "ox", "require")):
        probe = start_probe(workspace, run, run.scenario(), draft, [text_of(option, nation, program)])
        draft = keep(workspace, probe, draft)
    locks = {(lock.nation, lock.program, lock.action) for lock in load_draft(workspace, draft).tables.locks}
    assert locks == {("BBB", "lion", "require"), (None, "ox", "require")}
    # Once more the other way: the draft's own row goes.
    again = kept_in(draft, start_probe(workspace, run, run.scenario(), draft, [text_of("forbid", None, "ox")]).edits)
    assert sum(isinstance(change, AddRow) for change in again.changes) == 2


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    workspace, draft, run = solved(tmp_path)
    with pytest.raises(InvalidInput, match="unicorn"):
        start_probe(workspace, run, run.scenario(), draft, [text_of("forbid", None, "unicorn")])
    assert probes(workspace) == []
