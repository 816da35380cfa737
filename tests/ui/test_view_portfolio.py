"""The portfolio's figures are those of the written results, and a change can be tried, kept and dropped."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from page_maker import KEY, Server, go, open_view, plain, said, settle
from small_case import write_small

from optimizer import load_scenario
from optimizer.drafts import read_draft
from optimizer.probes import probes, start_probe, text_of
from optimizer.runner import work
from optimizer.runs import Workspace
from ui import text
from ui.state import desk_of, solution_of
from ui.views.portfolio import PARTS, tables_of


def part(name: str, **query: str):
    test = open_view("portfolio", **query)
    test.button_group(key="portfolio_part").set_value(name).run()
    assert not test.exception, test.exception
    return test


def result_of(place, name: str, mode: str = "joint") -> pd.DataFrame:
    return pd.read_csv(place.runs[mode].folder / "result" / f"{name}.csv")


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_drawn(place, name: str) -> None:
    test = part(name)
    assert test.title[0].value == "Portfolio"
    if name != "Matrix":
        assert "Try a change" not in said(test)


def test_cells_are_those_of_the_written_tables(place) -> None:
    run = place.runs["joint"]
    tables = tables_of(run.id, solution_of(run))
    written = result_of(place, "allocations").groupby(["nation", "program"])[["units", "payment_meur"]].sum()
    shown = tables["cells"].set_index(["nation", "program"])
    for column in ("units", "payment_meur"):
        assert shown[column].to_dict() == pytest.approx(written[column].to_dict())
    # Eight lions, four each: the developments' 100 and 8 x 10 are all that result.json knows.
    result = json.loads((run.folder / "result" / "result.json").read_text())
    assert tables["cells"]["total_meur"].sum() == pytest.approx(result["cost_undiscounted_meur"]) == 180.0
    assert tables["deliveries"]["units"].sum() == 8


def test_a_card_tells_partners_volume_band_and_work(place) -> None:
    words = said(part("Programs"))
    row, names = result_of(place, "programs").iloc[0], {"AAA": "Alpha", "BBB": "Beta"}
    assert "1 of 2 programs on offer for main battle tank is bought; not bought: Ox" in words.replace("**", "")
    assert row["partners"] == "AAA;BBB" and "Partners** Alpha, Beta; **customers** none" in words
    assert f"Volume** {row['units']}" in words and "Price** 10 meur" in words
    work_at = result_of(place, "work").set_index("nation")["share"]
    told = words[words.index("Work: ") :].splitlines()[0]
    assert all(f"{names[nation]} {plain(text.percent(share))}" in told for nation, share in work_at.items())


def test_a_nation_shows_what_nations_csv_says(place) -> None:
    test = part("Nation")
    test.selectbox(key="portfolio_one_nation").set_value("BBB").run()
    row = result_of(place, "nations").set_index("nation").loc["BBB"]
    shown = {metric.label: metric.value for metric in test.metric}
    assert shown["Cost, discounted"] == text.money(row["cost_meur"])
    assert shown["Work placed at home"] == text.money(row["work_meur"])
    # National, BBB alone pays for four oxen at 60: 240.
    assert shown["Saving against alone"] == text.money(240.0 - row["cost_meur"])


def test_forcing_a_program_out_tells_the_loss_and_can_be_kept(place) -> None:
    test = open_view("portfolio")
    run = place.runs["joint"]
    test.selectbox(key="portfolio_program").set_value("lion").run()
    scenario, draft = load_scenario(place.scenario), read_draft(place.workspace, str(place.scenario))
    probe = start_probe(place.workspace, run, scenario, draft, [text_of("forbid", None, "lion")])
    assert work(probe.run.folder) == 0
    test.run()
    # Without lions eight oxen at 60 take the place of 100 + 80: 480 less 180 is 300 lost.
    shown = {metric.label: metric.value for metric in test.metric}
    assert shown["Loss against the plan shown"] == text.money(300.0) == shown["At least, proven"]
    assert "Nobody may buy Lion" in said(test)
    (differs,) = [frame.value for frame in test.dataframe if "change" in frame.value]
    assert {"Alpha", "Beta"} == set(differs["nation"]) and "buys it no more" in set(differs["change"])
    test.button(key=f"portfolio_keep_{probe.run.id}").click().run()
    assert not test.exception
    desk = desk_of(KEY)
    (change,) = desk.draft.changes
    assert change.table == "locks" and change.row["program"] == "lion"
    # The very plan is the answer to the new draft: nothing is stale, nothing has to be solved again.
    assert desk.run.id == probe.run.id and not desk.is_stale and probes(place.workspace) == []
    assert "Stale" not in said(open_view("portfolio"))


def test_a_change_can_be_dropped_and_one_that_cannot_be_says_so(place) -> None:
    run, draft = place.runs["joint"], read_draft(place.workspace, str(place.scenario))
    probe = start_probe(place.workspace, run, run.scenario(), draft, [text_of("units", "AAA", "lion", 2)])
    assert work(probe.run.folder) == 0
    test = open_view("portfolio")
    test.button(key=f"portfolio_drop_{probe.run.id}").click().run()
    assert probes(place.workspace) == [] and desk_of(KEY).draft.changes == ()
    # Four tanks are all that a nation needs; nobody may sell it ten thousand.
    test.selectbox(key="portfolio_nation").set_value("AAA")
    test.selectbox(key="portfolio_program").set_value("lion")
    test.button_group(key="portfolio_act").set_value("units").run()
    test.number_input(key="portfolio_units_AAA_lion").set_value(10_000)
    test.button(key="portfolio_try").click().run()
    assert not test.exception and len(test.error) == 1 and probes(place.workspace) == []


def test_a_clash_is_told_in_words(place) -> None:
    write_small(
        place.scenario,
        requirements="nation,capability,quantity,need_by,must_meet\nAAA,tank,4,2031,yes\nBBB,tank,4,2032,no\n",
    )
    run = place.workspace.create(load_scenario(place.scenario))
    assert work(run.folder) == 0
    draft = read_draft(place.workspace, str(place.scenario))
    asked = [text_of("forbid", "AAA", program) for program in ("lion", "ox")]
    probe = start_probe(place.workspace, run, run.scenario(), draft, asked)
    assert work(probe.run.folder) == 0
    test = open_view("portfolio")
    words = said(test)
    assert "Alpha may not buy Lion; Alpha may not buy Ox." in words and "No plan can do that" in words
    assert "Keep it as a change" not in [button.label for button in test.button]


def test_a_redraw_takes_the_tables_made_before(place) -> None:
    run = place.runs["joint"]
    assert tables_of(run.id, solution_of(run)) is tables_of(run.id, solution_of(run))


def test_in_the_browser_a_program_is_forced_out_and_the_loss_read(server: Server, tab) -> None:
    go(tab, server, "portfolio", key="portfolio1")
    tab.get_by_role("button", name="See what it costs").click()
    # The program that costs most is chosen at first: the lion.
    tab.get_by_text("Nobody may buy Lion").first.wait_for(timeout=60_000)
    loss = tab.locator('[data-testid="stMetric"]').filter(has_text="Loss against the plan shown")
    loss.wait_for(timeout=60_000)
    assert plain(loss.locator('[data-testid="stMetricValue"]').inner_text()) == plain(text.money(300.0))
    tab.get_by_role("button", name="Keep it as a change").click()
    tab.get_by_text("Changed from the base:").wait_for()
    settle(tab)
    assert tab.get_by_text("Stale.").count() == 0
    workspace = Workspace(server.runs, "portfolio1")
    assert probes(workspace) == [] and [run.has_plan for run in workspace.runs() if run.owner == "portfolio1"] == [True]
