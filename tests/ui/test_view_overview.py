"""The overview answers first, in words and figures that are those of the written results."""

from __future__ import annotations

import json
import shutil

from page_maker import open_view, plain, said
from small_case import write_small

from optimizer import load_scenario, solve
from optimizer.drafts import Draft, write_draft
from optimizer.export.results import write_result
from optimizer.runner import work
from optimizer.runs import ALIVE_FILE, now
from optimizer.tables.whatif import SetValue
from ui import text


def test_the_answer_stands_first(place) -> None:
    # Alone AAA develops lion (100 + 4 x 10), and BBB, which does not lead it, buys ox (4 x 60): 380 in all. Together
    # one development and 8 lions: 180. Saved: 200, and 200 / 380 = 53 %.
    test = open_view("overview")
    assert test.title[0].value == "Overview"
    assert plain(test.subheader[0].value) == "Joint against national: saves 200 meur (53 %)."
    result = json.loads((place.runs["joint"].folder / "result" / "result.json").read_text())
    shown = {metric.label: metric.value for metric in test.metric}
    assert shown["Money spent"] == text.money(result["cost_meur"]) == "180\u00a0meur"
    assert shown["Types"] == str(result["types"])


def test_nations_that_need_nothing_are_not_counted_among_those_that_spend_no_more(place) -> None:
    write_small(place.scenario, nations="nation,name\nAAA,Alpha\nBBB,Beta\nCCC,Supplier\n")
    for mode in ("joint", "national"):
        assert work(place.workspace.create(load_scenario(place.scenario).with_pooling(mode)).folder) == 0
    told = [chart.proto.alt for chart in open_view("overview").get("vega_lite_chart")]
    assert any(line.startswith("2 of 2 nations spend no more than alone") for line in told), told


def test_without_a_plan_it_says_what_to_do(place) -> None:
    for run in place.runs.values():
        shutil.rmtree(run.folder)
    test = open_view("overview")
    assert "No plan yet" in said(test)
    assert [button.label for button in test.button] == ["Solve now: as is, national, joint"]


def test_a_plan_of_other_inputs_is_stale(place) -> None:
    assert "Stale" not in said(open_view("overview"))
    table = place.scenario / "requirements.csv"
    table.write_text(table.read_text().replace("AAA,tank,4", "AAA,tank,3"))
    test = open_view("overview")
    assert "Stale." in said(test) and test.subheader[0].value.startswith("Joint against national")
    assert "Solve now: as is, national, joint" in [button.label for button in test.button]


def test_a_draft_shows_as_chips_and_makes_the_plan_stale(place) -> None:
    write_draft(place.workspace, Draft(str(place.scenario), name="Dearer").adding(SetValue("discount_rate", 0.1)))
    words = said(open_view("overview"))
    assert "Dearer" in words and "Changed from the base: :primary-badge[discount_rate = 0.1]" in words
    assert "Stale." in words
    # Another analyst has no such draft.
    assert "Dearer" not in said(open_view("overview", key="stranger1"))


def test_faults_are_told_and_cannot_be_solved(place) -> None:
    write_draft(place.workspace, Draft(str(place.scenario)).adding(SetValue("discount_rate", 7)))
    test = open_view("overview")
    assert "The inputs have 1 fault and cannot be solved." in said(test)
    assert [button.label for button in test.button if "Solve now" in button.label] == []


def test_what_cannot_be_done_names_the_clash(place) -> None:
    # Both must have four tanks, and neither may spend more than 1 meur a year.
    write_small(
        place.scenario,
        nations="nation,budget_meur\nAAA,1\nBBB,1\n",
        requirements="nation,capability,quantity,need_by,must_meet\nAAA,tank,4,2031,yes\nBBB,tank,4,2032,yes\n",
    )
    run = place.workspace.create(load_scenario(place.scenario))
    assert work(run.folder) == 0
    for known in place.runs.values():
        shutil.rmtree(known.folder)
    words = said(open_view("overview"))
    assert "No plan yet" in words and "Infeasible: the rules and needs cannot all hold" in words
    assert "annual_budget" in words


def test_a_damaged_result_is_told_and_another_can_be_chosen(place) -> None:
    (place.runs["joint"].folder / "result" / "plan.json").write_text("{")
    test = open_view("overview")
    assert "This cannot be shown or done:" in said(test) and "plan.json" in said(test)
    (chosen,) = [box for box in test.selectbox if box.label == "Plan shown"]
    chosen.set_value(place.runs["national"].id).run()
    assert not test.exception


def test_a_base_with_faults_is_told(place) -> None:
    (place.scenario / "scenario.toml").write_text("first_year = 2030\n")
    for view in ("overview", "solve", "compare", "export"):
        assert "cannot be solved" in said(open_view(view))


def test_a_run_at_work_is_told(place) -> None:
    for known in place.runs.values():
        shutil.rmtree(known.folder)
    run = place.workspace.create(load_scenario(place.scenario)).with_(status="running", started=now())
    (run.folder / ALIVE_FILE).touch()
    words = said(open_view("overview"))
    assert "The first plan is being sought" in words and "1 run at work" in words
    assert "1 run at work" not in said(open_view("overview", key="stranger1"))


def test_results_of_the_command_line_are_shown_where_they_fit(place, tmp_path, monkeypatch) -> None:
    for known in place.runs.values():
        shutil.rmtree(known.folder)
    monkeypatch.chdir(tmp_path)
    scenario = load_scenario(place.scenario)
    for mode in ("national", "joint"):
        write_result(solve(scenario.with_pooling(mode)), tmp_path / "results" / mode)
    test = open_view("overview", key="stranger1")
    assert plain(test.subheader[0].value) == "Joint against national: saves 200 meur (53 %)."


def test_a_contradiction_is_an_error_not_a_footnote(place) -> None:
    # A joint plan that claims to cost more than buying alone, as if something were broken.
    path = place.runs["joint"].folder / "result" / "result.json"
    result = json.loads(path.read_text())
    path.write_text(json.dumps({**result, "objective_meur": 900.0, "bound_meur": 900.0}))
    words = said(open_view("overview"))
    assert "one of the two is wrong" in words
