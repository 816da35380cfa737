"""Interoperability and industry: the figures are those of the written results, and each part says what it found."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from page_maker import open_view, said
from small_case import write_small

from optimizer import load_scenario
from optimizer.runner import work
from ui.state import solution_of
from ui.views.industry import PARTS, tables_of


def part(name: str):
    test = open_view("industry")
    test.button_group(key="industry_part").set_value(name).run()
    assert not test.exception, test.exception
    return test


def alt_texts(test) -> str:
    """The findings of the pictures, as a screen reader tells them."""
    return " ".join(json.dumps(chart.proto.alt, ensure_ascii=False) for chart in test.get("vega_lite_chart"))


def solve(place, **tables: str):
    write_small(place.scenario, **tables)
    run = place.workspace.create(load_scenario(place.scenario))
    assert work(run.folder) == 0
    return place.workspace.run(run.id)


@pytest.mark.parametrize("name", PARTS)
def test_each_part_is_drawn_or_says_what_is_missing(place, name: str) -> None:
    words = said(part(name))
    missing = {"Groups": "no group of nations", "Content": "No bloc", "Lines": "no industrial sector"}
    assert missing.get(name, "Interoperability and industry") in words


def test_return_ratios_are_those_of_nations_csv(place) -> None:
    run = place.runs["joint"]
    shown = tables_of(run.id, solution_of(run))["work_return"].set_index("nation")
    written = pd.read_csv(run.folder / "result" / "nations.csv").set_index("nation")
    for column in ("work_meur", "return_ratio", "development_meur"):
        assert shown[column].to_dict() == pytest.approx(written[column].to_dict())
    # Both pay 180 in all, and all the work of 180 lies in the two.
    assert shown["paid_meur"].sum() == pytest.approx(180.0) == shown["work_meur"].sum()


def test_groups_lines_content_and_suppliers_say_what_they_found(place) -> None:
    solve(
        place,
        nations="nation,name,blocs\nAAA,Alpha,PACT\nBBB,Beta,\n",
        capabilities="capability,name,shortfall_meur_per_unit_year,sector\ntank,Main battle tank,50,land\n",
        groups="group,nation,capability,level\nwing,AAA,tank,common\nwing,BBB,tank,common\n",
        industry="nation,sector,min_work_meur,min_work_meur_per_year\nAAA,land,1,\n",
        settings="[rules]\noutside_content = { on = false, bloc = 'PACT', max_share = 0.35 }\n",
    )
    assert "1 of 1 cell of group and capability settles on one key; none is split" in alt_texts(part("Groups"))
    assert "1 of 1 line has at least the work" in said(part("Lines")).replace("**", "")
    # The lion is half AAA's and half BBB's: half of what PACT, that is AAA, buys is from outside, beyond 35 %.
    assert "50 % of what PACT buys is from outside it, beyond the 35 % of the rule" in alt_texts(
        part("Content")
    ).replace("\u00a0", " ")
    # And half of what each buys comes from the other, below 60 %.
    assert "0 of 2 buyers take more than 60 %" in alt_texts(part("Suppliers")).replace("\u00a0", " ")
