"""The result folder: names, columns and keys of the contract; workbook and brief without anything that runs."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from small_case import FILES, write_small

from optimizer import load_scenario, solve
from optimizer.export.brief import brief_html
from optimizer.export.files import RESULT_FILES
from optimizer.export.results import write_result
from optimizer.measures.report import COLUMNS

from .conftest import Made


def test_every_file_and_column_of_the_contract_is_there(made: Made) -> None:
    assert {entry.name for entry in made.folder.iterdir()} == set(RESULT_FILES)
    for name, columns in COLUMNS.items():
        with (made.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert next(csv.reader(file)) == columns


def test_result_json_has_exactly_the_keys_of_the_contract(made: Made) -> None:
    result = json.loads((made.folder / "result.json").read_text())
    assert list(result) == [
        "status",
        "termination",
        "objective_meur",
        "bound_meur",
        "gap",
        "gap_meur",
        "terms_meur",
        "cost_meur",
        "cost_undiscounted_meur",
        "types",
        "effective_types",
        "shortfall_unit_years",
        "contracts",
        "audit",
        "settings",
        "provenance",
    ]
    assert list(result["terms_meur"]) == [
        "development",
        "production",
        "joining",
        "support",
        "grants",
        "shortfall",
        "duplication",
        "preference",
        "change",
    ]
    assert result["audit"] == {"violations": 0, "objective_difference_meur": pytest.approx(0.0, abs=1e-6)}
    assert set(result["provenance"]) == {"input_sha256", "versions", "seed", "seconds"}
    assert set(result["provenance"]["seconds"]) == {"read", "build", "solve", "write"}
    assert result["provenance"]["input_sha256"] == made.scenario.provenance["sha256"]
    assert (result["status"], result["cost_meur"]) == ("optimal", pytest.approx(180.0))


def test_national_columns_are_filled(made: Made) -> None:
    with (made.folder / "nations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # 380 alone, 180 together.
    assert sum(float(row["saving_meur"]) for row in rows) == pytest.approx(200.0)


def test_the_same_plan_twice_is_the_same_workbook_and_brief(made: Made, tmp_path: Path) -> None:
    write_result(made.solution, tmp_path / "again", national=made.national)
    for name in set(RESULT_FILES) - {"result.json"}:
        assert (tmp_path / "again" / name).read_bytes() == (made.folder / name).read_bytes(), name


def test_names_that_look_like_formulas_or_markup_stay_text(tmp_path: Path) -> None:
    # A name may be anything; it must neither compute in a workbook nor become markup in the brief.
    nations = 'nation,name\nAAA,"\'=1+1"\nBBB,<script>alert(1)</script>\n'
    folder = write_small(tmp_path / "in", nations=nations)
    (folder / "scenario.toml").write_text(FILES["scenario.toml"].replace("Two nations", "=HYPERLINK(1) & <b>"))
    scenario = load_scenario(folder)
    assert scenario.nations["AAA"].name == "=1+1"
    write_result(solve(scenario), tmp_path / "out")
    book = openpyxl.load_workbook(tmp_path / "out" / "portfolio.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    # Read back, a text that begins with `=` is told from a formula by its stored type alone.
    with zipfile.ZipFile(tmp_path / "out" / "portfolio.xlsx") as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any("<f>" in sheet or "<f " in sheet or "hyperlink" in sheet for sheet in sheets)
    assert any(cell.value == "=HYPERLINK(1) & <b>" for cell in cells)
    brief = (tmp_path / "out" / "brief.html").read_text(encoding="utf-8")
    assert "<script" not in brief and "&lt;script&gt;alert(1)&lt;/script&gt;" in brief and "=1+1" in brief
    book.close()


def test_the_workbook_can_be_filtered_and_printed(made: Made) -> None:
    book = openpyxl.load_workbook(made.folder / "portfolio.xlsx")
    assert book.sheetnames == ["summary", *COLUMNS]
    for name in COLUMNS:
        sheet = book[name]
        assert sheet.auto_filter.ref and sheet.freeze_panes and sheet.page_setup.orientation == "landscape"
        assert sheet.print_title_rows == "$1:$1"
    assert book["allocations"]["G1"].value == "unit price [million euro]"
    assert book["allocations"]["F2"].value == 4 and book["allocations"]["E2"].number_format == "0"
    summary = [cell.value for row in book["summary"].iter_rows() for cell in row if cell.value is not None]
    text = " ".join(map(str, summary))
    for part in ("Two nations", "Illustrative data", "Proven optimal", str(made.scenario.provenance["sha256"]), "0 %"):
        assert part in text
    book.close()


def test_the_brief_answers_first_and_fetches_nothing(made: Made) -> None:
    brief = (made.folder / "brief.html").read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "Against the same nations each on its own, it saves 200 meur (53 %)." in brief
    assert brief.index("it saves") < brief.index("<table")
    for part in ("Illustrative data", "Proven optimal", str(made.scenario.provenance["sha256"]), "Alpha", "Lion"):
        assert part in brief
    # Nations and programs stand by their names: the partners of the one contract, and what the pair shares.
    for row in (
        "<td>Lion</td><td>Alpha, Beta</td><td></td>",
        '<td>Alpha</td><td>Beta</td><td class="n">1</td><td>Lion</td>',
    ):
        assert row in brief
    assert not re.search(r"https?:|src=|@import|url\(|<script|<link", brief)


def test_the_brief_counts_only_the_nations_with_a_need(tmp_path: Path) -> None:
    scenario = load_scenario(
        write_small(tmp_path / "three", nations="nation,name\nAAA,Alpha\nBBB,Beta\nCCC,Supplier\n")
    )
    brief = brief_html(solve(scenario), None, "0" * 64)
    assert "2 of the 2 nations with a need take delivery from 1 contract" in brief


def test_a_solution_without_a_plan_is_not_written(made: Made, tmp_path: Path) -> None:
    import dataclasses

    with pytest.raises(ValueError):
        write_result(dataclasses.replace(made.solution, plan=None), tmp_path / "out")
    assert not (tmp_path / "out").exists()
