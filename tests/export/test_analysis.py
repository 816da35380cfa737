"""Analysis folders: JSON, tables, workbook with its pictures, and plans that can be opened and audited."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from small_case import write_small

from optimizer import InvalidInput, Scenario, Solution, load_scenario, solve
from optimizer.analysis import ANALYSES
from optimizer.analysis.analysis import Analysis, Picture
from optimizer.cli import main
from optimizer.export.analysis import write_analysis
from optimizer.export.files import read_csv_rows

TABLE = pd.DataFrame(
    {"name": ["first", "second"], "low_meur": [-1.5, None], "high_meur": [2.5, 4.0], "why": ["=1", ""]}
)
CURVE = pd.DataFrame({"x": [1.0, 2.0, 1.0, 2.0], "y": [3.0, 4.0, 5.0, 6.0], "by": ["a", "a", "b", "b"]})
CELLS = pd.DataFrame({"down": ["u", "u", "v"], "across": ["1", "2", "2"], "value": [1.0, 2.0, 3.0]})
PICTURES = (
    Picture("Ranges", "ranges", "result", "name", "low_meur", y_to="high_meur"),
    Picture("Bars", "bars", "result", "name", "high_meur"),
    Picture("Lines", "lines", "curve", "x", "y", by="by"),
    Picture("Points", "points", "curve", "x", "y"),
    Picture("Cells", "matrix", "cells", "across", "down", value="value"),
)


@dataclass(frozen=True)
class Result:
    """A result with one picture of each kind."""

    plans: Mapping[str, Solution] = field(default_factory=dict)
    exit_code: int = 0

    def headline(self) -> str:
        return "One.\nTwo."

    def tables(self) -> dict[str, pd.DataFrame]:
        return {"result": TABLE, "curve": CURVE, "cells": CELLS}

    def pictures(self) -> tuple[Picture, ...]:
        return PICTURES

    def as_dict(self) -> dict[str, object]:
        return {"answer": 42, "unknown": None}

    def solutions(self) -> Mapping[str, Solution]:
        return self.plans


FILES = {"result": "made.csv", "curve": "curve.csv", "absent": "absent.csv"}
MADE = Analysis("made", "What is made.", dict, lambda *_: Result(), "made.json", FILES)


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return load_scenario(write_small(tmp_path / "small"))


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder knows its own by the analyses that are registered; this one is not."""
    from optimizer.export import files

    monkeypatch.setattr(files, "_MARKS", (*files._MARKS, MADE.document))
    monkeypatch.setattr(files, "_OURS", files._OURS | {MADE.document, MADE.workbook, *FILES.values()})


