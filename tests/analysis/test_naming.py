"""Names stand for codes in the columns that hold them, told apart where two are alike; all else stays."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from small_case import FILES, write_small

from optimizer import load_scenario
from optimizer.analysis.naming import Names


@pytest.fixture
def names(tmp_path: Path) -> Names:
    return Names(load_scenario(write_small(tmp_path / "two")))


def test_each_column_has_the_names_of_its_kind(names: Names) -> None:
    table = pd.DataFrame(
        {
            "nation": ["AAA", "", None],
            "program": ["lion", "ox", "no such"],
            "capability": ["tank"] * 3,
            "contract": ["lion@joint", "ox@BBB", None],
            "partners": ["AAA;BBB", "BBB", ""],
            "pool": ["joint", "BBB", "AAA"],
            "programs": [2, 1, 0],
            "units": [1.0, 2.0, 3.0],
        }
    )
    told = names.told(table)
    assert told["nation"].tolist()[:2] == ["Alpha", ""] and told["nation"].isna()[2]
    assert told["program"].tolist() == ["Lion", "Ox", "no such"]
    assert set(told["capability"]) == {"Main battle tank"}
    assert told["contract"].tolist()[:2] == ["Lion (joint)", "Ox (Beta)"]
    assert told["partners"].tolist() == ["Alpha, Beta", "Beta", ""]
    assert told["pool"].tolist() == ["joint", "Beta", "Alpha"]
    # A column of numbers may be called as one of codes is.
    assert told["programs"].tolist() == [2, 1, 0] and told["units"].tolist() == [1.0, 2.0, 3.0]
    assert table["nation"][0] == "AAA"


def test_codes_stand_beside_names_for_who_has_to_type_them(names: Names) -> None:
    table = pd.DataFrame({"nation": ["AAA"], "program": ["lion"], "capability": ["tank"]})
    assert names.told(table, beside=True).loc[0].tolist() == ["Alpha (AAA)", "Lion (lion)", "Main battle tank"]


def test_what_two_share_is_told_apart_by_the_code(tmp_path: Path) -> None:
    alike = FILES["programs.csv"].replace("ox,Ox", "ox,Lion")
    names = Names(load_scenario(write_small(tmp_path / "alike", programs=alike)))
    table = pd.DataFrame({"program": ["lion", "ox"]})
    assert names.told(table)["program"].tolist() == ["Lion (lion)", "Lion (ox)"]
    assert names.told(table, beside=True)["program"].tolist() == ["Lion (lion)", "Lion (ox)"]


def test_what_has_no_name_keeps_its_code(tmp_path: Path) -> None:
    names = Names(load_scenario(write_small(tmp_path / "bare", nations="nation\nAAA\nBBB\n")))
    assert names.told(pd.DataFrame({"nation": ["AAA", "BBB"]}))["nation"].tolist() == ["AAA", "BBB"]
