"""Compare sets runs side by side, shows what differs, and the way of the money."""

from __future__ import annotations

import pandas as pd
from page_maker import open_view, plain, said


def test_differences_are_those_of_the_comparison(place) -> None:
    test = open_view("compare")
    assert set(test.multiselect(key="compare_runs").value) == {run.id for run in place.runs.values()}
    # National 380, joint 180 (see test_view_overview): 200 less, of it 140 - 180 in production.
    assert plain(test.subheader[0].value) == "Joint against National: saves 200 meur (53 %)."
    table = test.dataframe[-1].value
    assert {(row.nation, row.program, row.change) for row in table.itertuples()} == {
        ("Beta", "Lion", "Joined"),
        ("Beta", "Ox", "Left"),
    }


def test_capabilities_and_programs_stand_by_their_names(place) -> None:
    test = open_view("compare")

    def items(scope: str) -> pd.DataFrame:
        test.button_group(key="compare_scope").set_value(scope).run()
        assert not test.exception
        # The first such table is that of the picture above.
        return [frame.value for frame in test.dataframe if frame.value.columns[0] == "item"][1].set_index("item")

    for scope, names in (("capability", {"Main battle tank"}), ("program", {"Lion", "Ox"})):
        assert set(items(scope).index) == names
    test.toggle(key="compare_only").set_value(False)
    told = items("figure")["Joint"]
    assert told["What is proven"] == "proven best" and told["Cost, discounted"] == "180"
    test.button_group(key="compare_by").set_value("capability").run()
    (steps,) = [frame.value for frame in test.dataframe if "from_meur" in frame.value]
    assert set(steps["item"]) == {"Main battle tank"}


def test_the_pair_can_be_turned_round(place) -> None:
    test = open_view("compare")
    test.selectbox(key="compare_base").set_value(place.runs["joint"].id).run()
    assert not test.exception
    assert plain(test.subheader[0].value).startswith("National against Joint: costs more by 200")


def test_one_plan_is_too_few(place) -> None:
    test = open_view("compare")
    test.multiselect(key="compare_runs").set_value([place.runs["joint"].id]).run()
    assert not test.exception
    assert "Choose at least two plans." in said(test)


def test_without_plans_it_offers_to_solve(place) -> None:
    test = open_view("compare", key="stranger1")
    # A stranger sees the finished plans of the unchanged base, and may compare them.
    assert len(test.multiselect(key="compare_runs").value) == 3