def test_the_folder_holds_what_the_analysis_names(scenario: Scenario, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_analysis(MADE, scenario, Result({"best": solve(scenario)}), out, {"discount_rate": "0"})
    # A table that the result does not have is left out.
    assert {path.name for path in out.iterdir()} == {"made.json", "made.csv", "curve.csv", "made.xlsx", "plans"}
    header, rows = read_csv_rows((out / "made.csv").read_text(encoding="utf-8"))
    assert header == list(TABLE.columns)
    assert rows[1] == {"name": "second", "low_meur": "", "high_meur": "4", "why": ""}
    assert "'=1" in (out / "made.csv").read_text(encoding="utf-8")


def test_the_document_says_what_was_asked_of_what(scenario: Scenario, tmp_path: Path) -> None:
    write_analysis(MADE, scenario, Result(), tmp_path / "out", {"discount_rate": "0"})
    body: Any = json.loads((tmp_path / "out" / "made.json").read_text(encoding="utf-8"))
    assert body["analysis"] == "made" and body["headline"] == ["One.", "Two."]
    assert (body["answer"], body["unknown"]) == (42, None)
    assert body["scenario"] == "Two nations" and body["illustrative"] is True
    assert body["options"] == {"discount_rate": "0"}
    assert len(body["provenance"]["input_sha256"]) == 64 and "highspy" in body["provenance"]["versions"]


def test_the_workbook_has_the_answer_every_table_and_every_picture(scenario: Scenario, tmp_path: Path) -> None:
    write_analysis(MADE, scenario, Result(), tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "made.xlsx")
    assert book.sheetnames[:4] == ["summary", "result", "curve", "cells"]
    text = [str(row[0].value) for row in book["summary"].iter_rows()]
    assert text[0] == "made: Two nations" and "One." in text and "Two." in text
    assert any("Illustrative data" in line for line in text)
    assert [cell.value for cell in book["result"][2]] == ["first", -1.5, 2.5, "=1"]
    assert book["result"]["D2"].data_type == "s"
    assert [len(book[name]._charts) for name in ("result", "curve")] == [2, 2]
    lines = book["curve"]._charts[0]
    assert len(lines.series) == 2  # one for each of `by`
    (cells,) = [sheet for sheet in book if sheet.title.startswith("matrix")]
    assert [[cell.value for cell in row] for row in cells.iter_rows(min_row=3)] == [
        [None, "1", "2"],
        ["u", 1, 2],
        ["v", None, 3],
    ]


def test_the_workbook_is_told_in_names_and_the_csv_files_in_codes(scenario: Scenario, tmp_path: Path) -> None:
    edit = next(analysis for analysis in ANALYSES if analysis.name == "edit")
    result = edit.run(scenario, edit.settings(forbid=("lion",)), solve=solve)
    write_analysis(edit, scenario, result, tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "edit.xlsx")
    rows = {tuple(cell.value for cell in row[:4]) for row in book["edit"].iter_rows(min_row=2)}
    assert ("buys it no more", "Beta (BBB)", "Main battle tank", "Lion (lion)") in rows
    _, written = read_csv_rows((tmp_path / "out" / "edit.csv").read_text(encoding="utf-8"))
    assert {(row["change"], row["nation"], row["program"]) for row in written} >= {("left", "BBB", "lion")}


@pytest.mark.parametrize(
    ("low", "high", "unseen", "below", "above"),
    [
        (-2.0, 3.0, 0, -2, 3),
        (3.0, -2.0, 0, -2, 3),  # whichever end is the larger
        (2.0, 5.0, 2, 0, 3),
        (-5.0, -2.0, -2, -3, 0),
        (None, 5.0, 0, 0, 0),  # an end that is not known draws nothing
    ],
)
def test_a_range_is_stacked_from_zero(
    scenario: Scenario, tmp_path: Path, low: float | None, high: float, unseen: float, below: float, above: float
) -> None:
    class One(Result):
        def tables(self) -> dict[str, pd.DataFrame]:
            ends = {"name": ["other", "this"], "low_meur": [0.0, low], "high_meur": [1.0, high]}
            return {"result": pd.DataFrame(ends), "curve": CURVE, "cells": CELLS}

        def pictures(self) -> tuple[Picture, ...]:
            return PICTURES[:1]

    write_analysis(MADE, scenario, One(), tmp_path / "out")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "made.xlsx")["range 1"]
    assert [cell.value for cell in sheet[2]] == ["this", unseen, below, above]


def test_plans_are_results_of_their_own_that_the_audit_agrees_with(scenario: Scenario, tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_analysis(MADE, scenario, Result({"best": solve(scenario)}), out)
    assert main(["audit", str(tmp_path / "small"), str(out / "plans" / "best"), "--quiet"]) == 0


def test_what_has_no_plan_has_no_folder(scenario: Scenario, tmp_path: Path) -> None:
    none = Solution(scenario, "infeasible", "infeasible")
    write_analysis(MADE, scenario, Result({"none": none}), tmp_path / "out")
    assert not (tmp_path / "out" / "plans").exists()


def test_an_older_folder_is_replaced_as_a_whole(scenario: Scenario, tmp_path: Path, mark: None) -> None:
    out = tmp_path / "out"
    write_analysis(MADE, scenario, Result({"best": solve(scenario)}), out)
    write_analysis(MADE, scenario, Result(), out)
    assert not (out / "plans").exists()
    (out / "notes.txt").write_text("mine")
    write_analysis(MADE, scenario, Result({"best": solve(scenario)}), out)
    assert (out / "notes.txt").read_text() == "mine" and (out / "plans" / "best" / "result.json").exists()


def test_a_folder_that_is_a_scenario_is_refused(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="holds a scenario"):
        write_analysis(MADE, scenario, Result(), tmp_path / "small")


@pytest.mark.parametrize("analysis", ANALYSES, ids=lambda analysis: analysis.name)
def test_every_analysis_names_its_files_after_its_verb(analysis: Analysis) -> None:
    assert analysis.sentence.endswith(".") and len(analysis.sentence.split()) >= 5
    assert analysis.document.endswith(".json") and all(file.endswith(".csv") for file in analysis.files.values())
    assert len(set(analysis.files.values())) == len(analysis.files)
    assert set(analysis.shown) <= set(analysis.files)
