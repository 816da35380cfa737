"""Every analysis ends in words without codes, a table and a picture, the same wherever it is asked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from small_case import FILES, write_small

from optimizer import load_scenario, solve
from optimizer.analysis import ANALYSES
from optimizer.analysis.headings import with_units
from optimizer.cli import main
from optimizer.export.analysis import write_analysis
from optimizer.export.files import read_csv_rows
from optimizer.runner import work
from optimizer.runs import Workspace
from optimizer.solve.session import Session
from optimizer.studies import named, settings_of, start_study, studies

# What the small scenario would call by a code: nations, programs, rules and inputs.
CODES = re.compile(r"\b(AAA|BBB|lion|ox|[a-z]+(_[a-z]+)+)\b")
APPROVED = {"previous": "nation,program,units\nAAA,ox,4\nBBB,ox,4\n"}
# Alpha asks for 4 in 2030, when only the ox is to be had, and may pay for 2.
NO_PLAN = {
    "requirements": FILES["requirements.csv"].replace("AAA,tank,4,2031,no", "AAA,tank,4,2030,yes"),
    "budgets": "nation,year,budget_meur\nAAA,2030,120\n",
}
ASKED: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("explain", {}, {"budgets": "nation,year,budget_meur\nAAA,2031,1000\n"}),
    ("explain", {}, NO_PLAN),
    ("explain", {"accept": True}, NO_PLAN),
    ("explain", {"program": "ox"}, {}),
    ("explain", {"program": "lion", "nation": "BBB", "flips": ["date"]}, {}),
    ("explain", {"contract": "lion@joint", "flips": ["development"]}, {}),
    ("explain", {"rules": True}, {"budgets": "nation,year,budget_meur\nAAA,2031,60\n"}),
    ("edit", {"forbid": ["lion"], "units": ["AAA:ox:3"]}, APPROVED),
    ("edit", {"forbid": ["AAA:lion", "AAA:ox"]}, NO_PLAN | {"budgets": "nation,year,budget_meur\n"}),
    ("stability", {}, APPROVED),
    ("alternatives", {"within": 1.0, "count": 3}, {}),
    ("frontier", {}, {}),
    ("frontier", {"goals": ["cost", "shortfall"], "points": 4}, {}),
    ("sensitivity", {"inputs": ["unit_cost:ox", "need_by"], "switch_points": True, "steps": 3}, {}),
    ("sensitivity", {"budget_sweep": True, "steps": 2}, {"budgets": "nation,year,budget_meur\nAAA,2031,60\n"}),
    ("sensitivity", {"inputs": ["unit_cost", "quantity:AAA"], "two_way": True, "steps": 2}, {}),
]


def test_every_analysis_is_among_those_asked() -> None:
    assert {name for name, _, _ in ASKED} == {analysis.name for analysis in ANALYSES}


@pytest.mark.parametrize(("name", "given", "replaced"), ASKED)
def test_an_answer_has_words_without_codes_a_table_and_a_picture(
    name: str, given: dict[str, Any], replaced: dict[str, str], tmp_path: Path
) -> None:
    analysis, scenario = named(name), load_scenario(write_small(tmp_path / "small", **replaced))
    result = analysis.run(scenario, settings_of(analysis, given), solve=Session().solve)
    lines, tables, pictures = result.headline().splitlines(), result.tables(), result.pictures()
    told = [*lines, *(picture.title for picture in pictures)]
    assert [line for line in told if CODES.search(line)] == []
    assert any(len(tables[table]) for table in analysis.files if table in tables)
    is_refused = name == "edit" and "requirements" in replaced
    assert pictures or is_refused
    assert all(picture.table in tables and len(tables[picture.table]) for picture in pictures)
    write_analysis(analysis, scenario, result, tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / analysis.workbook)
    written = {str(row[0].value) for row in book["summary"].iter_rows()}
    assert set(lines) <= written and set(tables) <= set(book.sheetnames)
    charts = sum(len(book[sheet]._charts) for sheet in book.sheetnames)
    assert charts + sum(sheet.startswith("matrix") for sheet in book.sheetnames) == len(pictures)


def test_command_line_python_page_and_files_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_small(tmp_path / "small")
    analysis, scenario = named("explain"), load_scenario(folder)
    given = {"program": "ox", "flips": ["price"]}
    lines = analysis.run(scenario, settings_of(analysis, given), solve=Session().solve).headline().splitlines()
    workspace = Workspace(tmp_path / "runs", "testdesk")
    assert work(start_study(workspace, scenario, analysis, given).run.folder) == 0
    assert list(studies(workspace)[0].answer.headline) == lines  # type: ignore[union-attr]
    asked = ["explain", str(folder), "--program", "ox", "--flips", "price", "--quiet"]
    assert main([*asked, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert all(line in printed for line in lines)
    # Lions are 180 in all; 8 oxen at 60 are 480, and as good as lions at three eighths of that, 37.5 %.
    assert re.search(r"price +100 % +36\.\d+ % +37\.5 % +0 % ", printed)
    assert read_csv_rows((tmp_path / "out" / "flips.csv").read_text(encoding="utf-8"))[1][0]["now"] == "1"


def test_a_flip_holds_when_its_values_are_entered_in_the_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_small(tmp_path / "small")
    assert main(["explain", str(folder), "--program", "ox", "--flips", "price", "--out", str(tmp_path / "out")]) == 0
    capsys.readouterr()
    (flip,) = read_csv_rows((tmp_path / "out" / "flips.csv").read_text(encoding="utf-8"))[1]
    bought = {}
    for side in ("in_at", "out_at"):
        price = 60.0 * float(str(flip[side]))
        write_small(folder, programs=FILES["programs.csv"].replace("60,1,2030", f"{price!r},1,2030"))
        plan = solve(load_scenario(folder), gap=0.0).plan
        assert plan is not None
        bought[side] = {code.partition("@")[0] for _, code, _ in plan.deliveries}
    assert "ox" in bought["in_at"] and bought["out_at"] == {"lion"}


def test_figures_of_several_units_are_told_each_in_its_own() -> None:
    rows = [("price", "share of today's", 1.0, 0.95312), ("development", "million euro", 150.0, 124.2)]
    rows += [("date", "year", 2031.0, None)]  # type: ignore[list-item]
    told = with_units(pd.DataFrame(rows, columns=["figure", "unit", "now", "in_at"]))
    assert list(told["now"]) == ["100 %", "150 meur", "2031"]
    assert list(told["in_at"])[:2] == ["95.31 %", "124.2 meur"] and pd.isna(told["in_at"][2])
    assert "unit" not in told
