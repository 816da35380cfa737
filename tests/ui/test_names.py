"""Tables and words of the page call nations, capabilities and programs by their names."""

from __future__ import annotations

from typing import Any

import pytest
from page_maker import open_view
from small_case import write_small

from optimizer import load_scenario
from optimizer.runner import work
from optimizer.studies import named, start_study
from ui import charts
from ui.views import VIEWS, industry, portfolio

CODES = {"AAA", "BBB", "tank", "lion", "ox"}
PARTS = {"portfolio": portfolio.PARTS, "industry": industry.PARTS}
# Inputs are shown as their files have them: the codes are what is edited there.
FILES_SHOWN = {"inputs", "policy"}
NAMES = [name for names in VIEWS.values() for name in names if name not in FILES_SHOWN]
ASKED: dict[str, dict[str, Any]] = {
    "explain": {"program": "ox", "flips": ["price"], "rules": True},
    "edit": {"forbid": ["lion"]},
    "alternatives": {"within": 1.0},
    "frontier": {},
    "sensitivity": {"inputs": ["unit_cost"], "switch_points": True},
    "stability": {},
}


def codes_in(test: Any) -> set[str]:
    """Cells of tables that are codes, alone or in a list."""
    cells = {cell for frame in test.dataframe for cell in frame.value.to_numpy().ravel() if isinstance(cell, str)}
    return {cell for cell in cells if CODES & {part.strip() for part in cell.replace(";", ",").split(",")}}


@pytest.fixture
def full(place: Any) -> Any:
    """The place with a group, a sector and an approved plan as well, solved again."""
    write_small(
        place.scenario,
        nations="nation,name,blocs,budget_meur\nAAA,Alpha,PACT,900\nBBB,Beta,PACT,900\n",
        capabilities="capability,name,shortfall_meur_per_unit_year,sector\ntank,Main battle tank,50,land\n",
        groups="group,nation,capability,level\nwing,AAA,tank,common\nwing,BBB,tank,common\n",
        industry="nation,sector,min_work_meur,min_work_meur_per_year\nAAA,land,1,\n",
        previous="nation,program,units\nAAA,ox,4\nBBB,ox,4\n",
    )
    for mode in ("joint", "national"):
        assert work(place.workspace.create(load_scenario(place.scenario).with_pooling(mode)).folder) == 0
    return place


@pytest.mark.parametrize("name", NAMES)
def test_no_table_of_the_page_shows_a_code(full: Any, name: str) -> None:
    if name in ASKED:
        study = start_study(full.workspace, load_scenario(full.scenario), named(name), ASKED[name])
        assert work(study.run.folder) == 0
    test = open_view(name)
    assert codes_in(test) == set() and (test.dataframe or name not in ASKED)
    for part in PARTS.get(name, ()):
        test.button_group(key=f"{name}_part").set_value(part).run()
        assert not test.exception and codes_in(test) == set(), part
    if name == "portfolio":
        test.button_group(key="portfolio_part").set_value("Nation").run()
        assert "Alpha keeps within its yearly budget" in " ".join(
            chart.proto.alt for chart in test.get("vega_lite_chart")
        )


def test_what_is_downloaded_keeps_the_codes(place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    downloaded = {}
    shown = charts.csv_bytes

    def kept(table: Any, footer: str) -> bytes:
        downloaded[footer] = table
        return shown(table, footer)

    monkeypatch.setattr(charts, "csv_bytes", kept)
    monkeypatch.setattr(charts.st, "download_button", lambda label, *, data, **rest: data())
    monkeypatch.setattr(charts, "picture_bytes", lambda chart: b"")
    test = open_view("export")
    assert test.dataframe[-1].value["nation"].tolist() == ["Alpha", "Beta"]
    (table,) = downloaded.values()
    assert table["nation"].tolist() == ["AAA", "BBB"]
